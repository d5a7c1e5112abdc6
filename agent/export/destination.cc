#include "agent/export/destination.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "agent/base/check.h"

namespace agent::exporter {
namespace {

constexpr int kCircuitOpensAfter = 5;
constexpr std::string_view kTooLarge = "too_large";

// Requests that looking for one bad record among `records` may cost. Spec: traces.md 5.2.
int cost_of_one(std::uint32_t records) { return 2 * static_cast<int>(std::bit_width(records - 1)); }

}  // namespace

Destination::Destination(Config config, std::unique_ptr<Transport> transport,
                         selfmon::Account& account, Environment environment)
    : config_(std::move(config)),
      transport_(std::move(transport)),
      account_(account),
      env_(std::move(environment)),
      queue_(config_.max_bytes, config_.when_full,
             [this](BlockId id, const queue::Block& block) { on_queue_full(id, block); }),
      pause_(env_.loop, env_.random, config_.backoff, [this] { send_more(); }),
      allowed_tries_(config_.concurrency),
      retries_(env_.scope.with("destination", config_.name)
                   .counter("send_retries_total", "Tries that will be repeated.")),
      sent_bytes_(env_.scope.with("destination", config_.name)
                      .counter("sent_bytes_total", "Payload bytes that were delivered.")) {}

Destination::~Destination() = default;

model::Push Destination::push(queue::Block&& block) {
  const auto answer = queue_.push(std::move(block));
  if (answer == model::Push::Taken) send_more();
  return answer;
}

void Destination::send_more() {
  const auto free = [this](const std::string& tenant) { return may_send(tenant); };
  while (!pause_.active() && running_.size() < static_cast<std::size_t>(allowed_tries_)) {
    auto item = queue_.take(free);
    if (!item) return;
    start(std::move(*item));
  }
}

// ---- lanes

bool Destination::may_send(const std::string& tenant) const {
  const auto known = lanes_.find(tenant);
  if (known == lanes_.end()) return true;
  const int most = config_.concurrency_of_a_tenant;
  return !known->second.pause.active() && (most == 0 || known->second.running < most);
}

Destination::Lane& Destination::lane_of(const std::string& tenant) {
  const auto known = lanes_.find(tenant);
  if (known != lanes_.end()) return known->second;
  return lanes_
      .try_emplace(tenant, env_.loop, env_.random, config_.backoff,
                   [this, tenant] { on_lane_over(tenant); })
      .first->second;
}

void Destination::on_lane_over(const std::string& tenant) {
  // What it waited with may be gone (drop_oldest).
  if (!queue_.holds(tenant)) lanes_.erase(tenant);
  send_more();
}

// A lane that nothing is known of any more goes.
void Destination::leave_lane(const std::string& tenant) {
  const auto at = lanes_.find(tenant);
  if (at == lanes_.end()) return;
  const Lane& lane = at->second;
  const bool waits_to_retry = lane.pause.has_failures() && queue_.holds(tenant);
  if (lane.running == 0 && !lane.pause.active() && !waits_to_retry) lanes_.erase(at);
}

void Destination::start(queue::MemoryQueue::Item item) {
  const BlockId id = item.id;
  ++lane_of(item.tenant).running;
  const auto history = history_.find(id);
  Transport::Request request{std::move(item.payload), item.tenant,
                             history == history_.end() ? 0 : history->second.failed_tries,
                             item.records};
  running_[id] = transport_->send(
      std::move(request), [this, id, tenant = std::move(item.tenant)](const Outcome& outcome) {
        on_outcome(id, tenant, outcome);
      });
}

void Destination::on_outcome(BlockId id, const std::string& tenant, const Outcome& outcome) {
  // The try is finished; its handle goes when this callback returns.
  const auto finished = running_.extract(id);
  AGENT_CHECK(!finished.empty());
  Lane& lane = lanes_.at(tenant);
  --lane.running;
  switch (outcome.kind) {
    case Outcome::Kind::Delivered:
      on_delivered(id, lane, outcome);
      break;
    case Outcome::Kind::Retry:
      on_retry(id, lane, outcome);
      break;
    case Outcome::Kind::Drop:
      on_refused(id, lane, outcome);
      break;
    case Outcome::Kind::Split:
      on_split(id, lane, outcome);
      break;
  }
  leave_lane(tenant);
  send_more();
  finish_drain_if_empty();
}

void Destination::on_delivered(BlockId id, Lane& lane, const Outcome& outcome) {
  if (pause_.has_failures() || lane.pause.has_failures())
    env_.log.info("The backend answers again.", {{"destination", config_.name}});
  on_alive(lane);
  last_success_ = env_.clock.wall_now();
  last_error_.clear();
  if (const auto history = history_.find(id); history != history_.end()) {
    // There are good records among the bad ones: it is worth going on.
    if (auto& search = history->second.search) search->left_until_good = search->until_good;
    history_.erase(history);
  }
  const queue::Block block = queue_.ack(id);
  const auto rejected = std::min<std::uint64_t>(outcome.rejected, block.records);
  account_.delivered().add(block.records - rejected);
  if (rejected > 0) on_rejected(block, outcome, rejected);
  if (!outcome.blocked) blocked_tenants_.erase(block.tenant);
  sent_bytes_.add(block.payload->size());
  settle(block);
}

void Destination::on_rejected(const queue::Block& block, const Outcome& outcome,
                              std::uint64_t rejected) {
  account_.dropped().add(outcome.reason.empty() ? "backend_rejected" : outcome.reason, rejected);
  transport_->on_dropped(block, outcome, rejected);
  last_error_ = outcome.message;
  if (outcome.blocked) {
    if (blocked_tenants_.insert(block.tenant).second)
      env_.log.error(
          "The backend refuses everything on purpose; it is dropped until that ends.",
          {{"destination", config_.name}, {"tenant", block.tenant}, {"answer", outcome.message}});
    return;
  }
  env_.log.limited(LogLevel::Error, "rejected " + config_.name,
                   "The backend refused a part of a batch.",
                   {{"destination", config_.name},
                    {"rejected", std::to_string(rejected)},
                    {"answer", outcome.message}});
}

void Destination::on_retry(BlockId id, Lane& lane, const Outcome& outcome) {
  if (is_out_of_patience(outcome)) return on_refused(id, lane, outcome);
  ++history_[id].failed_tries;
  retries_.add();
  queue_.give_back(id);
  last_error_ = outcome.message;
  const bool of_tenant = outcome.concerns == Outcome::Concerns::Tenant;
  if (!of_tenant && !outcome.data_error && ++failures_ >= kCircuitOpensAfter) allowed_tries_ = 1;
  env_.log.limited(LogLevel::Warn, "retry " + config_.name,
                   "Sending failed; it will be tried again.",
                   {{"destination", config_.name},
                    {"reason", outcome.message},
                    {"held_records", std::to_string(queue_.records())}});
  (of_tenant ? lane.pause : pause_).begin(outcome.at_least);
}

// The backend has answered to the point, if only to refuse a block.
void Destination::on_alive(Lane& lane) {
  pause_.forget_failures();
  lane.pause.forget_failures();
  failures_ = 0;
  allowed_tries_ = std::min(allowed_tries_ * 2, config_.concurrency);
  unwell_since_.reset();
}

bool Destination::is_out_of_patience(const Outcome& outcome) {
  if (outcome.keep_for <= Duration::zero()) {
    unwell_since_.reset();
    return false;
  }
  const SteadyTime now = env_.clock.steady_now();
  if (!unwell_since_) unwell_since_ = now;
  return now - *unwell_since_ >= outcome.keep_for;
}

void Destination::on_refused(BlockId id, Lane& lane, const Outcome& outcome) {
  if (outcome.data_error) on_alive(lane);
  history_.erase(id);
  const queue::Block block = queue_.ack(id);
  last_error_ = outcome.message;
  const std::string reason = outcome.reason.empty() ? std::string(kTooLarge) : outcome.reason;
  env_.log.limited(LogLevel::Error, "refused " + config_.name + reason,
                   "The backend refused a batch for good; it is dropped.",
                   {{"destination", config_.name},
                    {"reason", reason},
                    {"records", std::to_string(block.records)},
                    {"answer", outcome.message}});
  transport_->on_dropped(block, outcome, block.records);
  drop_block(block, reason);
}

void Destination::on_split(BlockId id, Lane& lane, const Outcome& outcome) {
  const std::uint32_t records = queue_.peek(id).records;
  if (records <= 1) return on_refused(id, lane, outcome);
  std::shared_ptr<Search> search = history_[id].search;
  // What is too large fits once it is small enough; a bad record is looked for within bounds.
  if (!outcome.reason.empty() && outcome.reason != kTooLarge) {
    if (!search) search = begin_search(records);
    if (std::min(search->left, search->left_until_good) < 2) return on_refused(id, lane, outcome);
    search->left -= 2;
    search->left_until_good -= 2;
  }
  auto parts = transport_->halve(queue_.peek(id));
  if (parts.empty()) return on_refused(id, lane, outcome);
  on_alive(lane);
  last_error_ = outcome.message;
  history_.erase(id);
  for (const BlockId part : queue_.split(id, std::move(parts)))
    if (search) history_[part].search = search;
}

std::shared_ptr<Destination::Search> Destination::begin_search(std::uint32_t records) const {
  const int one = cost_of_one(records);
  if (config_.search_requests == 0) return std::make_shared<Search>(Search{one, one, one});
  // Bad records often stand together: one that was found says little about the next.
  return std::make_shared<Search>(Search{config_.search_requests, 2 * one, 2 * one});
}

void Destination::on_queue_full(BlockId id, const queue::Block& block) {
  history_.erase(id);
  env_.log.limited(LogLevel::Error, "queue_full " + config_.name,
                   "The queue is full; records are dropped.",
                   {{"destination", config_.name}, {"records", std::to_string(block.records)}});
  drop_block(block, "queue_full");
}

void Destination::drop_block(const queue::Block& block, std::string_view reason) {
  account_.dropped().add(reason, block.records);
  settle(block);
}

void Destination::settle(const queue::Block& block) {
  for (const auto& share : block.receipts)
    env_.receipts.settle(share.id, share.records);
}

model::DestinationStatus Destination::status() const {
  model::DestinationStatus out;
  out.name = config_.name;
  out.url = config_.url;
  out.queued_records = queue_.records();
  out.queued_bytes = queue_.bytes();
  out.delivered_records = account_.delivered().value();
  for (const auto& [reason, count] : account_.dropped().values())
    out.dropped_records += count;
  out.retries = retries_.value();
  out.last_error = last_error_;
  out.last_success = last_success_;
  return out;
}

void Destination::drain(Duration deadline, loop::Callback done) {
  drained_ = std::move(done);
  drain_deadline_ = env_.loop.after(deadline, [this] {
    if (drained_) std::exchange(drained_, nullptr)();
  });
  pause_.cut_short();
  for (auto& [tenant, lane] : lanes_)
    lane.pause.cut_short();
  finish_drain_if_empty();
}

void Destination::finish_drain_if_empty() {
  if (!drained_ || !queue_.empty()) return;
  drain_empty_ = env_.loop.after(Duration::zero(), [this] {
    // A flush may have pushed in between.
    if (drained_ && queue_.empty()) std::exchange(drained_, nullptr)();
  });
}

std::uint64_t Destination::drop_all(std::string_view reason, Receipts receipts) {
  for (const auto& [id, attempt] : running_)
    queue_.give_back(id);
  running_.clear();
  history_.clear();
  std::uint64_t gone_for_good = 0;
  while (const auto item = queue_.take()) {
    const queue::Block block = queue_.ack(item->id);
    account_.dropped().add(reason, block.records);
    gone_for_good += block.records;
    for (const auto& share : block.receipts)
      gone_for_good -= share.records;
    if (receipts == Receipts::Settle) settle(block);
  }
  lanes_.clear();
  pause_.stop();
  finish_drain_if_empty();
  return gone_for_good;
}

}  // namespace agent::exporter
