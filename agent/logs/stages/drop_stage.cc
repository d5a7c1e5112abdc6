// drop: removes entries that meet every given condition.
#include <algorithm>

#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"
#include "agent/logs/stages/pattern.h"

namespace agent::logs {
namespace {

struct DropOptions {
  std::vector<std::string> sources;
  std::string separator = ";";
  std::optional<std::string> value;
  std::unique_ptr<Pattern> expression;
  std::optional<Duration> older_than;
  std::optional<std::uint64_t> longer_than_bytes;
  // `expression: "name=rest"` read as an extracted value as well (logs.md 9.2).
  std::optional<NamedSource> equals;
};

class DropStage final : public Stage {
 public:
  DropStage(DropOptions options, Dropper dropper)
      : options_(std::move(options)), dropper_(std::move(dropper)) {}

  void apply(EntryBatch& batch, Timestamp now) override {
    std::erase_if(batch.entries(), [&](const Entry* entry) {
      const bool drops = meets_all(*entry, now);
      if (drops) dropper_.drop(*entry);
      return drops;
    });
  }

 private:
  // The cheap conditions come first: they decide most entries without running the expression.
  bool meets_all(const Entry& entry, Timestamp now) {
    if (options_.longer_than_bytes && entry.line.size() <= *options_.longer_than_bytes)
      return false;
    if (options_.older_than && entry.timestamp >= now - *options_.older_than) return false;
    if (!options_.sources.empty()) return sources_hold(entry);
    if (options_.expression == nullptr) return true;
    return extracted_equals(entry) || options_.expression->matches(entry.line);
  }

  bool extracted_equals(const Entry& entry) {
    if (!options_.equals) return false;
    const auto value = entry.extracted.get(options_.equals->name);
    if (!value || value->is_null()) return false;
    scratch_.clear();
    append_text(scratch_, *value);
    return scratch_ == options_.equals->source;
  }

  bool sources_hold(const Entry& entry) {
    const bool tests_text = options_.expression != nullptr || options_.value.has_value();
    scratch_.clear();
    bool first = true;
    for (const std::string& source : options_.sources) {
      const auto value = entry.extracted.get(source);
      if (!value && !tests_text) return false;
      if (!value) continue;
      if (tests_text && value->is_null()) return false;
      if (!std::exchange(first, false)) scratch_ += options_.separator;
      append_text(scratch_, *value);
    }
    if (options_.value) return scratch_ == *options_.value;
    return options_.expression == nullptr || options_.expression->matches(scratch_);
  }

  DropOptions options_;
  Dropper dropper_;
  std::string scratch_;
};

// NAME=REST where NAME is extracted earlier in the document.
std::optional<NamedSource> read_as_equality(const std::string& expression, const StageSite& site) {
  const std::size_t sign = expression.find('=');
  if (sign == std::string::npos || sign + 1 == expression.size()) return std::nullopt;
  NamedSource out{expression.substr(0, sign), expression.substr(sign + 1)};
  if (!is_label_name(out.name) || !site.extracted.contains(out.name)) return std::nullopt;
  return out;
}

std::vector<std::string> read_sources(config::Reader& in) {
  const config::Node source = in.child("source");
  std::vector<std::string> out;
  if (source.is_empty()) return out;
  if (source.is_sequence()) {
    out = in.strings("source");
  } else {
    out.push_back(in.string("source", {}, config::Text::Strict));
  }
  if (std::find(out.begin(), out.end(), "") != out.end())
    in.error("source", "source must not be empty");
  return out;
}

void check(config::Reader& in, const DropOptions& options, bool has_expression) {
  if (options.value && options.sources.empty()) in.error("value", "value needs a source");
  if (options.value && has_expression)
    in.error("value", "value and expression cannot both be given");
  if (options.sources.empty() && !has_expression && !options.older_than &&
      !options.longer_than_bytes)
    in.error("", "one of source, expression, older_than, longer_than is needed");
}

}  // namespace

Result<StagePtr> make_drop_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  DropOptions out;
  out.sources = read_sources(in);
  out.separator = read_text(in, "separator", Typing::Weak).value_or(";");
  out.value = read_text(in, "value", Typing::Weak);
  auto expression = read_text(in, "expression", Typing::Weak);
  out.older_than = in.optional_duration("older_than", config::DurationForm::Go);
  if (in.has("longer_than")) out.longer_than_bytes = read_size(in, "longer_than", 0);
  const auto reason = read_drop_reason(in, "drop_stage", Typing::Weak);
  check(in, out, expression.has_value());
  if (expression) {
    auto pattern = Pattern::compile(*expression);
    if (!pattern) in.error("expression", pattern.error().message);
    if (pattern) out.expression = std::move(*pattern);
    if (out.sources.empty()) out.equals = read_as_equality(*expression, site);
  }
  if (const Status read = in.finish(); !read) return read.error();
  if (out.equals)
    site.context.report.note(in.child("expression").mark(), in.path_of("expression"),
                             "read as a pattern on the line, or the extracted value \"" +
                                 out.equals->name + "\" being \"" + out.equals->source +
                                 "\"; to ask for the value alone, write source: " +
                                 out.equals->name + ", value: \"" + out.equals->source + "\"");
  return StagePtr(std::make_unique<DropStage>(std::move(out), Dropper(site, kStageDrop, reason)));
}

}  // namespace agent::logs
