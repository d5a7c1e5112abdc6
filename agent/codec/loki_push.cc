#include "agent/codec/loki_push.h"

#include <algorithm>
#include <bit>

#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>

#include "agent/base/rfc3339.h"

namespace agent::codec {
namespace {

constexpr char kLengthDelimited = 2;

constexpr char tag(int field, int wire_type) {
  return static_cast<char>((field << 3U) | wire_type);
}

// Three tags with lengths, two numbers with tags, each at its longest.
constexpr std::size_t kMostEntryHead = 5UL * 11;

std::size_t varint_size(std::uint64_t value) {
  const auto bits = static_cast<std::size_t>(64 - std::countl_zero(value | 1));
  return (bits + 6) / 7;
}

char* put_varint(char* to, std::uint64_t value) {
  while (value >= 0x80) {
    *to++ = static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  *to++ = static_cast<char>(value);
  return to;
}

char* put_head(char* to, int field, std::size_t content) {
  *to++ = tag(field, kLengthDelimited);
  return put_varint(to, content);
}

// Tag, length and content of a field, as they will be.
std::size_t field_size(std::size_t content) { return 1 + varint_size(content) + content; }

void append_head(std::string& out, int field, std::size_t content) {
  char head[11];
  out.append(head, static_cast<std::size_t>(put_head(head, field, content) - head));
}

void append_field(std::string& out, int field, std::string_view content) {
  append_head(out, field, content.size());
  out += content;
}

std::size_t pair_size(const model::LabelView& pair) {
  return field_size(pair.name.size()) + field_size(pair.value.size());
}

// ---- Go's quotes

struct Rune {
  std::uint32_t code = 0;
  std::size_t length = 0;  // 0: not UTF-8
};

Rune decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (length == 0 || lead > 0xF4 || text.size() < length) return {};
  std::uint32_t code = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kLeast[length] || surrogate || code > 0x10FFFF) return {};
  return {code, length};
}

// Controls, formats, blanks other than the ASCII one, private use and non-characters. Code points
// that no standard has assigned yet count as printing: every reader takes both spellings for the
// same text.
bool prints(std::uint32_t code) {
  constexpr struct {
    std::uint32_t first, last;
  } kSilent[] = {{0x00, 0x1F},       {0x7F, 0xA0},       {0xAD, 0xAD},       {0x600, 0x605},
                 {0x61C, 0x61C},     {0x6DD, 0x6DD},     {0x70F, 0x70F},     {0x8E2, 0x8E2},
                 {0x1680, 0x1680},   {0x180E, 0x180E},   {0x2000, 0x200F},   {0x2028, 0x202F},
                 {0x205F, 0x206F},   {0x3000, 0x3000},   {0xE000, 0xF8FF},   {0xFDD0, 0xFDEF},
                 {0xFEFF, 0xFEFF},   {0xFFF9, 0xFFFB},   {0x110BD, 0x110BD}, {0x1BCA0, 0x1BCA3},
                 {0x1D173, 0x1D17A}, {0xE0000, 0xE007F}, {0xF0000, 0x10FFFF}};
  if ((code & 0xFFFEU) == 0xFFFE) return false;
  return std::none_of(std::begin(kSilent), std::end(kSilent),
                      [&](const auto& range) { return range.first <= code && code <= range.last; });
}

void append_hex(std::string& out, std::uint32_t value, int digits) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (int i = digits - 1; i >= 0; --i)
    out += kDigits[(value >> (4U * static_cast<unsigned>(i))) & 15U];
}

void append_escaped(std::string& out, std::uint32_t code) {
  constexpr std::string_view kNamed = "\a\b\t\n\v\f\r";  // 7 to 13
  constexpr std::string_view kNames = "abtnvfr";
  if (code >= 7 && code <= 13) {
    out += '\\';
    out += kNames[kNamed.find(static_cast<char>(code))];
  } else if (code < 0x80) {
    out += "\\x";
    append_hex(out, code, 2);
  } else {
    out += code < 0x10000 ? "\\u" : "\\U";
    append_hex(out, code, code < 0x10000 ? 4 : 8);
  }
}

}  // namespace

void append_go_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const Rune rune = decode(text);
    if (rune.length == 0) {
      out += "\\x";
      append_hex(out, static_cast<unsigned char>(text[0]), 2);
    } else if (rune.code == '"' || rune.code == '\\') {
      out += '\\';
      out += static_cast<char>(rune.code);
    } else if (prints(rune.code)) {
      out += text.substr(0, rune.length);
    } else {
      append_escaped(out, rune.code);
    }
    text.remove_prefix(std::max<std::size_t>(1, rune.length));
  }
  out += '"';
}

