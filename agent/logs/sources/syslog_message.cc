#include "agent/logs/sources/syslog_message.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "agent/base/rfc3339.h"

namespace agent::logs {
namespace {

constexpr unsigned kUserNotice = 13;

constexpr std::array<std::string_view, 8> kSeverities = {
    "emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"};
constexpr std::array<std::string_view, 24> kFacilities = {
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog",   "lpr",     "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "security", "console", "cron2",
    "local0", "local1", "local2",   "local3", "local4", "local5",   "local6",  "local7"};

void append_field(std::string& out, std::string_view text) {
  out += ' ';
  out += text.empty() ? std::string_view("-") : text;
}

// Microseconds at most, in the zone the sender wrote.
void append_time(std::string& out, const SyslogMessage::Time& time) {
  using std::chrono::microseconds;
  using std::chrono::seconds;
  out += ' ';
  out += format_rfc3339(std::chrono::floor<microseconds>(time.at) + seconds(time.offset_seconds));
  if (time.offset_seconds == 0) return;
  out.back() = time.offset_seconds < 0 ? '-' : '+';
  const std::int64_t minutes = std::abs(time.offset_seconds) / 60;
  const auto two_digits = [&](std::int64_t number) {
    out += static_cast<char>('0' + number / 10);
    out += static_cast<char>('0' + number % 10);
  };
  two_digits(minutes / 60);
  out += ':';
  two_digits(minutes % 60);
}

void append_escaped(std::string& out, std::string_view value) {
  for (const char c : unescape_parameter(value)) {
    if (c == '"' || c == '\\' || c == ']') out += '\\';
    out += c;
  }
}

void append_structured_data(std::string& out, const SyslogMessage& message) {
  if (message.elements.empty()) return append_field(out, {});
  out += ' ';
  auto elements = message.elements;
  std::sort(elements.begin(), elements.end());
  auto parameters = message.parameters;
  std::stable_sort(parameters.begin(), parameters.end(),
                   [](const auto& a, const auto& b) { return a.name < b.name; });
  for (const auto element : elements) {
    out += '[';
    out += element;
    for (const auto& parameter : parameters) {
      if (parameter.element != element) continue;
      out += ' ';
      out += parameter.name;
      out += "=\"";
      append_escaped(out, parameter.value);
      out += '"';
    }
    out += ']';
  }
}

}  // namespace

void SyslogMessage::clear() {
  elements.clear();
  parameters.clear();
  priority.reset();
  time.reset();
  hostname = app_name = proc_id = msg_id = text = error = {};
}

std::string_view severity_keyword(unsigned severity) { return kSeverities[severity % 8]; }

std::string_view facility_keyword(unsigned facility) {
  return kFacilities[facility % kFacilities.size()];
}

std::string unescape_parameter(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool escapes = value[i] == '\\' && i + 1 < value.size() &&
                         std::string_view("\"\\]").find(value[i + 1]) != std::string_view::npos;
    out += value[escapes ? ++i : i];
  }
  return out;
}

void append_rfc5424(std::string& out, const SyslogMessage& message) {
  out += '<';
  out += std::to_string(message.priority.value_or(kUserNotice));
  out += ">1";
  if (message.time) {
    append_time(out, *message.time);
  } else {
    append_field(out, {});
  }
  for (const auto field : {message.hostname, message.app_name, message.proc_id, message.msg_id})
    append_field(out, field);
  append_structured_data(out, message);
  if (message.text.empty()) return;
  out += ' ';
  out += message.text;
}

}  // namespace agent::logs
