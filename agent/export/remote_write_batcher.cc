#include "agent/export/remote_write_batcher.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <absl/container/flat_hash_map.h>

#include "agent/base/check.h"
#include "agent/codec/compression.h"
#include "agent/codec/remote_write.h"

namespace agent::exporter {
namespace {

// How often a full output is asked again when nothing else happens.
constexpr Duration kAskAgain = std::chrono::milliseconds(200);
// A request of few samples with huge labels is sent before it is full.
constexpr std::size_t kMaxRequestBytes = 4U << 20U;

relabel::RuleSet compile(const std::vector<model::RelabelRule>& rules) {
  auto compiled = relabel::RuleSet::compile(rules);
  AGENT_CHECK(compiled.has_value());
  return std::move(*compiled);
}

}  // namespace

/// Encoded labels by series id; "" is a series that the rules drop.
struct RemoteWriteBatcher::Cache {
  absl::flat_hash_map<std::uint64_t, std::string> labels;
};

RemoteWriteBatcher::RemoteWriteBatcher(const RemoteWriteConfig& config,
                                       model::LabelSet external_labels, Environment environment,
                                       Output output)
    : env_(environment),
      output_(std::move(output)),
      external_labels_(std::move(external_labels)),
      rules_(compile(config.write_relabel_rules)),
      max_samples_(config.max_samples_per_send),
      deadline_(config.batch_send_deadline),
      age_limit_(config.sample_age_limit),
      cache_(std::make_unique<Cache>()) {}

RemoteWriteBatcher::~RemoteWriteBatcher() = default;

model::Push RemoteWriteBatcher::push(model::SampleBatch&& batch) {
  if (!hand_over()) return model::Push::Full;
  const model::SampleBatch taken = std::move(batch);
  Drops drops;
  for (const model::Sample& sample : taken.samples)
    append(sample, drops);
  if (drops.relabel > 0) env_.account.dropped().add("relabel_drop", drops.relabel);
  if (drops.too_old > 0) env_.account.dropped().add("too_old", drops.too_old);
  for (const std::uint64_t id : taken.ended_series)
    cache_->labels.erase(id);
  return model::Push::Taken;
}

void RemoteWriteBatcher::append(const model::Sample& sample, Drops& drops) {
  const std::string& labels = labels_of(*sample.series);
  if (labels.empty()) {
    ++drops.relabel;
    return;
  }
  if (age_limit_ > Duration::zero() &&
      sample.timestamp_ms < to_unix_ms(env_.clock.wall_now() - age_limit_)) {
    ++drops.too_old;
    return;
  }
  codec::append_time_series(request_, labels, sample.value, sample.timestamp_ms);
  oldest_ms_ = samples_ == 0 ? sample.timestamp_ms : std::min(oldest_ms_, sample.timestamp_ms);
  if (++samples_ == 1) arm(deadline_);
  if (samples_ < max_samples_ && request_.size() < kMaxRequestBytes) return;
  seal();
  hand_over();
}

const std::string& RemoteWriteBatcher::labels_of(const model::Series& series) {
  const auto [at, is_new] = cache_->labels.try_emplace(series.id);
  if (is_new) at->second = encode(series);
  return at->second;
}

std::string RemoteWriteBatcher::encode(const model::Series& series) const {
  model::LabelSet labels = series.labels.unpack();
  for (const auto& external : external_labels_)
    if (!labels.has(external.name)) labels.set(external.name, external.value);
  if (!rules_.apply(labels)) return {};
  return codec::encode_series_labels(labels);
}

// Makes a block of the request.
void RemoteWriteBatcher::seal() {
  if (samples_ == 0) return;
  queue::Block block;
  block.payload = std::make_shared<const std::string>(codec::snappy_compress(request_));
  block.records = std::exchange(samples_, 0);
  block.oldest = from_unix_ms(oldest_ms_);
  ready_.push_back(std::move(block));
  request_.clear();
}

bool RemoteWriteBatcher::hand_over() {
  while (!ready_.empty()) {
    if (output_(std::move(ready_.front())) == model::Push::Full) {
      arm(kAskAgain);
      return false;
    }
    ready_.pop_front();
  }
  if (samples_ == 0) timer_.stop();
  return true;
}

bool RemoteWriteBatcher::flush() {
  seal();
  return hand_over();
}

std::uint64_t RemoteWriteBatcher::held_records() const {
  std::uint64_t out = samples_;
  for (const auto& block : ready_)
    out += block.records;
  return out;
}

std::size_t RemoteWriteBatcher::known_series() const { return cache_->labels.size(); }

// The earlier of two deadlines counts: what is done then includes what the later one is for.
void RemoteWriteBatcher::arm(Duration delay) {
  const SteadyTime due = env_.loop.now() + delay;
  if (timer_.armed() && due_ <= due) return;
  due_ = due;
  timer_ = env_.loop.after(delay, [this] { on_timer(); });
}

void RemoteWriteBatcher::on_timer() {
  timer_.stop();
  flush();
}

}  // namespace agent::exporter
