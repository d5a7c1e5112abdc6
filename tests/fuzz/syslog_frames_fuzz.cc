// Framing: the same messages however the bytes arrive, none over the limit, and bounded memory. The
// first byte is the size of the pieces.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/check.h"
#include "agent/logs/sources/syslog_framer.h"

using namespace agent;

namespace {

constexpr std::size_t kLimit = 32;

std::vector<std::string> frames_of(std::string_view input, std::size_t piece) {
  logs::SyslogFramer framer(kLimit);
  std::vector<std::string> out;
  const auto take = [&](const logs::SyslogFrame& frame) {
    AGENT_CHECK(frame.bytes.size() <= kLimit);
    out.emplace_back(frame.bytes);
    out.back() += static_cast<char>('0' + static_cast<int>(frame.kind));
  };
  while (!input.empty()) {
    const auto next = input.substr(0, piece);
    if (!framer.feed(next, take)) break;
    input.remove_prefix(next.size());
  }
  framer.finish(take);
  AGENT_CHECK(!framer.waits_for_silence());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  AGENT_CHECK(frames_of(input, SIZE_MAX) == frames_of(input, data[0] % 16U + 1));
  return 0;
}
