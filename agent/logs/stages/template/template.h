#pragma once
// Go's text/template for log lines: compiled once, run for every line. Spec: logs.md 8.3.
//
// DESIGN. Text -> tokens (lexer) -> tree (parser) -> output (evaluator). Variables are slots and
// functions are pointers by the time a template runs. Values are small and lie in memory that the
// next line uses again, so that a usual template allocates nothing for a line. `.` is not built:
// its names are looked up where the template asks for one. What one run may do is bounded in steps,
// in memory and in depth; a run beyond that fails like any other.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/result.h"

namespace agent::logs::templates {

struct Definition;
class Runtime;
struct Stacks;

/// What `.` holds at the start of a run. Text that it gives out has to stay until the run ends.
class Fields {
 public:
  Fields() = default;
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;
  virtual ~Fields() = default;
  virtual std::optional<std::string_view> find(std::string_view name) const = 0;
  /// All of them, each name once, in any order.
  virtual std::vector<std::pair<std::string_view, std::string_view>> all() const = 0;
  /// Whether `.` is a map[string]string; else it is a map of any values that happen to be texts.
  virtual bool are_typed_as_text() const { return false; }
};

/// One compiled template.
class Template {
 public:
  /// Errors: Config, "LINE:COLUMN: what", counted from the start of `text`. A function that does
  /// not exist is one of them and is named.
  static Result<Template> compile(std::string_view text);
  ~Template();
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;

  const std::vector<Definition>& definitions() const { return definitions_; }

 private:
  Template();
  std::vector<Definition> definitions_;  // the main one first
};

/// Why a run failed, and where in the template.
struct Failure {
  std::string_view what;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// Runs one template again and again. Loop thread. The template outlives it.
class Evaluator {
 public:
  explicit Evaluator(const Template& compiled);
  ~Evaluator();
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  /// Call before the runs of one batch: they share a budget of steps, so that a batch of lines
  /// that each go to the limit does not hold up the loop.
  void start_batch();
  /// The output for `fields`, good until the next run; nullopt: the run failed.
  std::optional<std::string_view> run(const Fields& fields, Timestamp now);
  /// Of the last run that failed.
  const Failure& failure() const;

 private:
  std::unique_ptr<Runtime> runtime_;
  std::unique_ptr<Stacks> stacks_;
  const Template& template_;
};

}  // namespace agent::logs::templates
