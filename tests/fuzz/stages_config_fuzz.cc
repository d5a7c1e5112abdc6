// Stages that somebody wrote: YAML, a line of `===`, and lines that go through what was read.
#include <algorithm>

#include "tests/fuzz/stages_run.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr std::string_view kBorder = "\n===\n";
  const std::size_t border = std::min(text.find(kBorder), size);
  const auto list = agent::config::parse(std::string(text.substr(0, border)));
  if (list) agent::run_stages(*list, text.substr(std::min(size, border + kBorder.size())));
  return 0;
}
