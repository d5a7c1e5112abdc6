#include <cstdint>

#include "agent/base/check.h"
#include "agent/codec/loki_entry.h"
#include "agent/codec/loki_push.h"

// Foreign bytes as a push request, and as a line that is encoded, walked and split again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace agent;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto halves = codec::split_loki_push(text)) {
    AGENT_CHECK(codec::walk_loki_push(halves->first));
    AGENT_CHECK(codec::walk_loki_push(halves->second));
  }
  (void)codec::read_loki_entry(text);
  const std::string labels = codec::loki_label_text({{"a", std::string(text)}});
  std::string entries;
  codec::append_loki_entry(entries, Timestamp(), text, {});
  codec::append_loki_entry(entries, Timestamp::max(), {}, {});
  std::string request;
  codec::append_loki_stream(request, labels, entries);
  const auto streams = codec::walk_loki_push(request);
  AGENT_CHECK(streams && streams->size() == 1 && streams->front().labels == labels);
  AGENT_CHECK(streams->front().entries.size() == 2);
  const auto entry = codec::read_loki_entry(streams->front().entries[0]);
  AGENT_CHECK(entry && entry->line == text && entry->timestamp == Timestamp());
  const auto halves = codec::split_loki_push(request);
  AGENT_CHECK(halves && halves->first_entries == 1 && halves->second_entries == 1);
  return 0;
}
