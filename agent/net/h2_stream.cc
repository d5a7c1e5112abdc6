#include "agent/net/h2_stream.h"

#include <cstdlib>
#include <string>
#include <utility>

#include "agent/net/grpc_frame.h"

namespace agent::net {

void H2Stream::add_header(std::string_view name, std::string_view value,
                          std::size_t max_head_bytes) {
  head_bytes += name.size() + value.size() + kHeaderOverheadBytes;
  if (head_bytes > max_head_bytes) head_too_large = true;
  if (head_too_large || match) return;
  if (name == ":method") {
    request.method = value;
  } else if (name == ":path") {
    set_target(request, value);
  } else if (name == ":authority") {
    request.headers.add("host", std::string(value));
  } else if (!name.starts_with(':')) {
    request.headers.add(std::string(name), std::string(value));
  }
}

void H2Stream::end_head(std::shared_ptr<const RouteMatch> route, SteadyTime now) {
  since = now;
  is_head = request.method == "HEAD";
  match = std::move(route);
  discards = match->ignores_body || head_too_large;
  // nghttp2 has checked that the length is a number.
  const auto length = request.headers.get("content-length");
  if (!length || discards) return;
  too_large = length->size() > 18 || std::strtoull(std::string(*length).c_str(), nullptr, 10) >
                                         match->route.max_body_bytes;
  discards = too_large;
}

bool H2Stream::add_body(std::string_view bytes) {
  std::string& body = request.body;
  const std::uint64_t limit = match->route.max_body_bytes;
  body += bytes;
  held_bytes += bytes.size();
  bool longer = body.size() > limit;
  // gRPC says first how long its message is.
  const bool is_grpc =
      request.headers.get("content-type").value_or("").starts_with("application/grpc");
  if (is_grpc && body.size() >= kGrpcPrefixBytes) {
    const auto prefix = read_grpc_prefix(body);
    longer = longer || (prefix && (*prefix)->length + kGrpcPrefixBytes > limit);
  }
  if (longer) discards = too_large = true;
  return !longer;
}

}  // namespace agent::net
