#include "agent/logs/sources/push_body.h"

#include <utility>

#include "agent/base/strings.h"
#include "agent/codec/compression.h"

namespace agent::logs {
namespace {

// Snappy is left as it is: for protobuf it is what the body is made of.
Result<std::string> undo_encoding(const std::string& encoding, std::string body,
                                  std::uint64_t limit_bytes) {
  if (encoding.empty() || encoding == "identity" || encoding == "snappy") {
    if (body.size() <= limit_bytes) return body;
    return Error{ErrorKind::Overloaded, "more than " + std::to_string(limit_bytes) + " bytes"};
  }
  if (encoding == "gzip") return codec::gzip_uncompress(body, limit_bytes);
  if (encoding == "deflate") return codec::deflate_uncompress(body, limit_bytes);
  if (encoding == "zstd") return codec::zstd_uncompress(body, limit_bytes);
  return Error{ErrorKind::Rejected, "content-encoding " + encoding + " is not known"};
}

}  // namespace

PushType push_type_of(const net::Request& request) {
  const auto header = request.headers.get("content-type");
  if (!header) return PushType::Protobuf;
  const std::string type = to_lower(trim(header->substr(0, header->find(';'))));
  return type == "application/json" ? PushType::Json : PushType::Protobuf;
}

Result<std::string> push_body_of(net::Request request, PushType type, std::uint64_t limit_bytes) {
  const std::string encoding =
      to_lower(trim(request.headers.get("content-encoding").value_or(std::string_view())));
  auto body = undo_encoding(encoding, std::move(request.body), limit_bytes);
  if (!body) return body;
  if (type == PushType::Protobuf) return codec::snappy_uncompress(*body, limit_bytes);
  if (encoding != "snappy") return body;
  auto plain = codec::snappy_uncompress(*body, limit_bytes);
  // Loki takes the header on JSON for an ornament, so there are senders that compress nothing.
  const bool as_it_is = !plain && plain.error().kind == ErrorKind::Input;
  return as_it_is ? body : plain;
}

}  // namespace agent::logs
