#include "agent/export/destination.h"

#include <utility>

namespace agent::exporter {
namespace {

constexpr int kCircuitOpensAfter = 5;

}  // namespace

Destination::Destination(Config config, std::unique_ptr<Transport> transport,
                         selfmon::Account& account, Environment environment)
    : config_(std::move(config)),
      transport_(std::move(transport)),
      account_(account),
      env_(std::move(environment)),
      queue_(config_.max_bytes, config_.when_full,
             [this](const queue::Block& block) { drop_block(block, "queue_full"); }),
      backoff_(config_.backoff, env_.random),
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
  const bool circuit_open = backoff_.tries() >= kCircuitOpensAfter;
  const auto allowed = circuit_open ? 1U : static_cast<std::size_t>(config_.concurrency);
  while (!waiting_ && running_.size() < allowed) {
    auto item = queue_.take();
    if (!item) return;
    start(std::move(*item));
  }
}

void Destination::start(queue::MemoryQueue::Item item) {
  const BlockId id = item.id;
  const std::uint32_t records = item.records;
  const auto failed = attempts_.find(id);
  Transport::Request request{std::move(item.payload), std::move(item.tenant),
                             failed == attempts_.end() ? 0 : failed->second};
  running_[id].attempt = transport_->send(std::move(request), [this, id, records](Outcome outcome) {
    on_outcome(id, records, std::move(outcome));
  });
}

void Destination::on_outcome(BlockId id, std::uint32_t records, Outcome outcome) {
  // The try is finished; its handle may go after this callback has returned to it.
  const Running finished = std::move(running_.extract(id).mapped());
  switch (outcome.kind) {
    case Outcome::Kind::Delivered:
      on_delivered(id, outcome);
      break;
    case Outcome::Kind::Retry:
      on_retry(id, outcome);
      break;
    case Outcome::Kind::Drop:
      on_refused(id, outcome);
      break;
    case Outcome::Kind::Split:
      records > 1 ? on_split(id, outcome) : on_refused(id, outcome);
      break;
  }
  send_more();
  finish_drain_if_empty();
}

void Destination::on_delivered(BlockId id, const Outcome& outcome) {
  attempts_.erase(id);
  const queue::Block block = queue_.ack(id);
  const auto rejected = std::min<std::uint64_t>(outcome.rejected, block.records);
  account_.delivered().add(block.records - rejected);
  if (rejected > 0) {
    account_.dropped().add(outcome.reason.empty() ? "backend_rejected" : outcome.reason, rejected);
    env_.log.limited(LogLevel::Error, "rejected " + config_.name,
                     "The backend refused a part of a batch.",
                     {{"destination", config_.name},
                      {"rejected", std::to_string(rejected)},
                      {"answer", outcome.message}});
  }
  sent_bytes_.add(block.payload->size());
  last_success_ = env_.clock.wall_now();
  if (backoff_.tries() > 0)
    env_.log.info("The backend answers again.", {{"destination", config_.name}});
  backoff_.reset();
  last_error_.clear();
  settle(block);
}

void Destination::on_retry(BlockId id, const Outcome& outcome) {
  ++attempts_[id];
  retries_.add();
  queue_.give_back(id);
  last_error_ = outcome.message;
  const Duration delay = backoff_.next(outcome.at_least);
  env_.log.limited(LogLevel::Warn, "retry " + config_.name,
                   "Sending failed; it will be tried again.",
                   {{"destination", config_.name},
                    {"reason", outcome.message},
                    {"held_records", std::to_string(queue_.records())}});
  waiting_ = true;
  retry_timer_ = env_.loop.after(delay, [this] {
    waiting_ = false;
    send_more();
  });
}

void Destination::on_refused(BlockId id, const Outcome& outcome) {
  attempts_.erase(id);
  const queue::Block block = queue_.ack(id);
  last_error_ = outcome.message;
  const std::string reason = outcome.kind == Outcome::Kind::Split ? "too_large" : outcome.reason;
  env_.log.limited(LogLevel::Error, "refused " + config_.name + reason,
                   "The backend refused a batch for good; it is dropped.",
                   {{"destination", config_.name},
                    {"reason", reason},
                    {"records", std::to_string(block.records)},
                    {"answer", outcome.message}});
  backoff_.reset();
  drop_block(block, reason);
}

void Destination::on_split(BlockId id, const Outcome& outcome) {
  auto halves = transport_->halve(queue_.peek(id));
  if (halves.empty()) return on_refused(id, outcome);
  attempts_.erase(id);
  queue_.split(id, std::move(halves));
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
  drain_timer_ = env_.loop.after(queue_.empty() ? Duration::zero() : deadline, [this] {
    if (drained_) std::exchange(drained_, nullptr)();
  });
}

void Destination::finish_drain_if_empty() {
  if (!drained_ || !queue_.empty()) return;
  drain_timer_ = env_.loop.after(Duration::zero(), [this] {
    if (drained_) std::exchange(drained_, nullptr)();
  });
}

void Destination::drop_all(std::string_view reason) {
  for (auto& [id, running] : running_)
    queue_.give_back(id);
  running_.clear();
  retry_timer_.stop();
  while (const auto item = queue_.take())
    account_.dropped().add(reason, queue_.ack(item->id).records);
}

}  // namespace agent::exporter
