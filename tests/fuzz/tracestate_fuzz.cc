// Any tracestate is read, and what is written can be read again with the threshold that went in.
#include <cstdint>
#include <string>

#include "agent/base/check.h"
#include "agent/traces/ratio_sampler.h"
#include "agent/traces/tracestate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const agent::traces::TraceState state(text);
  if (state.readable()) {
    std::string out;
    state.write_with_threshold("c", out);
    const agent::traces::TraceState again(out);
    AGENT_CHECK(again.readable());
    AGENT_CHECK(again.randomness() == state.randomness());
    // th is left out only where `ot` has no room for it.
    const bool written = again.threshold() == std::uint64_t{0xC} << 52U;
    AGENT_CHECK(written || (!again.threshold() && out.size() > 250));
  }
  for (const auto mode :
       {agent::traces::SamplerMode::Equalizing, agent::traces::SamplerMode::Proportional}) {
    std::string out;
    agent::traces::RatioSampler(0.3, mode).decide(std::string(16, '\xee'), text, out);
  }
  return 0;
}
