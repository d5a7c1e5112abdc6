#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/grpc_client.h"

namespace agent::net {

/// What came back on one stream, piece by piece, and what it means. Pure: no nghttp2, no loop.
class GrpcCall {
 public:
  explicit GrpcCall(std::shared_ptr<const std::string> message, bool compressed);

  /// Copies up to `room` bytes of the length-prefixed request to `to`; the number of bytes.
  std::size_t read_request(char* to, std::size_t room);
  bool request_is_read() const { return sent_ == prefix_.size() + message_->size(); }

  void on_header(std::string_view name, std::string_view value);
  void on_data(std::string_view bytes);
  /// The stream has ended; `reset_code` is that of RST_STREAM, 0 for none.
  GrpcReply finish(std::uint32_t reset_code);

 private:
  GrpcReply reply_from_status();
  void read_body(GrpcReply& reply) const;

  std::string prefix_;
  std::shared_ptr<const std::string> message_;
  std::size_t sent_ = 0;
  int http_status_ = 0;
  std::optional<GrpcCode> code_;
  std::string status_message_;
  std::string details_;
  std::string encoding_;
  std::string body_;
  bool body_too_large_ = false;
};

/// The request's headers in the order of traces.md 5.1, names in lower case.
std::vector<Header> make_grpc_headers(const GrpcRequest& request, const std::string& scheme,
                                      const std::string& authority, const std::string& user_agent,
                                      Duration timeout);

}  // namespace agent::net
