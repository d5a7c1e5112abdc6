// luhn: takes card numbers and the like out of the line.
#include <algorithm>

#include "agent/logs/stages/luhn.h"
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"
#include "agent/logs/stages/pattern.h"

namespace agent::logs {
namespace {

class LuhnStage final : public Stage {
 public:
  LuhnStage(LuhnOptions options, std::optional<std::string> source, std::unique_ptr<Pattern> skip)
      : options_(std::move(options)), source_(std::move(source)), skip_(std::move(skip)) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    for (Entry* entry : batch.entries()) {
      const auto text = input_of(*entry, source_, batch.arena());
      if (!text) continue;
      const LuhnSkip skips = [&](std::size_t begin, std::size_t end) {
        return skip_ != nullptr && is_skipped(*text, begin, end);
      };
      entry->line =
          replace_luhn(*text, options_, skips, redacted_) ? batch.arena().copy(redacted_) : *text;
    }
  }

 private:
  // Whether the part lies within a match of skip_regex.
  bool is_skipped(std::string_view text, std::size_t begin, std::size_t end) const {
    std::string_view match[1];
    for (std::size_t from = 0; from <= begin && skip_->find(text, match, from);) {
      const auto first = static_cast<std::size_t>(match[0].data() - text.data());
      const std::size_t last = first + match[0].size();
      if (first <= begin && end <= last) return true;
      from = std::max(last, first + 1);
    }
    return false;
  }

  LuhnOptions options_;
  std::optional<std::string> source_;
  std::unique_ptr<Pattern> skip_;  // may be null
  std::string redacted_;           // scratch
};

}  // namespace

Result<StagePtr> make_luhn_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  LuhnOptions out;
  const auto replacement = in.string("replacement", {}, config::Text::Strict);
  if (!replacement.empty()) out.replacement = replacement;
  auto source = read_source(in);
  const auto least = read_integer(in, "min_length", 0, INT32_MIN, INT32_MAX, Typing::Strict);
  if (least > 0) out.min_digits = static_cast<std::size_t>(least);
  out.delimiters = in.string("delimiters", {}, config::Text::Strict);
  auto skip = read_pattern(in, "skip_regex");
  if (const Status read = in.finish(); !read) return read.error();
  return StagePtr(std::make_unique<LuhnStage>(std::move(out), std::move(source), std::move(skip)));
}

}  // namespace agent::logs
