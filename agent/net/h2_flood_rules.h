#pragma once
#include <cstdint>
#include <string_view>

#include <nghttp2/nghttp2.h>

#include "agent/base/clock.h"
#include "agent/net/flood_guard.h"

namespace agent::net {

/// What one HTTP/2 peer may make us do for nothing: resets, control frames, pings, endless header
/// blocks. Inside net/ only. Spec: traces.md 4.1.
class H2FloodRules {
 public:
  /// A frame begins while the peer has `open_streams`. The name of the rule it breaks, or "".
  std::string_view on_frame(const nghttp2_frame_hd& frame, std::size_t open_streams,
                            SteadyTime now);
  /// A reset that the peer has sent or provoked. False: too many.
  bool allow_reset(SteadyTime now) { return resets_.allow(now); }
  /// We have answered: clients may measure the line by a ping after each answer.
  void on_answer();

  void begin_header_block();
  void end_header_block() { in_header_block_ = false; }
  /// Raw bytes have come; they count where they belong to an open header block.
  void on_bytes(std::size_t size);
  bool header_block_is_too_long(std::size_t max_header_bytes) const;

 private:
  bool allow_frame(const nghttp2_frame_hd& frame, SteadyTime now);
  bool ping_is_abuse(std::size_t open_streams, SteadyTime now);

  // Streams that end in a reset, and frames that cost us work but carry nothing.
  FloodGuard resets_{200, 50};
  FloodGuard controls_{1000, 100};
  SteadyTime last_ping_{};
  int ping_strikes_ = 0;
  bool in_header_block_ = false;
  std::uint64_t header_block_bytes_ = 0;  // raw bytes since it began
};

}  // namespace agent::net
