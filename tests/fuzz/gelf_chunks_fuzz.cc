// Chunks, compression and messages of GELF: bounded memory, no message that was not sent whole. The
// input is a list of datagrams, each behind a byte with its length and one with the seconds that
// pass before it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/check.h"
#include "agent/codec/json.h"
#include "agent/logs/sources/gelf_chunks.h"
#include "agent/logs/sources/gelf_message.h"

using namespace agent;

namespace {

constexpr std::uint64_t kLimit = 1U << 16U;

void read_message(std::string_view payload) {
  const auto json = logs::unpack_gelf(payload, kLimit);
  if (!json) return;
  codec::JsonPool pool;
  const auto message = logs::parse_gelf(*json, pool);
  if (!message) return;
  codec::JsonPool again;
  const auto line = codec::parse_json(message->line, again);
  AGENT_CHECK(line && line->is(codec::JsonValue::Kind::Object));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  logs::GelfChunks chunks;
  SteadyTime now(std::chrono::hours(1));
  std::string whole;
  while (input.size() > 2) {
    const auto length = static_cast<unsigned char>(input[0]);
    now += std::chrono::seconds(static_cast<unsigned char>(input[1]) % 8);
    const auto datagram = input.substr(2, length);
    input.remove_prefix(2 + datagram.size());
    if (!logs::GelfChunks::is_chunk(datagram)) {
      read_message(datagram);
      continue;
    }
    if (chunks.add(datagram, "peer", now, whole) == logs::GelfChunks::Added::Complete)
      read_message(whole);
    const auto next = chunks.next_expiry();
    AGENT_CHECK(!next || *next > now);
  }
  return 0;
}
