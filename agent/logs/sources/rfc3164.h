#pragma once
#include <string_view>

#include "agent/base/rfc3339.h"
#include "agent/logs/sources/syslog_message.h"
#include "agent/logs/stages/go_time.h"
#include "agent/logs/stages/zone.h"

namespace agent::logs {

/// Reads `<PRI>Mmm dd hh:mm:ss HOST TAG[PID]: MSG` and what senders make of it: a year, a fraction,
/// a time as in RFC 3339, no host (local form). A time without a year is of the year of `now`, as
/// logs.md 8.2 has it, in the local zone. Spec: RFC 3164, 4.1.
class Rfc3164Parser {
 public:
  /// `local` outlives it.
  explicit Rfc3164Parser(const Zone& local);
  /// The views in `out` are good as long as `bytes`. What could be read before an error stays.
  void parse(std::string_view bytes, Timestamp now, SyslogMessage& out);

 private:
  bool take_time(std::string_view& rest, Timestamp now, SyslogMessage& out);
  Rfc3339Reader new_style_;
  GoLayout without_year_{"Jan _2 15:04:05"};
  GoLayout with_year_{"Jan _2 2006 15:04:05"};
  TimeZones zones_;
};

}  // namespace agent::logs
