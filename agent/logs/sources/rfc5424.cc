#include "agent/logs/sources/rfc5424.h"

#include "agent/logs/sources/syslog_fields.h"

namespace agent::logs {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool take_version(std::string_view& rest) {
  std::size_t size = 0;
  while (size < rest.size() && rest[size] >= '0' && rest[size] <= '9')
    ++size;
  if (size == 0 || size > 3 || rest[0] == '0') return false;
  rest.remove_prefix(size);
  return true;
}

std::int64_t offset_of(std::string_view time) {
  if (time.ends_with('Z')) return 0;
  const auto digit = [&](std::size_t from_end) -> std::int64_t {
    return time[time.size() - from_end] - '0';
  };
  const std::int64_t seconds =
      ((digit(5) * 10 + digit(4)) * 60 + digit(2) * 10 + digit(1)) * 60;  // "+hh:mm"
  return time[time.size() - 6] == '-' ? -seconds : seconds;
}

// The next field behind a blank; false where there is none.
bool take_header(std::string_view& rest, std::string_view& out) {
  if (!take(rest, ' ')) return false;
  out = take_field(rest);
  if (out.empty()) return false;
  if (out == "-") out = {};
  return true;
}

// A name ends before `=`, a blank, `]` or `"`.
std::string_view take_name(std::string_view& rest) {
  std::size_t size = 0;
  while (size < rest.size() && is_field_byte(rest[size]) && rest[size] != '=' &&
         rest[size] != ']' && rest[size] != '"')
    ++size;
  const std::string_view out = rest.substr(0, size);
  rest.remove_prefix(size);
  return out;
}

// `"..."`, in which a backslash takes the byte behind it along.
bool take_value(std::string_view& rest, std::string_view& out) {
  if (!take(rest, '"')) return false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      out = rest.substr(0, i);
      rest.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

// `[id name="value" ...]`, behind its bracket.
bool take_element(std::string_view& rest, SyslogMessage& out) {
  const std::string_view id = take_name(rest);
  if (id.empty()) return false;
  out.elements.push_back(id);
  while (take(rest, ' ')) {
    if (rest.starts_with(']')) break;
    SyslogMessage::Parameter parameter{id, take_name(rest), {}};
    if (parameter.name.empty() || !take(rest, '=') || !take_value(rest, parameter.value))
      return false;
    out.parameters.push_back(parameter);
  }
  return take(rest, ']');
}

bool take_structured_data(std::string_view& rest, SyslogMessage& out) {
  if (!take(rest, ' ')) return false;
  if (take(rest, '-')) return true;
  bool any = false;
  while (take(rest, '[')) {
    if (!take_element(rest, out)) return false;
    any = true;
  }
  return any;
}

}  // namespace

void Rfc5424Parser::parse(std::string_view bytes, SyslogMessage& out) {
  out.clear();
  std::string_view rest = bytes;
  const auto fail = [&](std::string_view what) { out.error = what; };
  out.priority = take_priority(rest);
  if (!out.priority) return fail("priority");
  if (!take_version(rest)) return fail("version");
  std::string_view time;
  if (!take_header(rest, time)) return fail("timestamp");
  if (!time.empty()) {
    const auto at = time_.parse(time);
    if (!at) return fail("timestamp");
    out.time = {*at, offset_of(time)};
  }
  if (!take_header(rest, out.hostname)) return fail("hostname");
  if (!take_header(rest, out.app_name)) return fail("app_name");
  if (!take_header(rest, out.proc_id)) return fail("proc_id");
  if (!take_header(rest, out.msg_id)) return fail("msg_id");
  if (!take_structured_data(rest, out)) return fail("structured_data");
  if (rest.empty()) return;
  if (!take(rest, ' ')) return fail("structured_data");
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  out.text = rest;
}

}  // namespace agent::logs
