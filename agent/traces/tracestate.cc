#include "agent/traces/tracestate.h"

#include <algorithm>
#include <span>

namespace agent::traces {
namespace {

constexpr std::size_t kMaxOt = 256;
constexpr std::size_t kMaxValue = 256;
constexpr std::size_t kMaxSimpleKey = 256;
constexpr std::size_t kMaxTenant = 241;
constexpr std::size_t kMaxSystem = 14;
constexpr std::size_t kThresholdDigits = 14;
constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBlanks = " \t";

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_key_char(char c) {
  return is_lower(c) || is_digit(c) || c == '_' || c == '-' || c == '*' || c == '/';
}

// A part of a key: at most `most` characters, the first one a letter (or a digit, for tenants).
bool is_key_part(std::string_view text, std::size_t most, bool digit_may_start) {
  if (text.empty() || text.size() > most) return false;
  if (!is_lower(text[0]) && !(digit_may_start && is_digit(text[0]))) return false;
  return std::all_of(text.begin(), text.end(), is_key_char);
}

bool is_key(std::string_view key) {
  const std::size_t at = key.find('@');
  if (at == std::string_view::npos) return is_key_part(key, kMaxSimpleKey, false);
  return is_key_part(key.substr(0, at), kMaxTenant, true) &&
         is_key_part(key.substr(at + 1), kMaxSystem, false);
}

bool is_value(std::string_view value) {
  return !value.empty() && value.size() <= kMaxValue && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; });
}

std::string_view strip_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// The part of `rest` before `separator`; `rest` is what comes behind it. False when `rest` is used
// up.
bool next_part(std::optional<std::string_view>& rest, char separator, std::string_view& part) {
  if (!rest) return false;
  const std::size_t end = rest->find(separator);
  part = rest->substr(0, end);
  if (end == std::string_view::npos)
    rest.reset();
  else
    rest = rest->substr(end + 1);
  return true;
}

bool is_ot(std::string_view member) { return member.starts_with("ot="); }

struct SubKey {
  std::string_view key;
  std::string_view value;
};

bool is_sub_value_char(char c) {
  return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
}

// "k:v" by its grammar.
std::optional<SubKey> read_sub_key(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const SubKey sub{text.substr(0, colon), text.substr(colon + 1)};
  const bool good = is_lower(sub.key[0]) &&
                    std::all_of(sub.key.begin(), sub.key.end(),
                                [](char c) { return is_lower(c) || is_digit(c); }) &&
                    std::all_of(sub.value.begin(), sub.value.end(), is_sub_value_char);
  return good ? std::optional(sub) : std::nullopt;
}

// Lower-case hex digits, filled with zeros on the right to 14.
std::optional<std::uint64_t> read_hex(std::string_view text) {
  if (text.empty() || text.size() > kThresholdDigits) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c) && !(c >= 'a' && c <= 'f')) return std::nullopt;
    value = value << 4U | static_cast<std::uint64_t>(is_digit(c) ? c - '0' : c - 'a' + 10);
  }
  return value << 4U * (kThresholdDigits - text.size());
}

}  // namespace

std::string threshold_text(std::uint64_t threshold) {
  std::string text;
  for (std::uint64_t rest = threshold; rest != 0; rest = rest << 4U & (kTwo56 - 1))
    text.push_back(kHexDigits[rest >> 52U & 15U]);
  return text.empty() ? "0" : text;
}

TraceState::TraceState(std::string_view text) : readable_(read_members(text)) {
  if (!readable_) return;
  for (std::size_t i = 0; i < member_count_; ++i) {
    if (!is_ot(members_[i])) continue;
    read_ot(members_[i].substr(3));
    break;
  }
}

bool TraceState::read_members(std::string_view text) {
  std::optional<std::string_view> rest = text;
  for (std::string_view part; next_part(rest, ',', part);) {
    part = strip_blanks(part);
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || member_count_ == kMaxMembers) return false;
    if (!is_key(part.substr(0, equals)) || !is_value(part.substr(equals + 1))) return false;
    members_[member_count_++] = part;
  }
  return true;
}

void TraceState::read_ot(std::string_view value) {
  if (value.size() > kMaxOt) return;
  std::array<std::string_view, kMaxOt / 2> keys;  // "k:" is the shortest sub-key
  std::size_t count = 0;
  std::optional<std::uint64_t> threshold;
  std::optional<std::uint64_t> randomness;
  std::optional<std::string_view> rest = value;
  for (std::string_view part; next_part(rest, ';', part);) {
    const auto sub = read_sub_key(part);
    if (!sub) return;
    const auto known = std::span(keys).first(count);
    if (std::find(known.begin(), known.end(), sub->key) != known.end()) return;
    keys[count++] = sub->key;
    if (sub->key == "th") threshold = read_hex(sub->value);
    if (sub->key == "rv" && sub->value.size() == kThresholdDigits)
      randomness = read_hex(sub->value);
  }
  ot_ = value;
  threshold_ = threshold;
  randomness_ = randomness;
}

void TraceState::write_with_threshold(std::string_view threshold, std::string& out) const {
  const std::size_t begin = out.size();
  out += "ot=";
  const std::size_t value_begin = out.size();
  std::optional<std::string_view> rest;
  if (!ot_.empty()) rest = ot_;
  for (std::string_view part; next_part(rest, ';', part);) {
    if (part.starts_with("th:")) continue;
    if (out.size() > value_begin) out += ';';
    out += part;
  }
  const std::size_t separator = out.size() > value_begin ? 1 : 0;
  if (!threshold.empty() && out.size() - value_begin + separator + 3 + threshold.size() <= kMaxOt) {
    if (separator == 1) out += ';';
    out += "th:";
    out += threshold;
  }
  std::size_t members = 1;
  if (out.size() == value_begin) {
    out.resize(begin);
    members = 0;
  }
  for (std::size_t i = 0; i < member_count_ && members < kMaxMembers; ++i) {
    if (is_ot(members_[i])) continue;
    if (out.size() > begin) out += ',';
    out += members_[i];
    ++members;
  }
}

}  // namespace agent::traces
