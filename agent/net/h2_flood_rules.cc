#include "agent/net/h2_flood_rules.h"

#include <utility>

namespace agent::net {
namespace {

// A header block that goes on for this many times its limit is a flood of CONTINUATION frames.
constexpr std::uint64_t kMaxHeaderBlockFactor = 8;
constexpr Duration kPingInterval = std::chrono::seconds(10);
constexpr int kMaxPingStrikes = 2;

}  // namespace

std::string_view H2FloodRules::on_frame(const nghttp2_frame_hd& frame, std::size_t open_streams,
                                        SteadyTime now) {
  if (frame.type == NGHTTP2_CONTINUATION) return "";
  end_header_block();
  if (!allow_frame(frame, now)) return "flood";
  const bool is_ping = frame.type == NGHTTP2_PING && (frame.flags & NGHTTP2_FLAG_ACK) == 0;
  return is_ping && ping_is_abuse(open_streams, now) ? "too_many_pings" : "";
}

bool H2FloodRules::allow_frame(const nghttp2_frame_hd& frame, SteadyTime now) {
  switch (frame.type) {
    case NGHTTP2_RST_STREAM:
      return allow_reset(now);
    case NGHTTP2_DATA:
      return frame.length > 0 || (frame.flags & NGHTTP2_FLAG_END_STREAM) != 0 ||
             controls_.allow(now);
    case NGHTTP2_HEADERS:
    case NGHTTP2_WINDOW_UPDATE:
      return true;
    default:
      return controls_.allow(now);
  }
}

// gRPC's rule: pings that carry no news of open calls come at most every 10 s. What we have sent
// since the last one excuses it.
bool H2FloodRules::ping_is_abuse(std::size_t open_streams, SteadyTime now) {
  const SteadyTime last = std::exchange(last_ping_, now);
  if (open_streams > 0 || last == SteadyTime{} || now - last >= kPingInterval) return false;
  return ++ping_strikes_ > kMaxPingStrikes;
}

void H2FloodRules::on_answer() {
  last_ping_ = {};
  ping_strikes_ = 0;
}

void H2FloodRules::begin_header_block() {
  in_header_block_ = true;
  header_block_bytes_ = 0;
}

void H2FloodRules::on_bytes(std::size_t size) {
  if (in_header_block_) header_block_bytes_ += size;
}

bool H2FloodRules::header_block_is_too_long(std::size_t max_header_bytes) const {
  return in_header_block_ && header_block_bytes_ > kMaxHeaderBlockFactor * max_header_bytes;
}

}  // namespace agent::net
