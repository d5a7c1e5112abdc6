#include "agent/logs/tail/positions_state.h"

#include <charconv>
#include <optional>

#include "agent/base/strings.h"

namespace agent::logs {
namespace {

using Fields = std::vector<std::string_view>;

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

bool unescape(std::string_view text, std::string& out) {
  out.clear();
  if (text == "%") return true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned byte = 0;
    if (text.size() - i < 3 || !read_number(text.substr(i + 1, 2), byte, 16)) return false;
    out += static_cast<char>(byte);
    i += 2;
  }
  return true;
}

bool read_fingerprint(std::string_view hash, std::string_view length, Fingerprint& out) {
  return read_number(hash, out.hash, 16) && read_number(length, out.length) &&
         out.length <= Fingerprint::kLongest;
}

// OFFSET MID SIZE MARK LENGTH, from field `at` on.
bool read_place(const Fields& f, std::size_t at, PositionRecord& out) {
  if (f[at + 1] != "0" && f[at + 1] != "1") return false;
  out.mid_line = f[at + 1] == "1";
  return read_number(f[at], out.offset) && read_number(f[at + 2], out.size) &&
         read_fingerprint(f[at + 3], f[at + 4], out.mark);
}

std::string place_text(const PositionRecord& record) {
  return std::to_string(record.offset) + (record.mid_line ? " 1 " : " 0 ") +
         std::to_string(record.size) + " " + hex(record.mark.hash) + " " +
         std::to_string(record.mark.length);
}

bool read_file(const Fields& f, PositionsState& state) {
  PositionsState::Id id = 0;
  PositionRecord record;
  FileIdentity& file = record.identity;
  const bool lines = f.size() == 16 && f[15] == "lines";
  if (lines) record.unit = PositionUnit::Lines;
  const bool read = (f.size() == 15 || lines) && read_number(f[1], id) &&
                    read_place(f, 2, record) && read_number(f[7], file.device) &&
                    read_number(f[8], file.inode) && read_number(f[9], file.birth_ns) &&
                    read_fingerprint(f[10], f[11], file.fingerprint) &&
                    read_number(f[12], record.labels_hash, 16) && unescape(f[13], record.job) &&
                    unescape(f[14], record.path);
  if (read) state.files[id] = std::move(record);
  return read;
}

bool read_at(const Fields& f, PositionsState& state) {
  PositionsState::Id id = 0;
  if (f.size() != 7 || !read_number(f[1], id)) return false;
  const auto known = state.files.find(id);
  return known != state.files.end() && read_place(f, 2, known->second);
}

bool read_line(std::string_view line, PositionsState& state) {
  const Fields f = split(line, ' ');
  if (f[0] == "file") return read_file(f, state);
  if (f[0] == "at") return read_at(f, state);
  if (f[0] == "gone") {
    PositionsState::Id id = 0;
    if (f.size() != 2 || !read_number(f[1], id)) return false;
    state.files.erase(id);
    return true;
  }
  if (f[0] == "cursor") {
    std::string name;
    std::string value;
    if (f.size() != 3 || !unescape(f[1], name) || !unescape(f[2], value)) return false;
    state.cursors[name] = value;
    return true;
  }
  if (f[0] == "text") {
    TextPosition text;
    if (f.size() != 4 || !read_number(f[1], text.offset) || !unescape(f[2], text.labels) ||
        !unescape(f[3], text.path))
      return false;
    state.text.push_back(std::move(text));
    return true;
  }
  return f[0] == "yaml" && f.size() == 3 && read_number(f[1], state.yaml_hashes[0], 16) &&
         read_number(f[2], state.yaml_hashes[1], 16);
}

}  // namespace

std::string file_line(PositionsState::Id id, const PositionRecord& record) {
  const FileIdentity& file = record.identity;
  return "file " + std::to_string(id) + " " + place_text(record) + " " +
         std::to_string(file.device) + " " + std::to_string(file.inode) + " " +
         std::to_string(file.birth_ns) + " " + hex(file.fingerprint.hash) + " " +
         std::to_string(file.fingerprint.length) + " " + hex(record.labels_hash) + " " +
         escaped(record.job) + " " + escaped(record.path) +
         (record.unit == PositionUnit::Lines ? " lines\n" : "\n");
}

std::string at_line(PositionsState::Id id, const PositionRecord& record) {
  return "at " + std::to_string(id) + " " + place_text(record) + "\n";
}

std::string gone_line(PositionsState::Id id) { return "gone " + std::to_string(id) + "\n"; }

std::string cursor_line(const std::string& name, const std::string& value) {
  return "cursor " + escaped(name) + " " + escaped(value) + "\n";
}

std::string render_positions_state(const PositionsState& state) {
  std::string out = "yaml " + hex(state.yaml_hashes[0]) + " " + hex(state.yaml_hashes[1]) + "\n";
  for (const auto& [name, value] : state.cursors)
    out += cursor_line(name, value);
  for (const auto& text : state.text)
    out += "text " + std::to_string(text.offset) + " " + escaped(text.labels) + " " +
           escaped(text.path) + "\n";
  for (const auto& [id, record] : state.files)
    out += file_line(id, record);
  return out;
}

Status apply_positions_lines(std::string_view lines, PositionsState& state) {
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const std::string_view line = lines.substr(0, end);
    if (end == std::string_view::npos || !read_line(line, state))
      return Error{ErrorKind::Input,
                   "a line of the state cannot be read: " + std::string(line.substr(0, 200))};
    lines.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace agent::logs
