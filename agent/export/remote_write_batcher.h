#pragma once
// Turns samples into remote-write requests for one endpoint. Spec: metrics.md 7.2, 7.5.
//
// DESIGN. The first sample of a series pays: external labels, write_relabel_configs, encoding. The
// result (or "dropped") is kept under the id of the series until the series ends, so that every
// later sample is one look-up and one append to `request_`. A request that is full or old enough
// becomes a block, and the block goes to the output. While the output is full the blocks wait in
// `ready_` and push() answers Full, so never more than one scrape beyond a request is held here.
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "agent/base/clock.h"
#include "agent/export/remote_write_config.h"
#include "agent/loop/event_loop.h"
#include "agent/model/label_set.h"
#include "agent/model/sample_batch.h"
#include "agent/model/sink.h"
#include "agent/queue/block.h"
#include "agent/relabel/rule_set.h"
#include "agent/selfmon/ledger.h"

namespace agent::exporter {

class RemoteWriteBatcher final : public model::Sink<model::SampleBatch> {
 public:
  /// Takes a block or leaves it untouched (Full).
  using Output = std::function<model::Push(queue::Block&&)>;
  struct Environment {
    loop::EventLoop& loop;
    const Clock& clock;
    selfmon::Account& account;  ///< drops: relabel_drop, too_old
  };

  /// `config.write_relabel_rules` have been read without an error; what the environment refers to
  /// outlives the batcher.
  RemoteWriteBatcher(const RemoteWriteConfig& config, model::LabelSet external_labels,
                     Environment environment, Output output);
  ~RemoteWriteBatcher() override;

  /// Full when what came before has not found room yet; `batch` is then untouched.
  model::Push push(model::SampleBatch&& batch) override;
  /// Hands over everything that is held, whatever its age; false when the output is full before
  /// the end.
  bool flush();
  /// Samples that are held here.
  std::uint64_t held_records() const;
  /// Series whose labels are kept.
  std::size_t known_series() const;

 private:
  struct Cache;
  struct Drops {
    std::uint64_t relabel = 0;
    std::uint64_t too_old = 0;
  };

  const std::string& labels_of(const model::Series& series);
  std::string encode(const model::Series& series) const;
  void append(const model::Sample& sample, Drops& drops);
  void seal();
  bool hand_over();
  void arm(Duration delay);
  void on_timer();

  Environment env_;
  Output output_;
  model::LabelSet external_labels_;
  relabel::RuleSet rules_;
  std::size_t max_samples_;
  Duration deadline_;
  Duration age_limit_;

  std::unique_ptr<Cache> cache_;
  std::string request_;
  std::uint32_t samples_ = 0;  // in request_
  std::int64_t oldest_ms_ = 0;
  std::deque<queue::Block> ready_;
  loop::Timer timer_;
  SteadyTime due_{};  // of timer_
};

}  // namespace agent::exporter
