// urlParse and urlJoin: a URL as a map of its parts, and back, after Go's net/url.
#include <algorithm>
#include <optional>

#include "agent/base/strings.h"
#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/runtime.h"

namespace agent::logs::templates {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Without its %xx; nullopt where one is malformed.
std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

// Everything but letters, digits and `plain` as %xx.
std::string escape(std::string_view text, std::string_view plain) {
  std::string out;
  for (const char c : text) {
    if (is_letter(c) || is_digit(c) || plain.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
  }
  return out;
}

struct UrlParts {
  std::string scheme, user, host, path, query, opaque, fragment;
};

// The scheme and its colon are taken off; false: there is a colon where a scheme is missing.
bool take_scheme(std::string_view& rest, std::string& scheme) {
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (is_letter(c)) continue;
    if (c == ':') {
      if (i == 0) return false;
      scheme = to_lower(rest.substr(0, i));
      rest.remove_prefix(i + 1);
      return true;
    }
    const bool goes_on = i > 0 && (is_digit(c) || c == '+' || c == '-' || c == '.');
    if (!goes_on) return true;
  }
  return true;
}

bool is_good_port(std::string_view port) {
  if (port.empty()) return true;
  return port[0] == ':' && port.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

// name:password, unescaped and escaped again.
bool take_user(std::string_view text, std::string& out) {
  constexpr std::string_view kPlain = "-_.~$&+,;=";
  const bool is_good = std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) ||
           std::string_view("-._:~!$&'()*+,;=%@").find(c) != std::string_view::npos;
  });
  const std::size_t colon = text.find(':');
  const auto name = unescape(text.substr(0, colon));
  const auto password = unescape(colon == std::string_view::npos ? "" : text.substr(colon + 1));
  if (!is_good || !name || !password) return false;
  out = escape(*name, kPlain);
  if (colon != std::string_view::npos) out += ":" + escape(*password, kPlain);
  return true;
}

bool take_authority(std::string_view authority, UrlParts& out) {
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    if (!take_user(authority.substr(0, at), out.user)) return false;
    authority.remove_prefix(at + 1);
  }
  const std::size_t bracket = authority.rfind(']');
  if (authority.starts_with('[') && bracket == std::string_view::npos) return false;
  const std::size_t colon = authority.starts_with('[') ? bracket + 1 : authority.rfind(':');
  if (colon != std::string_view::npos &&
      !is_good_port(authority.substr(std::min(colon, authority.size()))))
    return false;
  if (authority.find_first_of(" <>\"\\^`{|}") != std::string_view::npos) return false;
  const auto host = unescape(authority);
  if (host) out.host = *host;
  return host.has_value();
}

bool parse(std::string_view text, UrlParts& out) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  const std::size_t sharp = text.find('#');
  if (sharp != std::string_view::npos) {
    const auto fragment = unescape(text.substr(sharp + 1));
    if (!fragment) return false;
    out.fragment = *fragment;
    text = text.substr(0, sharp);
  }
  if (!take_scheme(text, out.scheme)) return false;
  if (const std::size_t mark = text.find('?'); mark != std::string_view::npos) {
    out.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  const bool is_rooted = text.starts_with('/');
  if (!is_rooted && !out.scheme.empty()) {
    out.opaque = text;
    return true;
  }
  if (!is_rooted && text.substr(0, text.find('/')).find(':') != std::string_view::npos)
    return false;
  const bool has_authority =
      text.starts_with("//") && (!out.scheme.empty() || !text.starts_with("///"));
  if (has_authority) {
    const std::size_t end = std::min(text.find('/', 2), text.size());
    if (!take_authority(text.substr(2, end - 2), out)) return false;
    text.remove_prefix(end);
  }
  const auto path = unescape(text);
  if (path) out.path = *path;
  return path.has_value();
}

// The host without port and brackets.
std::string_view hostname_of(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  const std::size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && is_good_port(host.substr(colon));
  return has_port ? host.substr(0, colon) : host;
}

Value url_parse(Runtime& run, Arguments arguments) {
  UrlParts parts;
  if (!parse(arguments[0].text(), parts)) return run.fail("this is no URL");
  const Value map = run.new_dict();
  const auto put = [&](std::string_view name, std::string_view text) {
    const Value value = run.text(text);
    if (!run.failed()) run.set(map.dict(), name, value);
  };
  put("scheme", parts.scheme);
  put("host", parts.host);
  put("hostname", hostname_of(parts.host));
  put("path", parts.path);
  put("query", parts.query);
  put("opaque", parts.opaque);
  put("fragment", parts.fragment);
  put("userinfo", parts.user);
  return map;
}

// A member that is a text or not there.
std::string_view part_of(Runtime& run, const Value& map, std::string_view name) {
  const Value* found = map.dict().find(name);
  if (found == nullptr) return {};
  if (!found->is(Type::String)) return run.fail("the parts of a URL are texts"), std::string_view();
  return found->text();
}

void append_path(std::string& out, std::string_view path, std::string_view host) {
  if (!path.empty() && !path.starts_with('/') && !host.empty()) out += '/';
  // A colon in the first segment would read as a scheme.
  if (out.empty() && path.substr(0, path.find('/')).find(':') != std::string_view::npos)
    out += "./";
  out += path == "*" ? "*" : escape(path, "-_.~$&+,/:;=@");
}

Value url_join(Runtime& run, Arguments arguments) {
  const Value& map = arguments[0];
  const auto scheme = part_of(run, map, "scheme");
  const auto host = part_of(run, map, "host");
  const auto path = part_of(run, map, "path");
  const auto query = part_of(run, map, "query");
  const auto opaque = part_of(run, map, "opaque");
  const auto fragment = part_of(run, map, "fragment");
  const auto user = part_of(run, map, "userinfo");
  UrlParts authority;
  if (!user.empty() && !take_authority(std::string(user) + "@host", authority))
    return run.fail("this is no user info of a URL");
  std::string& out = run.scratch();
  if (!scheme.empty()) out += std::string(scheme) + ":";
  if (!opaque.empty()) {
    out += opaque;
  } else {
    if (!scheme.empty() || !host.empty() || !user.empty()) {
      if (!host.empty() || !path.empty() || !user.empty()) out += "//";
      if (!user.empty()) out += authority.user + "@";
      out += escape(host, "-_.~!$&'()*+,;=:[]<>\"");
    }
    append_path(out, path, host);
  }
  if (!query.empty()) out += "?" + std::string(query);
  if (!fragment.empty()) out += "#" + escape(fragment, "-_.~!()*$&+,/:;=?@");
  return run.text(out);
}

constexpr Function kFunctions[] = {{"urlJoin", "d", &url_join}, {"urlParse", "s", &url_parse}};

}  // namespace

std::span<const Function> url_functions() { return kFunctions; }

}  // namespace agent::logs::templates
