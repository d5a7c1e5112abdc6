#include "agent/config/reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "agent/base/byte_size.h"
#include "agent/base/duration.h"
#include "agent/base/strings.h"

namespace agent::config {
namespace {

std::string kind_name(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::Sequence:
      return "a list";
    case Node::Kind::Map:
      return "a map";
    case Node::Kind::Null:
      return "nothing";
    default:
      return "\"" + std::string(node.text()) + "\"";
  }
}

template <typename T>
std::optional<T> whole_number(std::string_view text) {
  T out{};
  const auto end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, out);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return out;
}

// " from 1 to 5"; ends that are those of the type are no limits to speak of.
template <typename T>
std::string range_text(T least, T most) {
  const auto text = [](T bound) {
    char digits[32];
    return std::string(digits, std::to_chars(digits, digits + sizeof digits, bound).ptr);
  };
  std::string out;
  if (least != std::numeric_limits<T>::lowest()) out += " from " + text(least);
  if (most != std::numeric_limits<T>::max()) out += (out.empty() ? " up to " : " to ") + text(most);
  return out;
}

// yes, no, on, off, y, n: where text is asked they are text (logs.md 1.1).
bool is_word(std::string_view text) {
  return parse_boolean(text).has_value() && !equals_ignoring_case(text, "true") &&
         !equals_ignoring_case(text, "false");
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  constexpr std::pair<std::string_view, int> kBases[] = {
      {"0x", 16}, {"0b", 2}, {"0o", 8}, {"0", 8}};
  std::string all(text);
  if (!all.starts_with('_')) std::erase(all, '_');
  std::string_view digits = all;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  for (const auto& [prefix, of] : kBases) {
    if (digits.size() == prefix.size()) continue;
    if (!equals_ignoring_case(digits.substr(0, prefix.size()), prefix)) continue;
    // 08 is no octal number, so YAML reads it as a decimal fraction without one.
    if (prefix == "0" && digits.find_first_of("89") != std::string_view::npos) break;
    digits.remove_prefix(prefix.size());
    base = of;
    break;
  }
  std::uint64_t size = 0;
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, size, base);
  const std::uint64_t most = std::uint64_t{1} << 63U;
  const bool fits = negative ? size <= most : size < most;
  if (parsed.ec != std::errc() || parsed.ptr != end || !fits) return std::nullopt;
  return static_cast<std::int64_t>(negative ? 0 - size : size);
}

