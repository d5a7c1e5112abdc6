#include "agent/logs/stages/options.h"

#include <algorithm>

#include "agent/base/byte_size.h"
#include "agent/codec/json.h"

namespace agent::logs {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Complains where `node` is no text; nothing counts as "".
std::string read_text(const config::Node& node, const std::string& path, config::Report& report) {
  if (node.is_empty()) return {};
  if (!node.is_scalar() || config::looks_like_number_or_boolean(node))
    report.error(node.mark(), path, "text is asked here; put a number or a boolean in quotes");
  return std::string(node.text());
}

}  // namespace

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
    std::string source = read_text(value, prefix + name, report);
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
    out.push_back(read_text(item, site.path, site.context.report));
  return out;
}

std::string read_drop_reason(config::Reader& in, std::string_view fallback) {
  auto reason = in.string("drop_counter_reason");
  return reason.empty() ? std::string(fallback) : reason;
}

std::uint64_t read_size(config::Reader& in, std::string_view key, std::uint64_t fallback) {
  const auto text = in.optional_string(key);
  if (!text) return fallback;
  const bool plain = text->find('.') == std::string::npos;
  const auto size = parse_byte_size(*text);
  if (plain && size) return *size;
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
