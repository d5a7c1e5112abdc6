#pragma once
// Reads one map of the configuration, key by key, and complains about what it does not know.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/config/node.h"
#include "agent/config/report.h"

namespace agent::config {

/// How keys are looked up and unknown ones treated.
enum class Keys {
  Strict,  ///< exact names; an unknown key is an error with the nearest known one
  Stage,   ///< inside a pipeline stage: names in any case; an unknown one is a warning, as Promtail
           ///< ignores it
};

/// Which texts count as a duration.
enum class DurationForm { Any, Go, Prometheus };

/// What kinds of scalar count as text.
enum class Text {
  Any,     ///< 8443 and true are the texts "8443" and "true" (Prometheus, our own keys)
  Strict,  ///< an unquoted number or boolean is an error (Promtail's strict stages, logs.md 1.1)
};

/// Usage: construct, ask for every key, finish(). A getter returns its default where the key is
/// absent or null. What is wrong goes into the report at once, with place and path; reading goes
/// on, so that one run shows all faults. An absent or null node reads as an empty map; any other
/// kind that is no map is an error.
class Reader {
 public:
  /// `path` is that of the node ("logs.clients[0]"); "" at the top.
  Reader(Node node, Keys keys, Report& report, std::string path = {});

  bool has(std::string_view key);
  /// The node below `key`, known from now on; absent where there is none.
  Node child(std::string_view key);

  std::string string(std::string_view key, std::string_view fallback = {}, Text text = Text::Any);
  std::optional<std::string> optional_string(std::string_view key, Text text = Text::Any);
  /// An error when absent or null.
  std::string required_string(std::string_view key, Text text = Text::Any);
  bool boolean(std::string_view key, bool fallback);
  std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t least,
                       std::int64_t most);
  double number(std::string_view key, double fallback, double least, double most);
  Duration duration(std::string_view key, Duration fallback, DurationForm form = DurationForm::Any);
  std::optional<Duration> optional_duration(std::string_view key,
                                            DurationForm form = DurationForm::Any);
  std::uint64_t byte_size(std::string_view key, std::uint64_t fallback);
  /// A list of texts. A single text is an error.
  std::vector<std::string> strings(std::string_view key);
  /// Elements of a list; a null element is an error.
  std::vector<Node> list(std::string_view key);
  /// Entries of a map below `key`.
  std::vector<std::pair<Node, Node>> map(std::string_view key);
  /// A known key that we refuse on purpose: an error with `reason` where it is present and not
  /// null.
  void refuse(std::string_view key, std::string_view reason);
  /// A known key that has no effect: nothing is said.
  void accept(std::string_view key) { child(key); }

  /// Complaints about the map as a whole ("") or about one key. An error about a key whose value
  /// could not be read, or about a map with such a key, is not told: it may follow from that.
  void error(std::string_view key, std::string message);
  void warning(std::string_view key, std::string message);

  /// Reports unknown keys. Success unless this reader reported an error; call it once, last.
  Status finish();

  std::string path_of(std::string_view key) const;
  const Node& node() const { return node_; }
  Report& report() { return report_; }

 private:
  const std::pair<Node, Node>* find(std::string_view key) const;
  void refuse_value(std::string_view key, std::string message);
  void fail(const Mark& mark, const std::string& path, std::string message);
  std::optional<std::string_view> scalar(std::string_view key, std::string_view wanted);
  template <typename T>
  std::optional<T> parsed(std::string_view key, std::string_view wanted,
                          Result<T> (*parse)(std::string_view));

  Node node_;
  Keys keys_;
  Report& report_;
  std::string path_;
  std::vector<std::pair<Node, Node>> entries_;
  std::vector<std::string> known_;
  std::vector<std::string> unreadable_;  // keys whose value was refused
  std::optional<Error> first_error_;
};

/// A whole number as YAML 1.1 writes them: 10, -1, 1_000, 0x1F, 0b11, 0o17 or 017.
std::optional<std::int64_t> parse_integer(std::string_view text);
/// "yes", "no", "on", "off", "true", "false", "y", "n" in the usual cases (YAML 1.1).
std::optional<bool> parse_boolean(std::string_view text);
/// True for unquoted scalars that YAML reads as a number or a boolean.
bool looks_like_number_or_boolean(const Node& node);

}  // namespace agent::config
