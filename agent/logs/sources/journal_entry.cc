#include "agent/logs/sources/journal_entry.h"

#include <algorithm>
#include <charconv>

#include "agent/base/strings.h"
#include "agent/codec/json_value.h"

namespace agent::logs {
namespace {

std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  // Back over the bytes of a character that goes on behind the limit.
  while (end > 0 && limit - end < 3 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;
  return text.substr(0, end);
}

std::string_view priority_keyword(std::string_view priority) {
  constexpr std::string_view kWords[] = {"emerg",   "alert",  "crit", "error",
                                         "warning", "notice", "info", "debug"};
  if (priority.size() != 1 || priority[0] < '0' || priority[0] > '7') return priority;
  return kWords[priority[0] - '0'];
}

std::optional<std::uint64_t> parse_hex(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value, 16);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

}  // namespace

void JournalEntry::clear() {
  message_.reset();
  fields_.clear();
  labels_ = {};
}

void JournalEntry::add(std::string_view name, std::string_view value) {
  value = cut(value, field_limit_bytes_);
  set_label(name, "", value);
  if (name == "PRIORITY") set_label(name, "_keyword", priority_keyword(value));
  if (line_kind_ == Line::Json) {
    fields_.insert_or_assign(std::string(name), std::string(value));
  } else if (name == "MESSAGE") {
    message_ = value;
  }
}

void JournalEntry::set_label(std::string_view field, std::string_view suffix,
                             std::string_view value) {
  label_name_ = "__journal_";
  for (const char c : field)
    label_name_ += static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  label_name_ += suffix;
  if (used_.uses(label_name_)) labels_.set(label_name_, value);
}

std::optional<std::string_view> JournalEntry::line() {
  if (line_kind_ == Line::Message)
    return message_ ? std::optional<std::string_view>(*message_) : std::nullopt;
  json_ = "{";
  for (const auto& [name, value] : fields_) {
    if (json_.size() > 1) json_ += ',';
    codec::append_json_string(json_, name);
    json_ += ':';
    codec::append_json_string(json_, value);
  }
  json_ += '}';
  return json_;
}

std::optional<JournalCursor> parse_journal_cursor(std::string_view text) {
  JournalCursor out;
  bool numbered = false;
  bool timed = false;
  for (const std::string_view part : split(text, ';')) {
    if (part.starts_with("s=")) out.sequence_id = part.substr(2);
    if (!part.starts_with("i=") && !part.starts_with("t=")) continue;
    const auto value = parse_hex(part.substr(2));
    if (!value) return std::nullopt;
    if (part[0] == 'i') {
      out.sequence = *value;
      numbered = true;
    } else {
      constexpr std::uint64_t kMost =
          std::chrono::floor<std::chrono::microseconds>(Duration::max()).count();
      out.time = Timestamp(std::chrono::microseconds(std::min(*value, kMost)));
      timed = true;
    }
  }
  if (out.sequence_id.empty() || !numbered || !timed) return std::nullopt;
  return out;
}

}  // namespace agent::logs
