#pragma once
// From the body of a push request to the sink. Spec: logs.md 2.5.
#include <string>
#include <vector>

#include "agent/base/random.h"
#include "agent/base/retry_hint.h"
#include "agent/codec/loki_push_in.h"
#include "agent/logs/source.h"
#include "agent/logs/sources/batch_outlet.h"
#include "agent/logs/sources/stream_labels.h"

namespace agent::logs {

/// What the sender of a request is told.
struct PushAnswer {
  enum class Kind {
    Taken,
    Malformed,  ///< of no use, now or later; streams that could be read were taken
    TooLarge,   ///< of no use in one piece
    NoRoom,     ///< nothing was taken: come back after `retry_after`
  };
  Kind kind = Kind::Taken;
  std::string message;
  Duration retry_after{};
};

/// Takes requests as a whole: all that can be read of one is handed on at once, or nothing. What
/// was answered with Taken is with the sink. Every entry that is answered for is in the ledger:
/// in("loki_push"), and dropped{parse_error, relabel_drop, no_labels} where it goes no further.
class LokiPushIntake {
 public:
  struct Config {
    model::LabelSet labels;               ///< set over those of a stream
    bool use_incoming_timestamp = false;  ///< else an entry's time is that of its arrival
  };
  /// All but the configuration outlive it.
  LokiPushIntake(Config config, relabel::RuleSet rules, const SourceEnvironment& environment,
                 model::Sink<model::LogBatch>& next);

  PushAnswer take(codec::LokiPushForm form, std::string body);
  /// One entry a line, with the configured labels as they are; empty lines are none.
  PushAnswer take_lines(std::string body);
  /// From now on nothing is taken: the process is stopping.
  void stop() { stopping_ = true; }
  /// Entries that were answered for.
  std::uint64_t records() const { return records_; }

 private:
  struct Losses;
  const model::Labels* labels_of(const codec::LokiStreamIn& stream, Losses& losses);
  void label_entries(const std::vector<codec::LokiStreamIn>& streams, Losses& losses);
  void count(const Losses& losses);
  PushAnswer no_room(const char* why);

  Config config_;
  const Clock& clock_;
  StreamLabels labels_;
  model::PinnedLabels own_labels_;
  selfmon::Counter& in_;
  selfmon::Drops& dropped_;
  BatchOutlet outlet_;
  Random random_ = Random::from_system();
  RetryHint hint_;
  bool stopping_ = false;
  std::uint64_t records_ = 0;
};

}  // namespace agent::logs
