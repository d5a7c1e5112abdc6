#include <cstdint>
#include <string>

#include "agent/logs/stages/jmespath.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The expression, a line break, the document.
  const std::size_t end = text.find(0x0A);
  const auto compiled = agent::logs::JmesPath::compile(text.substr(0, end));
  if (!compiled || end == std::string_view::npos) return 0;
  agent::codec::JsonPool pool;
  const auto document = agent::codec::parse_json(text.substr(end + 1), pool);
  if (!document) return 0;
  std::string out;
  if (const auto value = compiled->evaluate(*document, pool)) append_json(out, *value);
  return 0;
}
