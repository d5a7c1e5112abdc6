#include <cstdint>

#include "agent/base/check.h"
#include "agent/codec/label_text.h"
#include "agent/codec/loki_push.h"
#include "agent/codec/loki_push_in.h"

// Foreign bytes as a push request in each spelling, as the labels of a stream and as a time. What
// was read as labels reads the same when it is written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace agent;
  using Form = codec::LokiPushForm;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const Form form : {Form::Protobuf, Form::Json, Form::LegacyJson}) {
    model::LogBatch batch;
    const auto streams = codec::read_loki_push(form, std::string(text), batch);
    if (!streams) continue;
    std::size_t entries = 0;
    for (const auto& stream : *streams)
      entries += stream.entries;
    AGENT_CHECK(entries == batch.entries.size());
    std::size_t bytes = 0;
    for (const auto& entry : batch.entries) {
      for (const char c : entry.line)
        bytes += static_cast<unsigned char>(c);
      for (std::size_t i = 1; i < entry.metadata.size(); ++i)
        AGENT_CHECK(entry.metadata[i - 1].name < entry.metadata[i].name);
    }
    AGENT_CHECK(bytes <= 255 * size * 3);
  }
  if (const auto labels = codec::parse_label_text(text); labels && !labels->has("__tenant_id__")) {
    const std::string again = codec::loki_label_text(*labels);
    AGENT_CHECK(again.empty() ? labels->empty() : *codec::parse_label_text(again) == *labels);
  }
  return 0;
}
