#pragma once
// From the fields of a journal's entry to a line and labels; pure. Spec: logs.md 2.3.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/logs/sources/used_labels.h"
#include "agent/model/label_set.h"

namespace agent::logs {

/// Gathers the fields of one entry after the other.
class JournalEntry {
 public:
  enum class Line { Message, Json };
  JournalEntry(Line line, UsedLabels used, std::size_t field_limit_bytes)
      : line_kind_(line), used_(std::move(used)), field_limit_bytes_(field_limit_bytes) {}

  void clear();
  /// Of a name that comes twice the last one counts. What is longer than the limit is cut, no
  /// character in two.
  void add(std::string_view name, std::string_view value);
  /// `__journal_` and the name in lower case, for the fields that rules can see.
  const model::LabelSet& labels() const { return labels_; }
  /// MESSAGE, or all fields as a JSON object with sorted keys; good until clear(). nullopt: there
  /// is no MESSAGE.
  std::optional<std::string_view> line();

 private:
  void set_label(std::string_view field, std::string_view suffix, std::string_view value);
  Line line_kind_;
  UsedLabels used_;
  std::size_t field_limit_bytes_;
  std::optional<std::string> message_;
  std::map<std::string, std::string, std::less<>> fields_;  // for JSON
  model::LabelSet labels_;
  std::string json_;
  std::string label_name_;
};

/// What a cursor says of its entry, as systemd writes it: "s=<id>;i=<hex>;..;t=<hex>;..".
struct JournalCursor {
  std::string_view sequence_id;  ///< entries with one id are numbered by one journald
  std::uint64_t sequence = 0;
  Timestamp time{};
};
/// nullopt: it is not one of systemd's. The views are into `text`.
std::optional<JournalCursor> parse_journal_cursor(std::string_view text);

}  // namespace agent::logs