std::optional<bool> parse_boolean(std::string_view text) {
  for (const std::string_view yes :
       {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"})
    if (text == yes) return true;
  for (const std::string_view no :
       {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"})
    if (text == no) return false;
  return std::nullopt;
}

bool looks_like_number_or_boolean(const Node& node) {
  if (!node.is_scalar() || node.quoted()) return false;
  const std::string_view text = node.text();
  const bool starts_as_number =
      !text.empty() && (text[0] == '-' || text[0] == '.' || (text[0] >= '0' && text[0] <= '9'));
  const auto is_number = [&] { return whole_number<double>(text) || parse_integer(text); };
  return parse_boolean(text).has_value() || (starts_as_number && is_number());
}

Reader::Reader(Node node, Keys keys, Report& report, std::string path)
    : node_(std::move(node)), keys_(keys), report_(report), path_(std::move(path)) {
  if (!node_.is_empty() && !node_.is_map())
    fail(node_.mark(), path_, "a map is asked here, not " + kind_name(node_));
  entries_ = node_.entries();
}

std::string Reader::path_of(std::string_view key) const {
  if (key.empty()) return path_;
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

const std::pair<Node, Node>* Reader::find(std::string_view key) const {
  for (const auto& entry : entries_) {
    const std::string_view name = entry.first.text();
    if (keys_ == Keys::Stage ? equals_ignoring_case(name, key) : name == key) return &entry;
  }
  return nullptr;
}

bool Reader::has(std::string_view key) { return !child(key).is_empty(); }

Node Reader::child(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  const auto* entry = find(key);
  return entry == nullptr ? Node() : entry->second;
}

void Reader::fail(const Mark& mark, const std::string& path, std::string message) {
  if (!first_error_)
    first_error_ =
        Error{ErrorKind::Config, to_string(Problem{Severity::Error, mark, path, message})};
  report_.error(mark, path, std::move(message));
}

void Reader::error(std::string_view key, std::string message) {
  const bool follows =
      key.empty() ? !unreadable_.empty()
                  : std::find(unreadable_.begin(), unreadable_.end(), key) != unreadable_.end();
  if (follows) return;
  const Node at = key.empty() ? Node() : child(key);
  fail(at.is_absent() ? node_.mark() : at.mark(), path_of(key), std::move(message));
}

void Reader::refuse_value(std::string_view key, std::string message) {
  error(key, std::move(message));
  unreadable_.emplace_back(key);
}

void Reader::warning(std::string_view key, std::string message) {
  const Node at = key.empty() ? Node() : child(key);
  report_.warning(at.is_absent() ? node_.mark() : at.mark(), path_of(key), std::move(message));
}

std::optional<std::string_view> Reader::scalar(std::string_view key, std::string_view wanted) {
  const Node at = child(key);
  if (at.is_empty()) return std::nullopt;
  if (at.is_scalar()) {
    const auto* entry = find(key);
    return entry->second.text();  // lives as long as entries_, unlike the copy `at`
  }
  refuse_value(key, std::string(wanted) + " is asked here, not " + kind_name(at));
  return std::nullopt;
}

std::optional<std::string> Reader::optional_string(std::string_view key, Text text) {
  const auto value = scalar(key, "text");
  if (!value) return std::nullopt;
  if (text == Text::Strict && looks_like_number_or_boolean(child(key)) && !is_word(*value)) {
    refuse_value(key, "text is asked here; put " + std::string(*value) + " in quotes");
    return std::nullopt;
  }
  return std::string(*value);
}

std::string Reader::string(std::string_view key, std::string_view fallback, Text text) {
  return optional_string(key, text).value_or(std::string(fallback));
}

std::string Reader::required_string(std::string_view key, Text text) {
  const auto value = optional_string(key, text);
  if (!value && child(key).is_empty()) error(key, "this key is required");
  return value.value_or(std::string());
}

bool Reader::boolean(std::string_view key, bool fallback) {
  const auto value = scalar(key, "true or false");
  if (!value) return fallback;
  const auto parsed = parse_boolean(*value);
  if (!parsed)
    refuse_value(key, "true or false is asked here, not \"" + std::string(*value) + "\"");
  return parsed.value_or(fallback);
}

std::int64_t Reader::integer(std::string_view key, std::int64_t fallback, std::int64_t least,
                             std::int64_t most) {
  const auto value = scalar(key, "a whole number");
  if (!value) return fallback;
  const auto parsed = parse_integer(*value);
  if (parsed && *parsed >= least && *parsed <= most) return *parsed;
  refuse_value(key, "a whole number" + range_text(least, most) + " is asked here, not \"" +
                        std::string(*value) + "\"");
  return fallback;
}

double Reader::number(std::string_view key, double fallback, double least, double most) {
  const auto value = scalar(key, "a number");
  if (!value) return fallback;
  const auto parsed = whole_number<double>(*value);
  if (parsed && std::isfinite(*parsed) && *parsed >= least && *parsed <= most) return *parsed;
  refuse_value(key, "a number" + range_text(least, most) + " is asked here, not \"" +
                        std::string(*value) + "\"");
  return fallback;
}

template <typename T>
std::optional<T> Reader::parsed(std::string_view key, std::string_view wanted,
                                Result<T> (*parse)(std::string_view)) {
  const auto value = scalar(key, wanted);
  if (!value) return std::nullopt;
  auto result = parse(*value);
  if (result) return *result;
  refuse_value(key, result.error().message);
  return std::nullopt;
}

std::optional<Duration> Reader::optional_duration(std::string_view key, DurationForm form) {
  const auto parse = form == DurationForm::Go           ? &parse_go_duration
                     : form == DurationForm::Prometheus ? &parse_prometheus_duration
                                                        : &parse_duration;
  return parsed<Duration>(key, "a duration", parse);
}

Duration Reader::duration(std::string_view key, Duration fallback, DurationForm form) {
  return optional_duration(key, form).value_or(fallback);
}

std::uint64_t Reader::byte_size(std::string_view key, std::uint64_t fallback) {
  return parsed<std::uint64_t>(key, "a size", &parse_byte_size).value_or(fallback);
}

std::vector<std::string> Reader::strings(std::string_view key) {
  std::vector<std::string> out;
  int index = 0;
  for (const Node& item : list(key)) {
    if (item.is_scalar()) {
      out.emplace_back(item.text());
    } else {
      fail(item.mark(), path_of(key) + "[" + std::to_string(index) + "]",
           "text is asked here, not " + kind_name(item));
    }
    ++index;
  }
  return out;
}

std::vector<Node> Reader::list(std::string_view key) {
  const Node at = child(key);
  if (at.is_empty()) return {};
  if (!at.is_sequence()) {
    fail(at.mark(), path_of(key), "a list is asked here, not " + kind_name(at));
    return {};
  }
  std::vector<Node> out = at.items();
  for (std::size_t i = 0; i < out.size(); ++i)
    if (out[i].is_null())
      fail(out[i].mark(), path_of(key) + "[" + std::to_string(i) + "]", "this element is empty");
  std::erase_if(out, [](const Node& item) { return item.is_null(); });
  return out;
}

std::vector<std::pair<Node, Node>> Reader::map(std::string_view key) {
  const Node at = child(key);
  if (at.is_empty()) return {};
  if (!at.is_map()) fail(at.mark(), path_of(key), "a map is asked here, not " + kind_name(at));
  return at.entries();
}

void Reader::refuse(std::string_view key, std::string_view reason) {
  if (has(key)) error(key, std::string(reason));
}

Status Reader::finish() {
  for (const auto& entry : entries_) {
    const Node& name = entry.first;  // clang 14 cannot capture a structured binding
    const auto is_known = [&](const std::string& known) {
      return keys_ == Keys::Stage ? equals_ignoring_case(known, name.text()) : known == name.text();
    };
    if (std::any_of(known_.begin(), known_.end(), is_known)) continue;
    const std::vector<std::string_view> candidates(known_.begin(), known_.end());
    const auto near = nearest(name.text(), candidates);
    std::string message = keys_ == Keys::Stage ? "unknown option, ignored" : "unknown key";
    if (!near.empty()) message += "; did you mean \"" + std::string(near) + "\"?";
    if (keys_ == Keys::Stage) {
      report_.warning(name.mark(), path_of(name.text()), std::move(message));
    } else {
      fail(name.mark(), path_of(name.text()), std::move(message));
    }
  }
  if (first_error_) return *first_error_;
  return {};
}

}  // namespace agent::config
