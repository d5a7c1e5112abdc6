#include "agent/logs/tail/positions_format.h"

#include <charconv>
#include <limits>
#include <optional>

#include "agent/base/hash.h"
#include "agent/base/strings.h"
#include "agent/config/node.h"

namespace agent::logs {
namespace {

// DESIGN of the state text, one item a line, fields between single blanks, text fields with bytes
// up to the blank, DEL and '%' written as %XX (an empty one as %):
//   dunlin-positions 1
//   yaml HASH
//   cursor NAME VALUE
//   file OFFSET MID DEVICE INODE BIRTH FINGERPRINT LENGTH LABELS JOB PATH
//   end HASH                      XXH3 of all bytes before this line
// Numbers are decimal, hashes hexadecimal. The file is replaced as a whole, so a reader sees one
// state or the other; the checksum tells a disk that lied.
constexpr std::string_view kHead = "dunlin-positions 1\n";

Error input_error(std::string message) { return {ErrorKind::Input, std::move(message)}; }

template <typename T>
bool read_number(std::string_view text, T& out, int base = 10) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return !text.empty() && parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

std::string hex(std::uint64_t value) {
  char text[16];
  return {text, std::to_chars(text, text + sizeof text, value, 16).ptr};
}

std::string escaped(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  if (text.empty()) return "%";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte != 0x7F && c != '%') {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    }
  }
  return out;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  if (text == "%") return out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned byte = 0;
    if (text.size() - i < 3 || !read_number(text.substr(i + 1, 2), byte, 16)) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

bool read_file_line(const std::vector<std::string_view>& f, PositionRecord& out) {
  if (f.size() != 11 || (f[2] != "0" && f[2] != "1")) return false;
  const auto job = unescaped(f[9]);
  const auto path = unescaped(f[10]);
  if (!job || !path) return false;
  out.job = *job;
  out.path = *path;
  out.mid_line = f[2] == "1";
  FileIdentity& id = out.identity;
  return read_number(f[1], out.offset) && read_number(f[3], id.device) &&
         read_number(f[4], id.inode) && read_number(f[5], id.birth_ns) &&
         read_number(f[6], id.fingerprint.hash, 16) && read_number(f[7], id.fingerprint.length) &&
         id.fingerprint.length <= Fingerprint::kLongest && read_number(f[8], out.labels_hash, 16);
}

bool read_line(std::string_view line, PositionsState& out) {
  const auto fields = split(line, ' ');
  if (fields[0] == "yaml") return fields.size() == 2 && read_number(fields[1], out.yaml_hash, 16);
  if (fields[0] == "cursor" && fields.size() == 3) {
    const auto name = unescaped(fields[1]);
    const auto value = unescaped(fields[2]);
    if (name && value) out.cursors[*name] = *value;
    return name && value;
  }
  if (fields[0] != "file") return false;
  return read_file_line(fields, out.files.emplace_back());
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

Result<PositionsState> parse_positions_state(std::string_view text) {
  if (!text.starts_with(kHead)) return input_error("not a positions state of this version");
  const std::size_t last =
      text.size() < 2 ? std::string_view::npos : text.rfind('\n', text.size() - 2);
  std::uint64_t checksum = 0;
  if (last == std::string_view::npos || text.back() != '\n' ||
      !text.substr(last + 1).starts_with("end ") ||
      !read_number(text.substr(last + 5, text.size() - last - 6), checksum, 16))
    return input_error("the state ends too early");
  const std::string_view body = text.substr(0, last + 1);
  if (hash64(body) != checksum) return input_error("the checksum of the state does not hold");
  PositionsState out;
  for (std::size_t at = kHead.size(); at < body.size();) {
    const std::size_t end = body.find('\n', at);
    if (!read_line(body.substr(at, end - at), out))
      return input_error("a line of the state cannot be read: " +
                         std::string(body.substr(at, end - at)));
    at = end + 1;
  }
  return out;
}

std::string render_positions_state(const PositionsState& state) {
  std::string out(kHead);
  out += "yaml " + hex(state.yaml_hash) + "\n";
  for (const auto& [name, value] : state.cursors)
    out += "cursor " + escaped(name) + " " + escaped(value) + "\n";
  for (const auto& record : state.files) {
    const FileIdentity& id = record.identity;
    out += "file " + std::to_string(record.offset) + (record.mid_line ? " 1 " : " 0 ") +
           std::to_string(id.device) + " " + std::to_string(id.inode) + " " +
           std::to_string(id.birth_ns) + " " + hex(id.fingerprint.hash) + " " +
           std::to_string(id.fingerprint.length) + " " + hex(record.labels_hash) + " " +
           escaped(record.job) + " " + escaped(record.path) + "\n";
  }
  return out + "end " + hex(hash64(out)) + "\n";
}

}  // namespace agent::logs
