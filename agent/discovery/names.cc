#include "agent/discovery/names.h"

#include <limits>

#include "agent/base/byte_size.h"
#include "agent/base/strings.h"

namespace agent::discovery {

std::string sanitised_name(std::string_view key) {
  std::string out(key);
  for (char& c : out) {
    const bool stays =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!stays) c = '_';
  }
  return out;
}

std::string joined_path(const std::string& folder, std::string_view path) {
  if (path.empty() || path.front() == '/' || folder.empty()) return std::string(path);
  std::string out = folder;
  if (out.back() != '/') out += '/';
  out += path;
  return out;
}

std::string host_and_port(std::string_view host, std::string_view port) {
  const bool bare_ipv6 = host.find(':') != std::string_view::npos && host.front() != '[';
  std::string out = bare_ipv6 ? "[" + std::string(host) + "]" : std::string(host);
  out += ':';
  out += port;
  return out;
}

std::uint64_t read_size(config::Reader& in, std::string_view key) {
  const auto text = in.optional_string(key);
  if (!text || *text == "0") return 0;
  const bool has_unit = !text->empty() && (text->back() == 'B' || text->back() == 'b');
  const auto size = parse_byte_size(*text);
  if (size && has_unit) return *size;
  in.error(key, "a size with its unit is asked here (B, KB, MB, GB, ...), not \"" + *text + "\"");
  return 0;
}

std::uint64_t read_limit(config::Reader& in, std::string_view key) {
  return static_cast<std::uint64_t>(
      in.integer(key, 0, 0, std::numeric_limits<std::int64_t>::max()));
}

std::string read_scheme(config::Reader& in, std::string_view key, const std::string& fallback) {
  const auto text = in.optional_string(key);
  if (!text) return fallback;
  std::string scheme = to_lower(*text);
  if (scheme != "http" && scheme != "https")
    in.error(key, "http or https is asked here, not \"" + *text + "\"");
  return scheme;
}

std::map<std::string, std::vector<std::string>> read_params(config::Reader& in,
                                                            std::string_view key) {
  std::map<std::string, std::vector<std::string>> out;
  if (!in.has(key)) return out;
  config::Reader params(in.child(key), config::Keys::Strict, in.report(), in.path_of(key));
  for (const auto& [name, values] : in.map(key))
    out[std::string(name.text())] = params.strings(name.text());
  return out;
}

std::map<std::string, std::string> read_text_map(config::Reader& in, std::string_view key) {
  std::map<std::string, std::string> out;
  if (!in.has(key)) return out;
  config::Reader texts(in.child(key), config::Keys::Strict, in.report(), in.path_of(key));
  for (const auto& [name, value] : in.map(key))
    out[std::string(name.text())] = texts.string(name.text());
  return out;
}

model::LabelSet read_labels(config::Reader& in, std::string_view key) {
  model::LabelSet out;
  for (const auto& [name, value] : read_text_map(in, key)) {
    if (name.empty()) {
      in.error(key, "a label name must not be empty");
    } else {
      out.set(name, value);
    }
  }
  return out;
}

}  // namespace agent::discovery
