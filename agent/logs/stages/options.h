#pragma once
// What the options of several stages have in common.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/config/reader.h"
#include "agent/logs/stages/pattern.h"
#include "agent/logs/stages/stage.h"

namespace agent::logs {

/// How the values of options are read: most stages take them as they are, some convert (logs.md
/// 1.1).
enum class Typing {
  Strict,  ///< a quoted number is text, an unquoted one is none
  Weak,    ///< "5" is a number, 5 is a text, true is "1"
};

/// Each reads one option; an absent or null one is `fallback`.
bool read_flag(config::Reader& in, std::string_view key, bool fallback, Typing typing);
/// Fractions are cut off.
std::int64_t read_integer(config::Reader& in, std::string_view key, std::int64_t fallback,
                          std::int64_t least, std::int64_t most, Typing typing);
/// Nothing where it is absent or null.
std::optional<std::string> read_text(config::Reader& in, std::string_view key, Typing typing);
/// Weak: a single text is a list of one.
std::vector<std::string> read_texts(config::Reader& in, std::string_view key, Typing typing);

/// True where `node` is text to a strict reader: quoted, or neither a number nor true or false.
bool is_strict_text(const config::Node& node);

/// An extracted name and where it comes from.
struct NamedSource {
  std::string name;
  std::string source;
};

/// The `source` option: nullopt when absent; an error when it is "".
std::optional<std::string> read_source(config::Reader& in);
/// An error also when absent.
std::string read_required_source(config::Reader& in);
/// A map name -> text below `node`; nothing or "" means the name itself. Anything but text is an
/// error (logs.md 1.1).
std::vector<NamedSource> read_named_sources(const config::Node& node, const std::string& path,
                                            config::Report& report);
/// The same, for maps whose names become labels.
std::vector<NamedSource> read_label_sources(const config::Node& node, const StageSite& site);
/// A list of texts, not empty.
std::vector<std::string> read_name_list(const config::Node& node, const StageSite& site);
/// `drop_counter_reason`, unset or empty: `fallback`.
std::string read_drop_reason(config::Reader& in, std::string_view fallback, Typing typing);
/// A size in Promtail's form.
std::uint64_t read_size(config::Reader& in, std::string_view key, std::uint64_t fallback);

/// A compiled expression: null when absent or "", and an error when it does not compile.
std::unique_ptr<Pattern> read_pattern(config::Reader& in, std::string_view key);

/// [a-zA-Z_][a-zA-Z0-9_]*
bool is_label_name(std::string_view text);

/// What a stage reads: the line, or the text of the extracted value `source`; nullopt where that is
/// absent or null. Made text goes into `arena`.
std::optional<std::string_view> input_of(const Entry& entry,
                                         const std::optional<std::string>& source,
                                         model::Arena& arena);
/// Sets a label of `entry`. A value that is no UTF-8 is not set: Loki would refuse the stream
/// (logs.md 3.2).
void set_label(Entry& entry, std::string_view name, std::string_view value,
               model::LabelTable& table);

/// Drops entries for one reason: counted in logentry_dropped_lines_total{reason} and told to the
/// pipeline.
class Dropper {
 public:
  Dropper(const StageSite& site, std::string_view ledger_reason, std::string reason);
  void drop(const Entry& entry) {
    counter_.add();
    drops_.on_drop(entry, ledger_, reason_);
  }

 private:
  DropSink& drops_;
  selfmon::Counter& counter_;
  selfmon::Counter& ledger_;
  std::string reason_;
};

/// The ledger's words for what stages drop (delivery.md 8).
inline constexpr std::string_view kStageDrop = "stage_drop";
inline constexpr std::string_view kSampledOut = "sampled_out";
inline constexpr std::string_view kLimitRate = "limit_rate";

}  // namespace agent::logs
