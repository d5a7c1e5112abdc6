#pragma once
// A syslog message as views into the bytes it was read from.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"

namespace agent::logs {

/// What a parser found. Fields that are not there, or written as `-`, are "".
struct SyslogMessage {
  /// One name="value" of the structured data; a value still has its backslashes.
  struct Parameter {
    std::string_view element;  ///< "exampleSDID@32473"
    std::string_view name;
    std::string_view value;
  };
  struct Time {
    Timestamp at{};
    std::int64_t offset_seconds = 0;  ///< east of Greenwich, as it was written
  };
  std::optional<unsigned> priority;  ///< 0..191
  std::optional<Time> time;
  std::string_view hostname;
  std::string_view app_name;
  std::string_view proc_id;
  std::string_view msg_id;
  std::vector<std::string_view> elements;  ///< of the structured data, in the order written
  std::vector<Parameter> parameters;
  std::string_view text;  ///< without a byte order mark
  /// What is wrong: one of a few words ("priority", "timestamp"); "" when nothing is. What was read
  /// before it stays.
  std::string_view error;

  void clear();
};

/// "emergency" .. "debug", "kern" .. "local7". Spec: logs.md 2.4.
std::string_view severity_keyword(unsigned severity);
std::string_view facility_keyword(unsigned facility);

/// The value of a parameter without the backslashes before `"`, `\` and `]`.
std::string unescape_parameter(std::string_view value);

/// Appends the message as RFC 5424 writes it, version 1, elements and parameters sorted by name.
/// A message without priority is user.notice.
void append_rfc5424(std::string& out, const SyslogMessage& message);

}  // namespace agent::logs
