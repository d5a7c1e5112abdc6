#pragma once
#include <cstdint>
#include <vector>

#include "agent/net/http_types.h"

namespace agent::net {

/// One answer on its way out over HTTP/2, piece by piece. Inside net/ only.
class H2Response {
 public:
  H2Response() = default;
  /// `is_head`: the answer of a HEAD request, whose body is not sent.
  H2Response(Response response, bool is_head);

  /// True when DATA frames follow the head.
  bool has_body() const { return has_body_; }
  /// `:status` and the headers. Without a body the trailers go with them: gRPC's "trailers-only".
  std::vector<Header> head() const;
  /// What is sent behind the body; empty: nothing.
  std::vector<Header> trailers() const;
  /// Copies what comes next of the body; the number of bytes.
  std::size_t read_body(std::uint8_t* out, std::size_t room);
  /// True when the whole body has been read.
  bool body_is_read() const { return sent_bytes_ == response_.body.size(); }

 private:
  Response response_;
  bool has_body_ = false;
  std::size_t sent_bytes_ = 0;  // of the body
};

}  // namespace agent::net
