#include "agent/net/server_session.h"

#include <algorithm>
#include <array>

#include "agent/base/strings.h"

namespace agent::net {
namespace {

constexpr std::uint64_t kMinBytesPerSecond = 1024;
constexpr std::array<std::string_view, 6> kSessionHeaders = {
    "connection",       "content-length",    "keep-alive",
    "proxy-connection", "transfer-encoding", "upgrade"};

}  // namespace

bool body_is_too_slow(SteadyTime since, SteadyTime now, std::uint64_t body_bytes,
                      Duration body_timeout) {
  if (now - since <= body_timeout) return false;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now - since).count();
  return body_bytes < kMinBytesPerSecond * static_cast<std::uint64_t>(seconds + 1);
}

Response too_large_response(const Route& route, const Request& head) {
  if (route.too_large) return route.too_large(head);
  Response response;
  response.status = 413;
  response.headers.add("content-type", "text/plain; charset=utf-8");
  response.body = "the body is larger than " + std::to_string(route.max_body_bytes) + " bytes\n";
  return response;
}

void set_target(Request& request, std::string_view target) {
  if (const auto scheme = target.find("://");
      !target.starts_with('/') && scheme != std::string_view::npos) {
    const auto path = target.find_first_of("/?", scheme + 3);
    target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
  }
  const auto mark = std::min(target.find('?'), target.size());
  request.path = target.substr(0, mark);
  request.query = target.substr(std::min(mark + 1, target.size()));
  if (request.path.empty()) request.path = "/";
}

bool is_session_header(std::string_view name) {
  return std::any_of(kSessionHeaders.begin(), kSessionHeaders.end(),
                     [&](std::string_view own) { return equals_ignoring_case(own, name); });
}

std::string clean_header(std::string_view value) {
  std::string out(trim(value));
  std::erase_if(out, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  return out;
}

}  // namespace agent::net
