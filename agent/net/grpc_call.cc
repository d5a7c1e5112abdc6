#include "agent/net/grpc_call.h"

#include <algorithm>
#include <charconv>

#include "agent/base/base64.h"
#include "agent/base/check.h"
#include "agent/base/strings.h"
#include "agent/codec/compression.h"
#include "agent/net/grpc_frame.h"

namespace agent::net {
namespace {

constexpr std::size_t kMaxBodyBytes = 4U << 20U;
constexpr std::size_t kMaxHeaderValueBytes = 16U << 10U;

// Spec: traces.md 5.1; the numbers are those of RFC 9113, section 7.
GrpcCode code_of_reset(std::uint32_t reset_code) {
  switch (reset_code) {
    case 0x7:  // REFUSED_STREAM
      return GrpcCode::Unavailable;
    case 0x8:  // CANCEL
      return GrpcCode::Cancelled;
    case 0xb:  // ENHANCE_YOUR_CALM
      return GrpcCode::ResourceExhausted;
    case 0xc:  // INADEQUATE_SECURITY
      return GrpcCode::PermissionDenied;
    default:
      return GrpcCode::Internal;
  }
}

// For answers without grpc-status, from proxies for instance. 200 is no success either.
GrpcCode code_of_http(int status) {
  switch (status) {
    case 400:
      return GrpcCode::Internal;
    case 401:
      return GrpcCode::Unauthenticated;
    case 403:
      return GrpcCode::PermissionDenied;
    case 404:
      return GrpcCode::Unimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return GrpcCode::Unavailable;
    default:
      return GrpcCode::Unknown;
  }
}

}  // namespace

GrpcCall::GrpcCall(std::shared_ptr<const std::string> message, bool compressed)
    : message_(std::move(message)) {
  AGENT_CHECK(message_->size() <= UINT32_MAX);
  append_grpc_prefix(prefix_, compressed, static_cast<std::uint32_t>(message_->size()));
}

std::size_t GrpcCall::read_request(char* to, std::size_t room) {
  std::size_t copied = 0;
  if (sent_ < prefix_.size()) {
    copied = std::min(room, prefix_.size() - sent_);
    std::copy_n(prefix_.data() + sent_, copied, to);
    sent_ += copied;
  }
  if (sent_ < prefix_.size()) return copied;
  const std::size_t at = sent_ - prefix_.size();
  const std::size_t more = std::min(room - copied, message_->size() - at);
  std::copy_n(message_->data() + at, more, to + copied);
  sent_ += more;
  return copied + more;
}

// Trailers come after headers, so the last of a name counts.
void GrpcCall::on_header(std::string_view name, std::string_view value) {
  const std::string text(value.substr(0, kMaxHeaderValueBytes));
  if (name == ":status") {
    std::from_chars(text.data(), text.data() + text.size(), http_status_);
  } else if (name == "grpc-status") {
    code_ = parse_grpc_code(text).value_or(GrpcCode::Unknown);
  } else if (name == "grpc-message") {
    status_message_ = decode_grpc_message(text);
  } else if (name == "grpc-status-details-bin") {
    details_ = decode_base64(text).value_or("");
  } else if (name == "grpc-encoding") {
    encoding_ = text;
  }
}

void GrpcCall::on_data(std::string_view bytes) {
  body_too_large_ = body_too_large_ || bytes.size() > kMaxBodyBytes - body_.size();
  if (body_too_large_) {
    body_.clear();
  } else {
    body_ += bytes;
  }
}

GrpcReply GrpcCall::finish(std::uint32_t reset_code) {
  // A server that answers early resets the stream afterwards: its status counts.
  if (code_) return reply_from_status();
  GrpcReply reply;
  if (reset_code != 0) {
    reply.code = code_of_reset(reset_code);
    reply.message = "the stream was reset with code " + std::to_string(reset_code);
    reply.from_transport = true;
  } else {
    reply.code = code_of_http(http_status_);
    reply.message = "HTTP " + std::to_string(http_status_) + " without grpc-status";
  }
  return reply;
}

GrpcReply GrpcCall::reply_from_status() {
  GrpcReply reply;
  reply.code = *code_;
  reply.message = std::move(status_message_);
  if (!details_.empty()) {
    const auto status = decode_rpc_status(details_);
    if (status) reply.retry_delay = status->retry_delay;
  }
  if (reply.code == GrpcCode::Ok) read_body(reply);
  return reply;
}

// The server has said OK: what it says beyond that may be unreadable, the data is there.
void GrpcCall::read_body(GrpcReply& reply) const {
  GrpcStatus problem;
  const bool encoded = !encoding_.empty() && encoding_ != "identity";
  const auto message = read_grpc_message(
      body_, encoded ? std::optional<std::string_view>(encoding_) : std::nullopt, &problem);
  if (!message) return;
  if (!message->compressed) {
    reply.body = message->payload;
  } else if (encoding_ == "gzip") {
    auto body = codec::gzip_uncompress(message->payload, kMaxBodyBytes);
    if (body) reply.body = std::move(*body);
  }
}

std::vector<Header> make_grpc_headers(const GrpcRequest& request, const std::string& scheme,
                                      const std::string& authority, const std::string& user_agent,
                                      Duration timeout) {
  std::vector<Header> out = {
      {":method", "POST"},
      {":scheme", scheme},
      {":path", request.path},
      {":authority", authority},
      {"content-type", "application/grpc"},
      {"te", "trailers"},
      {"user-agent", user_agent},
      {"grpc-timeout", format_grpc_timeout(timeout)},
  };
  if (!request.encoding.empty()) out.push_back({"grpc-encoding", request.encoding});
  out.push_back({"grpc-accept-encoding", "identity,gzip"});
  for (const Header& header : request.metadata) {
    std::string name = to_lower(header.name);
    const bool binary = name.ends_with("-bin");
    out.push_back({std::move(name),
                   binary ? encode_base64(header.value, Base64Padding::None) : header.value});
  }
  return out;
}

}  // namespace agent::net
