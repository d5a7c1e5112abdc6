#pragma once
#include <string_view>

#include "agent/base/rfc3339.h"
#include "agent/logs/sources/syslog_message.h"

namespace agent::logs {

/// Reads `<PRI>VERSION TIME HOST APP PROC MSGID SD [MSG]`. More lenient than the grammar where
/// nothing gets unclear by it: fields of any length and script, fractions of any length.
/// Spec: RFC 5424, 6.
class Rfc5424Parser {
 public:
  /// The views in `out` are good as long as `bytes`. What could be read before an error stays.
  void parse(std::string_view bytes, SyslogMessage& out);

 private:
  Rfc3339Reader time_;
};

}  // namespace agent::logs
