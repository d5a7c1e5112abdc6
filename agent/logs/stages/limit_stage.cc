// limit: a token bucket for all entries, or one for each value of a label.
#include <algorithm>
#include <deque>
#include <limits>
#include <unordered_map>

#include "agent/base/strings.h"
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"
#include "agent/logs/token_bucket.h"

namespace agent::logs {
namespace {

struct LimitOptions {
  double rate = 0;  // tokens a second
  double burst = 0;
  bool drops = false;
  std::string by_label;
  std::size_t max_distinct = 10'000;
};

class LimitDropStage final : public Stage {
 public:
  LimitDropStage(LimitOptions options, Dropper dropper, StageContext& context)
      : options_(std::move(options)), dropper_(std::move(dropper)), metrics_(context.metrics) {}

  void apply(EntryBatch& batch, Timestamp now) override {
    std::erase_if(batch.entries(), [&](const Entry* entry) {
      const bool drops = !may_pass(*entry, now);
      if (drops) dropper_.drop(*entry);
      return drops;
    });
  }

 private:
  struct Bucket {
    TokenBucket tokens;
    selfmon::Counter* dropped = nullptr;  // made with the first drop
    bool was_used = false;                // since the last clean-up
  };

  bool may_pass(const Entry& entry, Timestamp now) {
    const bool by_label = !options_.by_label.empty();
    const std::string_view value =
        by_label ? entry.labels->get(options_.by_label) : std::string_view();
    if (by_label && value.empty()) return true;
    Bucket& mine = bucket(value, now);
    if (mine.tokens.try_take(now)) return true;
    if (by_label && mine.dropped == nullptr)
      mine.dropped = &metrics_.counter(kDroppedByLabel, labels_of(value));
    if (by_label) mine.dropped->add();
    return false;
  }

  Bucket& bucket(std::string_view value, Timestamp now) {
    auto known = buckets_.find(value);
    if (known == buckets_.end() || !known->second.was_used) {
      // One more value since the last clean-up.
      if (++values_seen_ > options_.max_distinct) clean_up();
      known = buckets_.find(value);
    }
    if (known == buckets_.end())
      known =
          buckets_
              .emplace(std::string(value), Bucket{TokenBucket(options_.rate, options_.burst, now)})
              .first;
    known->second.was_used = true;
    return known->second;
  }

  void clean_up() {
    values_seen_ = 1;
    std::erase_if(buckets_, [&](const auto& item) {
      if (item.second.was_used) return false;
      if (item.second.dropped != nullptr) metrics_.remove(kDroppedByLabel, labels_of(item.first));
      return true;
    });
    for (auto& item : buckets_)
      item.second.was_used = false;
  }

  model::LabelSet labels_of(std::string_view value) const {
    model::LabelSet out{{"label_name", options_.by_label}};
    out.set("label_value", value);
    return out;
  }

  static constexpr std::string_view kDroppedByLabel = "logentry_dropped_lines_by_label_total";
  LimitOptions options_;
  Dropper dropper_;
  selfmon::Scope metrics_;
  std::unordered_map<std::string, Bucket, StringHash, std::equal_to<>> buckets_;
  std::size_t values_seen_ = 0;  // since the last clean-up
};

// Without drop entries wait, in their order.
class LimitWaitStage final : public Stage {
 public:
  explicit LimitWaitStage(LimitOptions options) : options_(std::move(options)) {}

  void apply(EntryBatch& batch, Timestamp now) override {
    std::erase_if(batch.entries(), [&](const Entry* entry) {
      if (waiting_.empty() && tokens(now).try_take(now)) return false;
      waiting_.push_back({HeldEntry(*entry), std::string(entry->line)});
      return true;
    });
  }

  void release(EntryBatch& out, Timestamp now, Release which) override {
    while (!waiting_.empty() && (which == Release::All || tokens(now).try_take(now))) {
      Entry& entry = out.make_entry();
      waiting_.front().entry.restore(entry, waiting_.front().line, out.arena());
      out.entries().push_back(&entry);
      waiting_.pop_front();
    }
  }

  std::size_t held_records() const override { return waiting_.size(); }
  std::optional<Timestamp> next_deadline() const override {
    return waiting_.empty() ? std::nullopt : std::optional(tokens_->next());
  }

 private:
  struct Waiting {
    HeldEntry entry;
    std::string line;
  };
  TokenBucket& tokens(Timestamp now) {
    if (!tokens_) tokens_.emplace(options_.rate, options_.burst, now);
    return *tokens_;
  }

  LimitOptions options_;
  std::optional<TokenBucket> tokens_;
  std::deque<Waiting> waiting_;
};

}  // namespace

Result<StagePtr> make_limit_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  LimitOptions out;
  using Limits = std::numeric_limits<double>;
  out.rate = in.number("rate", 0, Limits::lowest(), Limits::max());
  out.burst = static_cast<double>(read_integer(in, "burst", 0, INT64_MIN, INT64_MAX, Typing::Weak));
  out.drops = read_flag(in, "drop", false, Typing::Weak);
  out.by_label = read_text(in, "by_label_name", Typing::Weak).value_or(std::string());
  const auto distinct = read_integer(in, "max_distinct_labels", 0, 0, INT64_MAX, Typing::Weak);
  out.max_distinct = std::max(out.max_distinct, static_cast<std::size_t>(distinct));
  if (out.rate <= 0 || out.burst <= 0) in.error("", "rate and burst have to be above 0");
  if (!out.by_label.empty() && !out.drops) in.error("by_label_name", "it needs drop: true");
  if (const Status read = in.finish(); !read) return read.error();
  if (!out.drops) return StagePtr(std::make_unique<LimitWaitStage>(std::move(out)));
  Dropper dropper(site, kLimitRate, "ratelimit_drop_stage");
  return StagePtr(
      std::make_unique<LimitDropStage>(std::move(out), std::move(dropper), site.context));
}

}  // namespace agent::logs
