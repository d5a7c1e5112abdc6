#pragma once
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/random.h"
#include "agent/codec/json_value.h"
#include "agent/logs/stages/go_time.h"
#include "agent/logs/stages/pattern.h"
#include "agent/logs/stages/template/lexer.h"
#include "agent/logs/stages/template/template.h"
#include "agent/logs/stages/template/value.h"
#include "agent/logs/stages/zone.h"

namespace agent::logs::templates {

/// Longest text that a function makes, and longest output.
inline constexpr std::size_t kMaxTextBytes = std::size_t{4} << 20U;
/// Deepest nesting of values that are printed or compared, and of templates that call templates.
inline constexpr int kMaxNesting = 100;

inline constexpr std::string_view kTooLarge = "the result is too large";
inline constexpr std::string_view kTooDeep = "nested too deep";

/// What functions work with: memory, limits, the clock, and what is worth keeping from line to
/// line. The first failure of a run sticks.
class Runtime {
 public:
  Runtime();

  void start_batch() { batch_steps_ = 0; }
  void start_run(Timestamp now);

  // ---- failures and limits
  /// Ends the run. `what` is a literal, or lies in memory().
  Value fail(std::string_view what);
  bool failed() const { return failed_; }
  Failure& failure() { return failure_; }
  /// Counts work; false, and a failure, at the limit. A step is about what one node costs.
  bool step(std::size_t count = 1);
  /// The same for work that grows with text.
  bool step_over(std::string_view text) { return step(1 + text.size() / 512); }

  // ---- making values
  Memory& memory() { return memory_; }
  /// An empty text to write into, for one function at a time.
  std::string& scratch();
  /// A list to gather values in, for one function at a time.
  std::vector<Value>& items();
  std::span<const Value> items_so_far() const { return items_; }
  /// `text` as a value that lasts until the end of the run.
  Value text(std::string_view text);
  /// What was gathered in items().
  Value list(Type type = Type::AnyList);
  Value new_dict(Type type = Type::AnyDict);
  /// Sets a member of a map; false, and a failure, where the memory is used up.
  bool set(Dict& dict, std::string_view name, const Value& value);

  // ---- surroundings
  /// For documents that are read; cleared at every run.
  codec::JsonPool& json_pool() { return json_pool_; }
  Timestamp now() const { return now_; }
  Random& random();
  /// A compiled expression, kept for the next line; null where it does not compile.
  const Pattern* pattern(std::string_view expression);
  /// A compiled layout, kept for the next line; good until the next call.
  const GoLayout& layout(std::string_view layout);
  /// "Local", "UTC" or an IANA name, kept for the next line; null where it is not known.
  const Zone* zone(std::string_view name);

 private:
  Memory memory_;
  codec::JsonPool json_pool_;
  std::string scratch_;
  std::vector<Value> items_;
  Failure failure_;
  bool failed_ = false;
  std::size_t steps_ = 0;
  std::size_t batch_steps_ = 0;
  Timestamp now_{};
  std::unique_ptr<Random> random_;
  std::map<std::string, std::unique_ptr<Pattern>, std::less<>> patterns_;
  std::map<std::string, GoLayout, std::less<>> layouts_;
  std::map<std::string, std::optional<Zone>, std::less<>> zones_;
};

}  // namespace agent::logs::templates
