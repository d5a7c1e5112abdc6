#include "agent/logs/stages/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "agent/base/byte_size.h"
#include "agent/base/strings.h"
#include "agent/codec/json.h"
#include "agent/codec/json_value.h"

namespace agent::logs {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_true_or_false(const config::Node& node) {
  return node.is_scalar() && !node.quoted() &&
         (equals_ignoring_case(node.text(), "true") || equals_ignoring_case(node.text(), "false"));
}

bool parse_number(std::string_view text, double& out) {
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, out);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

// A number without its fraction, where it fits.
std::optional<std::int64_t> whole(std::string_view text) {
  double number = 0;
  if (!parse_number(text, number) || !(std::abs(number) < 9e18)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

// Complains where `node` is no text; nothing counts as "".
std::string read_node_text(const config::Node& node, const std::string& path,
                           config::Report& report) {
  if (node.is_empty()) return {};
  if (!is_strict_text(node))
    report.error(node.mark(), path, "text is asked here; put a number or a boolean in quotes");
  return std::string(node.text());
}

}  // namespace

bool is_strict_text(const config::Node& node) {
  if (!node.is_scalar()) return false;
  if (!config::looks_like_number_or_boolean(node)) return true;
  // yes, no, on, off, y, n are text where text is asked.
  return config::parse_boolean(node.text()) && !is_true_or_false(node);
}

bool read_flag(config::Reader& in, std::string_view key, bool fallback, Typing typing) {
  const config::Node at = in.child(key);
  if (at.is_empty() || !at.is_scalar()) return in.boolean(key, fallback);
  if (!at.quoted() && config::parse_boolean(at.text())) return in.boolean(key, fallback);
  if (typing == Typing::Weak) {
    const std::string text = to_lower(at.text());
    if (text == "1" || text == "t" || text == "true") return true;
    if (text.empty() || text == "0" || text == "f" || text == "false") return false;
    const auto number = at.quoted() ? std::nullopt : whole(at.text());
    if (number) return *number != 0;
  }
  in.error(key, "true or false is asked here, not \"" + std::string(at.text()) + "\"");
  return fallback;
}

std::int64_t read_integer(config::Reader& in, std::string_view key, std::int64_t fallback,
                          std::int64_t least, std::int64_t most, Typing typing) {
  const config::Node at = in.child(key);
  if (typing == Typing::Weak && is_true_or_false(at)) return in.boolean(key, false) ? 1 : 0;
  const bool is_number = at.is_scalar() && (typing == Typing::Weak || !at.quoted());
  const auto cut = is_number ? whole(at.text()) : std::nullopt;
  if (cut && at.text().find_first_of(".eE") != std::string_view::npos && *cut >= least &&
      *cut <= most)
    return *cut;
  if (at.is_scalar() && !is_number) {
    in.error(key, "a whole number is asked here, not a text");
    return fallback;
  }
  return in.integer(key, fallback, least, most);
}

std::optional<std::string> read_text(config::Reader& in, std::string_view key, Typing typing) {
  if (typing == Typing::Strict) return in.optional_string(key, config::Text::Strict);
  auto text = in.optional_string(key);
  if (!text) return std::nullopt;
  const config::Node at = in.child(key);
  if (is_true_or_false(at)) return config::parse_boolean(*text) == true ? "1" : "0";
  double number = 0;
  const bool is_fraction =
      config::looks_like_number_or_boolean(at) && text->find_first_of(".eE") != std::string::npos;
  if (is_fraction && parse_number(*text, number)) {
    text->clear();
    codec::append_decimal(*text, number);
  }
  return text;
}

std::vector<std::string> read_texts(config::Reader& in, std::string_view key, Typing typing) {
  const config::Node at = in.child(key);
  if (typing == Typing::Weak && at.is_scalar()) return {*read_text(in, key, typing)};
  auto out = in.strings(key);
  if (typing == Typing::Weak) return out;
  for (const config::Node& item : at.items())
    if (item.is_scalar() && !is_strict_text(item))
      in.report().error(item.mark(), in.path_of(key),
                        "text is asked here; put a number or a boolean in quotes");
  return out;
}

std::optional<std::string> read_source(config::Reader& in) {
  auto source = in.optional_string("source", config::Text::Strict);
  if (source && source->empty()) in.error("source", "source must not be empty");
  return source;
}

std::string read_required_source(config::Reader& in) {
  const auto source = read_source(in);
  if (!source && in.child("source").is_empty()) in.error("source", "this key is required");
  return source.value_or(std::string());
}

std::vector<NamedSource> read_named_sources(const config::Node& node, const std::string& path,
                                            config::Report& report) {
  std::vector<NamedSource> out;
  if (!node.is_empty() && !node.is_map())
    report.error(node.mark(), path, "a map of names is asked here");
  const std::string prefix = path + ".";
  for (const auto& [key, value] : node.entries()) {
    std::string name(key.text());
    std::string source = read_node_text(value, prefix + name, report);
    if (source.empty()) source = name;
    out.push_back({std::move(name), std::move(source)});
  }
  return out;
}

std::vector<NamedSource> read_label_sources(const config::Node& node, const StageSite& site) {
  auto out = read_named_sources(node, site.path, site.context.report);
  for (const auto& [key, value] : node.entries())
    if (!is_label_name(key.text()))
      site.context.report.error(
          key.mark(), site.path,
          "\"" + std::string(key.text()) + "\" is no label name: letters, digits and _ are asked");
  return out;
}

std::vector<std::string> read_name_list(const config::Node& node, const StageSite& site) {
  std::vector<std::string> out;
  if (!node.is_sequence() || node.items().empty()) {
    site.context.report.error(node.is_absent() || node.is_null() ? site.mark : node.mark(),
                              site.path, "a list of names is asked here, with at least one");
    return out;
  }
  for (const auto& item : node.items())
    out.push_back(read_node_text(item, site.path, site.context.report));
  return out;
}

std::string read_drop_reason(config::Reader& in, std::string_view fallback, Typing typing) {
  auto reason = read_text(in, "drop_counter_reason", typing).value_or(std::string());
  return reason.empty() ? std::string(fallback) : reason;
}

std::uint64_t read_size(config::Reader& in, std::string_view key, std::uint64_t fallback) {
  const auto text = in.optional_string(key);
  if (!text) return fallback;
  const auto size = parse_promtail_size(*text);
  if (size) return *size;
  in.error(key, "a size is asked here (digits and b, kb, mb, gb), not \"" + *text + "\"");
  return fallback;
}

std::unique_ptr<Pattern> read_pattern(config::Reader& in, std::string_view key) {
  const auto expression = in.optional_string(key, config::Text::Strict);
  if (!expression || expression->empty()) return nullptr;
  auto pattern = Pattern::compile(*expression);
  if (pattern) return std::move(*pattern);
  in.error(key, pattern.error().message);
  return nullptr;
}

bool is_label_name(std::string_view text) {
  if (text.empty() || is_digit(text[0])) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

std::optional<std::string_view> input_of(const Entry& entry,
                                         const std::optional<std::string>& source,
                                         model::Arena& arena) {
  if (!source) return entry.line;
  const auto value = entry.extracted.get(*source);
  return value ? text_of(*value, arena) : std::nullopt;
}

void set_label(Entry& entry, std::string_view name, std::string_view value,
               model::LabelTable& table) {
  if (codec::is_valid_utf8_fast(value)) entry.labels = table.with(entry.labels, name, value);
}

Dropper::Dropper(const StageSite& site, std::string_view ledger_reason, std::string reason)
    : drops_(site.drops),
      counter_(site.context.metrics.counter("logentry_dropped_lines_total", "reason", reason)),
      ledger_(site.context.ledger.dropped().reason(ledger_reason)),
      reason_(std::move(reason)) {}

}  // namespace agent::logs
