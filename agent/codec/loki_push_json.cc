// The JSON spellings of a push request, on simdjson's on-demand reader: a value is looked at when
// it is asked for, so a request costs its bytes and what it says, not a tree.
//
// simdjson refuses bytes that are no UTF-8 and lone surrogates, which log lines hold and the peers'
// readers take (as U+FFFD): such a body is mended and read again.
#include <charconv>
#include <optional>
#include <utility>

#include <simdjson.h>

#include "agent/base/rfc3339.h"
#include "agent/base/strings.h"
#include "agent/codec/label_text.h"
#include "agent/codec/loki_push_builder.h"

namespace agent::codec {
namespace {

namespace ondemand = simdjson::ondemand;

Error malformed(const std::string& what) {
  return {ErrorKind::Input, "not a push request: " + what};
}

std::optional<Timestamp> parse_nanoseconds(std::string_view text) {
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
    return std::nullopt;
  return Timestamp(Duration(value));
}

// simdjson throws where the text is malformed or of another type than asked for;
// read_loki_push_json() catches it.
class JsonPush {
 public:
  JsonPush(LokiPushForm form, LokiPushBuilder& out) : form_(form), out_(out) {}

  Status read(ondemand::document& document) {
    for (auto member : document.get_object()) {
      if (member.unescaped_key().value() != "streams" || member.value().is_null()) continue;
      for (auto stream : member.value().get_array()) {
        if (Status read = read_stream(stream.get_object()); !read) return read;
      }
    }
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
      return malformed("text behind the end of the object");
    return {};
  }

 private:
  Status read_stream(ondemand::object stream) {
    const bool legacy = form_ == LokiPushForm::LegacyJson;
    Result<model::LabelSet> labels = model::LabelSet();
    for (auto member : stream) {
      const std::string_view name = member.unescaped_key();
      ondemand::value value = member.value();
      if (!legacy && name == "stream") {
        labels = read_labels(value.get_object());
      } else if (legacy && name == "labels") {
        labels = parse_label_text(value.get_string().value());
      } else if (name == (legacy ? "entries" : "values")) {
        if (Status read = read_entries(value); !read) return read;
      }
    }
    out_.end_stream(labels);
    return out_.check();
  }

  Status read_entries(ondemand::value entries) {
    if (entries.is_null()) return {};
    for (auto entry : entries.get_array()) {
      Status read = form_ == LokiPushForm::LegacyJson ? read_legacy_entry(entry.get_object())
                                                      : read_entry(entry.value());
      if (!read) return read;
    }
    return {};
  }

  static Result<model::LabelSet> read_labels(ondemand::object labels) {
    model::LabelSet out;
    std::size_t count = 0;
    for (auto member : labels) {
      const std::string name(member.unescaped_key().value());
      const std::string_view value = member.value().get_string();
      if (!is_label_name(name)) return Error{ErrorKind::Input, json_quote(name) + " is no label"};
      if (++count > kMostStreamLabels) return Error{ErrorKind::Input, "too many labels"};
      out.set(name, value);
    }
    return out;
  }

  Status read_entry(ondemand::value entry) {
    std::optional<Timestamp> timestamp;
    std::string_view line;
    std::size_t place = 0;
    for (auto part : entry.get_array()) {
      if (place == 0) {
        timestamp = parse_nanoseconds(part.get_string().value());
        if (!timestamp) return malformed("a time is a text of nanoseconds");
      } else if (place == 1) {
        line = out_.arena().copy(part.get_string().value());
      } else if (place == 2) {
        if (Status read = read_metadata(part.get_object()); !read) return read;
      }
      ++place;
    }
    if (place < 2 || place > 3) return malformed("an entry is [time, line] or [time, line, {..}]");
    return out_.add_entry(*timestamp, line);
  }

  Status read_legacy_entry(ondemand::object entry) {
    std::optional<Timestamp> timestamp;
    std::string_view line;
    for (auto member : entry) {
      const std::string_view name = member.unescaped_key();
      if (name == "ts" || name == "timestamp") {
        timestamp = Rfc3339Reader().parse(member.value().get_string().value());
        if (!timestamp) return malformed("ts is a time such as 2024-02-29T12:00:00.5Z");
      } else if (name == "line") {
        line = out_.arena().copy(member.value().get_string().value());
      } else if (name == "structuredMetadata") {
        if (Status read = read_metadata(member.value().get_object()); !read) return read;
      }
    }
    if (!timestamp) return malformed("an entry has no ts");
    return out_.add_entry(*timestamp, line);
  }

  Status read_metadata(ondemand::object metadata) {
    for (auto member : metadata) {
      const std::string_view name = out_.arena().copy(member.unescaped_key().value());
      out_.add_metadata(name, out_.arena().copy(member.value().get_string().value()));
      if (Status room = out_.check(); !room) return room;
    }
    return {};
  }

  LokiPushForm form_;
  LokiPushBuilder& out_;
};

// The value of \uXXXX at text[at]; -1: there is none.
int escaped_unit(std::string_view text, std::size_t at) {
  if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int value = 0;
  const char* const end = text.data() + at + 6;
  const auto parsed = std::from_chars(text.data() + at + 2, end, value, 16);
  return parsed.ec == std::errc() && parsed.ptr == end ? value : -1;
}

bool is_high(int unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low(int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// `body` in valid UTF-8, with U+FFFD in the place of lone surrogates.
std::string mended(std::string_view body) {
  const std::string text = replace_invalid_utf8(body);
  std::string out;
  out.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  for (std::size_t at = 0; at < text.size();) {
    const int unit = escaped_unit(text, at);
    std::size_t length = text[at] == '\\' && at + 1 < text.size() ? 2 : 1;
    if (is_high(unit) && is_low(escaped_unit(text, at + 6))) {
      length = 12;
    } else if (is_high(unit) || is_low(unit)) {
      out += "\\ufffd";
      at += 6;
      continue;
    }
    out.append(text, at, length);
    at += length;
  }
  return out;
}

simdjson::error_code try_read(LokiPushForm form, std::string& body, LokiPushBuilder& out,
                              Status& result) {
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  try {
    ondemand::parser parser;
    ondemand::document document = parser.iterate(body.data(), body.size(), body.capacity());
    result = JsonPush(form, out).read(document);
    return simdjson::SUCCESS;
  } catch (const simdjson::simdjson_error& error) {
    result = malformed(error.what());
    return error.error();
  }
}

}  // namespace

Status read_loki_push_json(LokiPushForm form, std::string body, LokiPushBuilder& out) {
  Status result;
  const auto failed = try_read(form, body, out, result);
  if (failed == simdjson::UTF8_ERROR || failed == simdjson::STRING_ERROR) {
    body = mended(body);
    out.start_over();
    try_read(form, body, out, result);
  }
  return result;
}

}  // namespace agent::codec