std::string loki_label_text(const model::LabelSet& labels) {
  std::string out;
  for (const auto& label : labels) {
    if (label.value.empty() || label.name == model::kTenantLabel) continue;
    out += out.empty() ? "{" : ", ";
    out += label.name;
    out += '=';
    append_go_quoted(out, label.value);
  }
  if (!out.empty()) out += '}';
  return out;
}

std::size_t loki_metadata_size(std::span<const model::LabelView> metadata) {
  std::size_t size = 0;
  for (const auto& pair : metadata)
    size += field_size(pair_size(pair));
  return size;
}

void append_loki_entry(std::string& stream_entries, Timestamp timestamp, std::string_view line,
                       std::span<const model::LabelView> metadata) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(timestamp);
  const auto seconds = static_cast<std::uint64_t>(whole.time_since_epoch().count());
  const auto nanos = static_cast<std::uint64_t>(nanosecond_of(timestamp));
  const std::size_t time_size =
      (seconds != 0 ? 1 + varint_size(seconds) : 0) + (nanos != 0 ? 1 + varint_size(nanos) : 0);
  // All that stands before the line is put together here and appended at once.
  char head[kMostEntryHead];
  char* at = put_head(head, 2,
                      field_size(time_size) + field_size(line.size()) +
                          (metadata.empty() ? 0 : loki_metadata_size(metadata)));
  at = put_head(at, 1, time_size);
  if (seconds != 0) {
    *at++ = tag(1, 0);
    at = put_varint(at, seconds);
  }
  if (nanos != 0) {
    *at++ = tag(2, 0);
    at = put_varint(at, nanos);
  }
  at = put_head(at, 2, line.size());
  stream_entries.append(head, static_cast<std::size_t>(at - head));
  stream_entries += line;
  for (const auto& pair : metadata) {
    append_head(stream_entries, 3, pair_size(pair));
    append_field(stream_entries, 1, pair.name);
    append_field(stream_entries, 2, pair.value);
  }
}

std::string loki_stream_head(std::string_view labels, std::size_t entries_bytes) {
  std::string out;
  append_head(out, 1, field_size(labels.size()) + entries_bytes);
  append_field(out, 1, labels);
  return out;
}

void append_loki_stream(std::string& request, std::string_view labels,
                        std::string_view stream_entries) {
  request += loki_stream_head(labels, stream_entries.size());
  request += stream_entries;
}

Result<std::vector<LokiStreamView>> walk_loki_push(std::string_view request) {
  std::vector<LokiStreamView> out;
  try {
    protozero::pbf_reader reader(request);
    while (reader.next()) {
      if (reader.tag_and_type() != protozero::tag_and_type(1, protozero::pbf_wire_type(2))) {
        reader.skip();
        continue;
      }
      LokiStreamView& stream = out.emplace_back();
      protozero::pbf_reader fields(reader.get_view());
      while (fields.next()) {
        if (fields.wire_type() != protozero::pbf_wire_type::length_delimited || fields.tag() > 2) {
          fields.skip();
        } else if (fields.tag() == 1) {
          stream.labels = fields.get_view();
        } else {
          stream.entries.push_back(fields.get_view());
        }
      }
    }
  } catch (const protozero::exception& broken) {
    return Error{ErrorKind::Input, std::string("not a push request: ") + broken.what()};
  }
  return out;
}

Result<LokiHalves> split_loki_push(std::string_view request) {
  const auto streams = walk_loki_push(request);
  if (!streams) return streams.error();
  std::size_t total = 0;
  for (const auto& stream : *streams)
    total += stream.entries.size();
  LokiHalves out;
  out.first_entries = static_cast<std::uint32_t>((total + 1) / 2);
  out.second_entries = static_cast<std::uint32_t>(total - (total + 1) / 2);
  std::size_t left = out.first_entries;
  for (const auto& stream : *streams) {
    const std::size_t here = std::min(left, stream.entries.size());
    left -= here;
    std::string first;
    std::string second;
    for (std::size_t i = 0; i < stream.entries.size(); ++i)
      append_field(i < here ? first : second, 2, stream.entries[i]);
    if (!first.empty()) append_loki_stream(out.first, stream.labels, first);
    if (!second.empty()) append_loki_stream(out.second, stream.labels, second);
  }
  return out;
}

}  // namespace agent::codec
