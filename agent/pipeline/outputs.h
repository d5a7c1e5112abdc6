#pragma once
// The destinations of one signal, each behind its own batcher, through reloads.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
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

  explicit Outputs(loop::EventLoop& loop) : loop_(loop) {}

  /// Replaces the outputs by those with `keys`: known ones stay as they are, `make` makes the
  /// others, and those that are gone send what they hold for kOrphanTime, then drop it as `orphan`.
  void apply(const std::vector<std::string>& keys, const Make& make) {
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
    for (auto& gone : live_)
      retire(std::move(gone));
    live_ = std::move(next);
  }

  std::vector<Output>& live() { return live_; }
  const std::vector<Output>& live() const { return live_; }

  void add_status(model::PipelineStatus& status, const selfmon::Ledger& ledger,
                  std::uint64_t held_before) const {
    std::vector<selfmon::Ledger::Held> held;
    for (const auto& output : live_) {
      status.destinations.push_back(output.destination->status());
      held.push_back({output.destination->name(), output.held_records()});
    }
    status.ledger = ledger.snapshot(held_before, held);
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
    for (auto& output : live_) {
      output.batcher->flush();
      output.destination->drain(deadline, one_done);
    }
    for (auto& output : retiring_)
      output->destination->drain(deadline, one_done);
  }

  /// Drops what is held; returns how many records that were.
  std::uint64_t abandon() {
    std::uint64_t dropped = 0;
    const auto give_up = [&](Output& output) {
      output.batcher->flush();
      dropped += output.held_records();
      output.destination->drop_all("shutdown");
    };
    for (auto& output : live_)
      give_up(output);
    for (auto& output : retiring_)
      give_up(*output);
    return dropped;
  }

 private:
  void finish_drain() {
    if (auto done = std::exchange(drained_, nullptr)) done();
  }

  void retire(Output gone) {
    gone.batcher->flush();
    auto& kept = *retiring_.emplace_back(std::make_unique<Output>(std::move(gone)));
    kept.destination->drain(kOrphanTime, [this, &kept] {
      kept.destination->drop_all("orphan");
      std::erase_if(retiring_, [&](const auto& output) { return output.get() == &kept; });
    });
  }

  loop::EventLoop& loop_;
  std::vector<Output> live_;
  std::vector<std::unique_ptr<Output>> retiring_;
  std::size_t draining_ = 0;
  loop::Callback drained_;
  loop::Timer none_left_;
};

}  // namespace agent::pipeline
