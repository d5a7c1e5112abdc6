#include <algorithm>
#include <charconv>

#include <uv.h>

#include "agent/loop/tcp.h"

namespace agent::loop {
namespace {

Error bad_address(std::string_view text, const char* why) {
  return {ErrorKind::Config, "\"" + std::string(text) + "\" is no host:port: " + why};
}

bool is_ipv6(std::string_view host) {
  sockaddr_in6 address{};
  return uv_ip6_addr(std::string(host).c_str(), 0, &address) == 0;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return !text.empty() && error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

Result<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port) {
  HostPort out{{}, default_port};
  if (text.empty()) return bad_address(text, "it is empty");
  std::string_view rest = text;  // from the colon before the port on
  if (text.front() == '[') {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return bad_address(text, "']' is missing");
    out.host = text.substr(1, close - 1);
    if (!is_ipv6(out.host)) return bad_address(text, "no IPv6 address between the brackets");
    rest.remove_prefix(close + 1);
  } else if (std::count(text.begin(), text.end(), ':') > 1) {
    if (default_port == 0 || !is_ipv6(text))
      return bad_address(text, "an IPv6 address stands in brackets, as in [::1]:80");
    out.host = text;
    rest = {};
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    out.host = text.substr(0, colon);
    if (!std::all_of(out.host.begin(), out.host.end(), is_host_character))
      return bad_address(text, "a host has letters, digits, '.', '-' and '_' only");
    rest.remove_prefix(colon);
  }
  if (rest.empty()) {
    if (default_port == 0) return bad_address(text, "the port is missing");
    return out;
  }
  if (rest.front() != ':' || !parse_port(rest.substr(1), out.port))
    return bad_address(text, "a port is a number from 0 to 65535");
  return out;
}

std::string to_string(const HostPort& address) {
  const bool brackets = address.host.find(':') != std::string::npos;
  return (brackets ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace agent::loop
