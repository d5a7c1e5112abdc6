// Both syslog grammars: never read past the end, keep views inside the input, and what is written
// again reads as what it was.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/check.h"
#include "agent/logs/sources/rfc3164.h"
#include "agent/logs/sources/rfc5424.h"

using namespace agent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  static const logs::Zone kZone;
  static logs::Rfc5424Parser new_parser;
  static logs::Rfc3164Parser old_parser(kZone);
  logs::SyslogMessage message;
  logs::SyslogMessage again;
  std::string written;  // what `again` points into
  const auto check = [&] {
    for (const auto field :
         {message.hostname, message.app_name, message.proc_id, message.msg_id, message.text})
      AGENT_CHECK(field.empty() || (field.data() >= input.data() && field.end() <= input.end()));
    AGENT_CHECK(!message.priority || *message.priority < 192);
    written.clear();
    logs::append_rfc5424(written, message);
    new_parser.parse(written, again);
    return again.error.empty();
  };
  new_parser.parse(input, message);
  if (message.error.empty()) {
    AGENT_CHECK(check());
    AGENT_CHECK(again.priority == message.priority && again.hostname == message.hostname);
    AGENT_CHECK(again.parameters.size() >= message.parameters.size());
  } else {
    check();
  }
  old_parser.parse(input, Timestamp(std::chrono::seconds(1'700'000'000)), message);
  check();
  return 0;
}
