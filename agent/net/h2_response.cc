#include "agent/net/h2_response.h"

#include <algorithm>
#include <string>
#include <utility>

#include "agent/base/strings.h"
#include "agent/net/server_session.h"

namespace agent::net {
namespace {

void append_clean(std::vector<Header>& out, const Headers& headers) {
  for (const auto& header : headers) {
    if (is_session_header(header.name)) continue;
    out.push_back({to_lower(clean_header(header.name)), clean_header(header.value)});
  }
}

}  // namespace

H2Response::H2Response(Response response, bool is_head)
    : response_(std::move(response)), has_body_(!response_.body.empty() && !is_head) {}

std::vector<Header> H2Response::head() const {
  std::vector<Header> out = {{":status", std::to_string(response_.status)}};
  append_clean(out, response_.headers);
  const bool has_trailers = response_.trailers.size() > 0;
  if (!has_trailers && response_.status != 204 && response_.status != 304)
    out.push_back({"content-length", std::to_string(response_.body.size())});
  if (has_trailers && !has_body_) append_clean(out, response_.trailers);
  return out;
}

std::vector<Header> H2Response::trailers() const {
  std::vector<Header> out;
  append_clean(out, response_.trailers);
  return out;
}

std::size_t H2Response::read_body(std::uint8_t* out, std::size_t room) {
  const std::size_t size = std::min(room, response_.body.size() - sent_bytes_);
  std::copy_n(response_.body.data() + sent_bytes_, size, out);
  sent_bytes_ += size;
  return size;
}

}  // namespace agent::net
