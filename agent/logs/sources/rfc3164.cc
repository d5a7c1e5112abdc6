#include "agent/logs/sources/rfc3164.h"

#include <algorithm>

#include "agent/logs/sources/syslog_fields.h"

namespace agent::logs {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The first `words` words at the start of `text` with the blanks between them.
std::string_view first_words(std::string_view text, int words) {
  std::size_t end = 0;
  while (words-- > 0) {
    end = std::min(text.find_first_not_of(' ', end), text.size());
    end = std::min(text.find(' ', end), text.size());
  }
  return text.substr(0, end);
}

bool is_tag(std::string_view word) {
  return word.ends_with(':') || word.find('[') != std::string_view::npos;
}

// `TAG: `, `TAG[PID]: `: left alone where it does not end that way, because then it is text.
void take_tag(std::string_view& rest, SyslogMessage& out) {
  const std::size_t end = rest.find_first_of(" :[");
  if (end == std::string_view::npos || end == 0) return;
  const std::string_view tag = rest.substr(0, end);
  std::string_view behind = rest.substr(end);
  std::string_view pid;
  if (take(behind, '[')) {
    const std::size_t close = behind.find(']');
    if (close == std::string_view::npos) return;
    pid = behind.substr(0, close);
    behind.remove_prefix(close + 1);
  }
  if (!take(behind, ':')) return;
  out.app_name = tag;
  out.proc_id = pid;
  take(behind, ' ');
  rest = behind;
}

}  // namespace

Rfc3164Parser::Rfc3164Parser(const Zone& local) : zones_{&local, &local} {}

bool Rfc3164Parser::take_time(std::string_view& rest, Timestamp now, SyslogMessage& out) {
  std::size_t length = 0;
  auto at = new_style_.take(rest, length);
  for (const auto* layout : {&without_year_, &with_year_}) {
    if (at) break;
    const std::string_view text = first_words(rest, layout == &with_year_ ? 4 : 3);
    // Some senders put a colon behind it.
    const std::string_view time = text.ends_with(':') ? text.substr(0, text.size() - 1) : text;
    at = layout->parse(time, zones_, now);
    length = text.size();
  }
  if (!at) return false;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(*at).time_since_epoch().count();
  out.time = {*at, zones_.local->at(seconds).offset_seconds};
  rest.remove_prefix(length);
  return true;
}

void Rfc3164Parser::parse(std::string_view bytes, Timestamp now, SyslogMessage& out) {
  out.clear();
  std::string_view rest = bytes;
  out.priority = take_priority(rest);
  if (!out.priority) {
    out.error = "priority";
    return;
  }
  if (!take_time(rest, now, out)) {
    out.error = "timestamp";
    return;
  }
  if (!take(rest, ' ')) {
    if (!rest.empty()) out.error = "hostname";
    return;
  }
  std::string_view behind = rest;
  const std::string_view host = take_field(behind);
  if (host.empty()) {
    out.error = "hostname";
    return;
  }
  if (!is_tag(host)) {
    out.hostname = host;
    rest = behind;
    take(rest, ' ');
  }
  take_tag(rest, out);
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  out.text = rest;
}

}  // namespace agent::logs
