#pragma once
// The destinations of one signal, each behind its own batcher, through reloads.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/export/destination.h"
#include "agent/selfmon/ledger.h"

namespace agent::pipeline {

/// How long a destination that left the configuration may go on sending what it holds.
inline constexpr Duration kOrphanTime = std::chrono::minutes(1);

/// Owns outputs: a batcher (encodes records into blocks) and the destination that its blocks go to.
/// A Batcher has held_records() and flush(), and pushes into Destination::push.
template <typename Batcher>
class Outputs {
 public:
  struct Output {
    std::string key;  ///< what it was made from; equal keys are the same output
    std::unique_ptr<exporter::Destination> destination;
    std::unique_ptr<Batcher> batcher;  ///< pushes into the destination: destroyed first
    std::uint64_t held_records() const {
      return destination->held_records() + batcher->held_records();
    }
  };
  using Make = std::function<Output(std::size_t index)>;

  /// Both outlive it.
  Outputs(loop::EventLoop& loop, selfmon::Ledger& ledger) : loop_(loop), ledger_(ledger) {}

  /// Replaces the outputs by those with `keys`: known ones stay as they are, `make` makes the
  /// others, and those that are gone send what they hold for kOrphanTime, then drop it as `orphan`.
  /// `held_before` counts the records that are still to come to the fan-out.
  void apply(const std::vector<std::string>& keys, std::uint64_t held_before, const Make& make) {
    std::vector<Output> next;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto known = std::find_if(live_.begin(), live_.end(),
                                      [&](const Output& o) { return o.key == keys[i]; });
      if (known == live_.end()) {
        next.push_back(make(i));
      } else {
        next.push_back(std::move(*known));
        live_.erase(known);
      }
    }
    std::vector<Output> gone = std::exchange(live_, std::move(next));
    for (auto& output : gone) {
      if (!is_live(output.destination->name()))
        ledger_.leave(output.destination->name(), held_before);
      retire(std::move(output));
    }
    for (const auto& output : live_)
      ledger_.join(output.destination->name(), held_before);
  }

  std::vector<Output>& live() { return live_; }
  const std::vector<Output>& live() const { return live_; }

  /// A destination that left is shown until it holds nothing more.
  void add_status(model::PipelineStatus& status, std::uint64_t held_before) const {
    std::vector<selfmon::Ledger::Held> held;
    for (const auto& output : live_) {
      status.destinations.push_back(output.destination->status());
      held.push_back({output.destination->name(), output.held_records()});
    }
    for (const auto& output : retiring_) {
      const std::string& name = output->destination->name();
      const auto known = std::find_if(held.begin(), held.end(),
                                      [&](const auto& h) { return h.destination == name; });
      if (known == held.end()) {
        held.push_back({name, output->held_records()});
      } else {
        known->records += output->held_records();
      }
    }
    status.ledger = ledger_.snapshot(held_before, held);
  }

  /// Flushes every batcher and waits until all is delivered, at most `deadline`.
  void drain(Duration deadline, loop::Callback done) {
    drained_ = std::move(done);
    draining_ = live_.size() + retiring_.size();
    if (draining_ == 0) {
      none_left_ = loop_.after(Duration::zero(), [this] { finish_drain(); });
      return;
    }
    const auto one_done = [this] {
      if (--draining_ == 0) finish_drain();
    };
    const SteadyTime end = loop_.now() + deadline;
    for (auto& output : live_)
      empty(output, end, one_done);
    for (auto& output : retiring_)
      empty(*output, end, one_done);
  }

  /// Drops what is held; returns how many of these records nobody reads again.
  std::uint64_t abandon() {
    std::uint64_t lost = 0;
    for (auto& output : live_)
      lost += give_up(output, "shutdown", Receipts::StayOpen);
    for (auto& output : retiring_)
      lost += give_up(*output, "shutdown", Receipts::StayOpen);
    return lost;
  }

 private:
  using Receipts = exporter::Destination::Receipts;

  void finish_drain() {
    if (auto done = std::exchange(drained_, nullptr)) done();
  }

  bool is_live(const std::string& name) const {
    return std::any_of(live_.begin(), live_.end(),
                       [&](const Output& output) { return output.destination->name() == name; });
  }

  // Sends what batcher and destination hold. A full queue leaves blocks with the batcher; they go
  // on once it is empty.
  void empty(Output& output, SteadyTime end, loop::Callback done) {
    output.batcher->flush();
    const Duration left = std::max<Duration>(end - loop_.now(), Duration::zero());
    output.destination->drain(left, [this, &output, end, done = std::move(done)] {
      if (output.batcher->held_records() > 0 && loop_.now() < end) return empty(output, end, done);
      done();
    });
  }

  // The batcher's blocks take the way through the queue, so that all is counted in one place. The
  // records that nobody reads again.
  static std::uint64_t give_up(Output& output, std::string_view reason, Receipts receipts) {
    std::uint64_t lost = output.destination->drop_all(reason, receipts);
    while (output.batcher->held_records() > 0) {
      output.batcher->flush();
      lost += output.destination->drop_all(reason, receipts);
    }
    return lost;
  }

  void retire(Output gone) {
    auto& kept = *retiring_.emplace_back(std::make_unique<Output>(std::move(gone)));
    empty(kept, loop_.now() + kOrphanTime, [this, &kept] {
      give_up(kept, "orphan", Receipts::Settle);
      std::erase_if(retiring_, [&](const auto& output) { return output.get() == &kept; });
    });
  }

  loop::EventLoop& loop_;
  selfmon::Ledger& ledger_;
  std::vector<Output> live_;
  std::vector<std::unique_ptr<Output>> retiring_;
  std::size_t draining_ = 0;
  loop::Callback drained_;
  loop::Timer none_left_;
};

}  // namespace agent::pipeline
