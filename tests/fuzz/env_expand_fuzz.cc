#include <cstdint>

#include "agent/base/check.h"
#include "agent/config/env_expand.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto expanded = agent::config::expand_environment(
      text, "fuzz", [](const std::string& name) -> std::optional<std::string> {
        if (name.size() > 3) return std::nullopt;
        return name + "/value";
      });
  AGENT_CHECK(expanded || expanded.error().kind == agent::ErrorKind::Config);
  return 0;
}
