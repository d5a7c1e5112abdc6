#include <cstdint>
#include <string>

#include "agent/base/check.h"
#include "agent/codec/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Whatever the fast reader takes, the strict parser takes, and both see the same.
  agent::codec::JsonReader reader;
  agent::codec::JsonPool pool;
  const auto outcome = reader.read(text);
  const auto parsed = agent::codec::parse_json(text, pool);
  const bool taken = outcome != agent::codec::JsonReader::Outcome::Malformed;
  if (!taken) return 0;
  AGENT_CHECK(parsed.has_value());
  std::string fast;
  std::string strict;
  append_json(fast, reader.tree());
  append_json(strict, *parsed);
  AGENT_CHECK(fast == strict);
  return 0;
}
