// Any bytes as the body of a push: decoded in every form, and kept. The first byte chooses.
#include <cstdint>

#include "agent/sink/arrivals.h"
#include "agent/sink/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace agent::sink;
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr agent::Result<Arrival> (*kDecoders[])(std::string_view) = {
      decode_remote_write, decode_remote_write_v2, decode_loki_protobuf, decode_loki_json,
      decode_otlp_traces};
  auto decoded = kDecoders[data[0] % std::size(kDecoders)](body);
  Arrivals arrivals(4);
  if (decoded) arrivals.add(*std::move(decoded));
  for (const Signal signal : {Signal::Metrics, Signal::Logs, Signal::Traces})
    static_cast<void>(arrivals.records(signal, 10));
  static_cast<void>(arrivals.stats());
  return 0;
}
