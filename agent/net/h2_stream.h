#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "agent/net/h2_response.h"
#include "agent/net/server_session.h"

namespace agent::net {

/// One request and its answer on an HTTP/2 connection. Inside net/ only.
struct H2Stream {
  std::int32_t id = 0;
  Request request;
  std::shared_ptr<const RouteMatch> match;  // set when the head is complete
  std::shared_ptr<Exchange> exchange;       // set when the handler has been called
  std::size_t head_bytes = 0;
  std::uint64_t body_bytes = 0;
  std::uint64_t held_bytes = 0;  // of the body: here or with the handler
  SteadyTime since{};            // of the head, then of the body
  bool head_too_large = false;
  bool too_large = false;
  bool discards = false;
  bool complete = false;  // the request has ended
  bool ready = false;     // waits for its handler
  bool is_head = false;
  H2Response response;  // once answered
  bool answered = false;

  /// A header or a trailer; trailers are counted and dropped.
  void add_header(std::string_view name, std::string_view value, std::size_t max_head_bytes);
  /// The head is complete and goes to `route`; decides whether its body is wanted.
  void end_head(std::shared_ptr<const RouteMatch> route, SteadyTime now);
  /// More of the body. False: it is too large, or will be; then it is no longer wanted.
  bool add_body(std::string_view bytes);
};

}  // namespace agent::net
