// truncate: cuts lines, labels, structured metadata and extracted values to a length.
#include <algorithm>

#include "agent/base/strings.h"
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"

namespace agent::logs {
namespace {

constexpr std::string_view kTruncated = "truncated";  // the extracted value that lists what was cut

struct TruncateRule {
  enum class Type { Line, Label, StructuredMetadata, Extracted };
  Type type = Type::Line;
  std::size_t kept_bytes = 0;  // without the suffix
  std::string suffix;
  std::vector<std::string> sources;  // none: all

  bool concerns(std::string_view name) const {
    return sources.empty() || std::find(sources.begin(), sources.end(), name) != sources.end();
  }
  bool cuts(std::string_view text) const { return text.size() > kept_bytes; }
};

constexpr std::pair<std::string_view, TruncateRule::Type> kTypes[] = {
    {"line", TruncateRule::Type::Line},
    {"label", TruncateRule::Type::Label},
    {"structured_metadata", TruncateRule::Type::StructuredMetadata},
    {"extracted", TruncateRule::Type::Extracted},
};

std::string_view name_of(TruncateRule::Type type) {
  for (const auto& [name, known] : kTypes)
    if (known == type) return name;
  return {};
}

// At most `bytes` of `text`, without a part of a character at the end: what Loki takes as a label
// has to be UTF-8.
std::string_view whole_characters(std::string_view text, std::size_t bytes) {
  std::size_t end = bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;
  return text.substr(0, end);
}

class TruncateStage final : public Stage {
 public:
  TruncateStage(std::vector<TruncateRule> rules, model::LabelTable& table)
      : rules_(std::move(rules)), table_(table) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    for (Entry* entry : batch.entries())
      for (const TruncateRule& rule : rules_)
        if (apply_rule(rule, *entry, batch.arena())) mark(rule, *entry, batch.arena());
  }

 private:
  // Whether something was cut.
  bool apply_rule(const TruncateRule& rule, Entry& entry, model::Arena& arena) {
    switch (rule.type) {
      case TruncateRule::Type::Line:
        if (!rule.cuts(entry.line)) return false;
        entry.line = join(entry.line.substr(0, rule.kept_bytes), rule.suffix, arena);
        return true;
      case TruncateRule::Type::Label:
        return cut_labels(rule, entry, arena);
      case TruncateRule::Type::StructuredMetadata:
        return cut_metadata(rule, entry, arena);
      case TruncateRule::Type::Extracted:
        return cut_extracted(rule, entry, arena);
    }
    return false;
  }

  bool cut_labels(const TruncateRule& rule, Entry& entry, model::Arena& arena) {
    const model::Labels* labels = entry.labels;
    for (const auto& label : entry.labels->set())
      if (rule.concerns(label.name) && rule.cuts(label.value))
        labels =
            table_.with(labels, label.name,
                        join(whole_characters(label.value, rule.kept_bytes), rule.suffix, arena));
    return std::exchange(entry.labels, labels) != labels;
  }

  static bool cut_metadata(const TruncateRule& rule, Entry& entry, model::Arena& arena) {
    bool cut = false;
    for (const auto& item : entry.metadata) {
      if (!rule.concerns(item.name) || !rule.cuts(item.value)) continue;
      const auto text = join(whole_characters(item.value, rule.kept_bytes), rule.suffix, arena);
      entry.metadata = with_metadata(entry.metadata, item.name, text, arena);
      cut = true;
    }
    return cut;
  }

  bool cut_extracted(const TruncateRule& rule, Entry& entry, model::Arena& arena) {
    bool cut = false;
    items_.clear();
    entry.extracted.append_all(items_);
    for (const auto& item : items_) {
      const bool is_text = item.value.kind == Value::Kind::Text;
      if (!is_text || !rule.concerns(item.name) || !rule.cuts(item.value.text)) continue;
      const auto text = join(item.value.text.substr(0, rule.kept_bytes), rule.suffix, arena);
      entry.extracted.set(item.name, Value::of(text));
      cut = true;
    }
    return cut;
  }

  static std::string_view join(std::string_view text, std::string_view suffix,
                               model::Arena& arena) {
    if (suffix.empty()) return text;
    char* out = arena.allocate(text.size() + suffix.size());
    std::copy(suffix.begin(), suffix.end(), std::copy(text.begin(), text.end(), out));
    return {out, text.size() + suffix.size()};
  }

  // Adds the rule's type to the list of what was cut.
  static void mark(const TruncateRule& rule, Entry& entry, model::Arena& arena) {
    const std::string_view cut = name_of(rule.type);
    const auto known = entry.extracted.get(kTruncated);
    if (!known || known->kind != Value::Kind::Text) {
      entry.extracted.set(kTruncated, Value::of(cut));
      return;
    }
    std::vector<std::string> names{std::string(cut)};
    for (const std::string_view name : split(known->text, ','))
      names.emplace_back(name);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    entry.extracted.set(kTruncated, Value::of(arena.copy(agent::join(names, ","))));
  }

  std::vector<TruncateRule> rules_;
  model::LabelTable& table_;
  std::vector<Extracted::Item> items_;  // scratch
};

TruncateRule read_rule(config::Reader& in) {
  TruncateRule out;
  const auto limit = static_cast<std::size_t>(read_size(in, "limit", 0));
  out.suffix = in.string("suffix", {}, config::Text::Strict);
  const auto type = in.string("source_type", "line", config::Text::Strict);
  out.sources = read_texts(in, "sources", Typing::Strict);
  const auto* known = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const auto& item) { return item.first == type; });
  if (known == std::end(kTypes)) {
    in.error("source_type", "line, label, structured_metadata or extracted is asked here");
  } else {
    out.type = known->second;
  }
  if (limit == 0) {
    in.error("limit", "a limit above 0 is needed");
  } else if (out.suffix.size() >= limit) {
    in.error("suffix", "the suffix has to be shorter than the limit");
  } else {
    out.kept_bytes = limit - out.suffix.size();
  }
  if (out.type == TruncateRule::Type::Line && !out.sources.empty())
    in.error("sources", "a line has no sources");
  return out;
}

}  // namespace

Result<StagePtr> make_truncate_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  std::vector<TruncateRule> rules;
  bool all_read = true;
  for (const config::Node& item : in.list("rules")) {
    config::Reader rule(item, config::Keys::Stage, in.report(),
                        in.path_of("rules") + "[" + std::to_string(rules.size()) + "]");
    rules.push_back(read_rule(rule));
    all_read = rule.finish().has_value() && all_read;
  }
  if (rules.empty()) in.error("", "rules are needed, at least one");
  if (const Status read = in.finish(); !read) return read.error();
  if (!all_read) return Error{ErrorKind::Config, site.path + ": bad rules"};
  return StagePtr(std::make_unique<TruncateStage>(std::move(rules), site.context.labels));
}

}  // namespace agent::logs
