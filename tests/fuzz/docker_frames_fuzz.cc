// The log of a container: the same lines however the bytes arrive, none over the limit. The first
// byte is the size of the pieces, the second one the form.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/check.h"
#include "agent/logs/sources/docker_frames.h"

using namespace agent;

namespace {

constexpr std::size_t kLimit = 32;

std::vector<std::string> lines_of(logs::DockerFrames::Form form, std::string_view input,
                                  std::size_t piece) {
  std::vector<std::string> out;
  logs::DockerFrames frames(form, kLimit, [&](const logs::DockerFrames::Line& line) {
    AGENT_CHECK(line.text.size() <= kLimit);
    out.push_back(std::string(line.text) + std::to_string(static_cast<int>(line.output)) +
                  std::to_string(line.time.time_since_epoch().count()) + (line.cut ? "cut" : ""));
  });
  bool good = true;
  while (good && !input.empty()) {
    const auto next = input.substr(0, piece);
    good = frames.add(next).has_value();
    input.remove_prefix(next.size());
  }
  if (good) frames.end();
  out.push_back(std::to_string(frames.malformed()));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto form =
      (data[1] & 1U) != 0 ? logs::DockerFrames::Form::Terminal : logs::DockerFrames::Form::Frames;
  AGENT_CHECK(lines_of(form, input, SIZE_MAX) == lines_of(form, input, data[0] % 16U + 1));
  return 0;
}
