// OTLP/JSON both ways: what was read can be written, and reads back as the same bytes. The first
// byte chooses the direction.
#include <cstdint>
#include <string>

#include "agent/base/check.h"
#include "agent/codec/otlp_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto& schema = agent::codec::kExportTraceServiceRequest;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'p') {
    const auto json = agent::codec::otlp_to_json(schema, rest);
    if (json) AGENT_CHECK(agent::codec::otlp_from_json(schema, *json));
    return 0;
  }
  const auto bytes = agent::codec::otlp_from_json(schema, rest);
  if (!bytes) return 0;
  const auto json = agent::codec::otlp_to_json(schema, *bytes);
  AGENT_CHECK(json);
  const auto again = agent::codec::otlp_from_json(schema, *json);
  AGENT_CHECK(again);
  const auto settled = agent::codec::otlp_to_json(schema, *again);
  AGENT_CHECK(settled && *settled == *json);
  return 0;
}
