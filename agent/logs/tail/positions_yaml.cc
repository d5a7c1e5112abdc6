#include "agent/logs/tail/positions_yaml.h"

#include <charconv>
#include <limits>

#include "agent/base/strings.h"
#include "agent/config/node.h"

namespace agent::logs {
namespace {

Error input_error(std::string message) { return {ErrorKind::Input, std::move(message)}; }

bool read_number(std::string_view text, std::uint64_t& out) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  return !text.empty() && parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

bool is_cursor(std::string_view key) {
  return key.starts_with("cursor-") || key.starts_with("journal-");
}

// A scalar in double quotes that every YAML reader takes back byte for byte.
std::string quoted(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\x";
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + '"';
}

bool is_plain(std::string_view key) {
  if (!key.starts_with('/') && !is_cursor(key)) return false;
  for (const char c : key) {
    const bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '/' || c == '.' || c == '_' || c == '-' || c == '+' || c == '@';
    if (!safe) return false;
  }
  return true;
}

void read_entry(const config::Node& key, const config::Node& value, PositionsText& out) {
  const bool newer = key.is_map();
  const std::string path(newer ? key.get("path").text() : key.text());
  if (!newer && is_cursor(path)) {
    out.cursors[path] = value.text();
    return;
  }
  std::uint64_t offset = 0;
  if (path.empty() || !read_number(value.text(), offset) ||
      offset > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    ++out.ignored;
    return;
  }
  out.files.push_back({path, newer ? std::string(key.get("labels").text()) : "", offset});
}

}  // namespace

Result<PositionsText> parse_positions_yaml(std::string_view text) {
  const auto root = config::parse(text, "positions");
  if (!root) return root.error();
  if (!root->is_map()) return input_error("it holds no map");
  PositionsText out;
  for (const auto& [key, value] : root->entries())
    if (key.text() != "positions") return input_error("only the key \"positions\" is known there");
  const config::Node positions = root->get("positions");
  if (!positions.is_map() && !positions.is_empty()) return input_error("\"positions\" is no map");
  for (const auto& [key, value] : positions.entries())
    read_entry(key, value, out);
  return out;
}

std::string render_positions_yaml(const PositionsText& positions) {
  if (positions.files.empty() && positions.cursors.empty()) return "positions: {}\n";
  std::string out = "positions:\n";
  const auto add = [&out](const std::string& key, const std::string& value) {
    if (!is_valid_utf8(key)) return;
    out += "  " + (is_plain(key) ? key : quoted(key)) + ": " + quoted(value) + "\n";
  };
  for (const auto& file : positions.files)
    add(file.path, std::to_string(file.offset));
  for (const auto& [name, value] : positions.cursors)
    add(name, value);
  return out;
}

}  // namespace agent::logs
