#include <cstdint>

#include "agent/base/check.h"
#include "agent/logs/tail/glob.h"

// Pattern, newline, path. Whatever compiles must match itself where it holds no special character.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view pattern = text.substr(0, text.find('\n'));
  const std::string_view path = pattern.size() < size ? text.substr(pattern.size() + 1) : text;
  const auto glob = agent::logs::Glob::compile(pattern);
  if (!glob) return 0;
  glob->matches(path);
  AGENT_CHECK(glob->matches(pattern));
  return 0;
}
