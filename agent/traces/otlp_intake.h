#pragma once
// What happens to a request once its bytes are there, whatever transport brought it. Spec:
// traces.md 3.3, 4.3.
#include <cstdint>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/random.h"
#include "agent/base/retry_hint.h"
#include "agent/codec/otlp_traces.h"
#include "agent/model/sink.h"
#include "agent/model/span_batch.h"
#include "agent/selfmon/ledger.h"

namespace agent::traces {

/// What the sender is told.
struct IntakeAnswer {
  enum class Kind {
    Taken,      ///< with `rejected` spans left out
    Malformed,  ///< of no use, now or later
    NoRoom,     ///< come back after `retry_after`
  };
  Kind kind = Kind::Taken;
  std::uint64_t rejected = 0;
  std::string message;  ///< why spans were rejected, or the request was
  Duration retry_after{};
};

/// Checks the ids of a request's spans and hands the good ones on. Every span that is answered for
/// is in the ledger: in("otlp"), and dropped{invalid_id} where it is rejected.
class OtlpIntake {
 public:
  /// All outlive it.
  OtlpIntake(model::Sink<model::SpanBatch>& sink, selfmon::Ledger& ledger, const Clock& clock,
             Random& random);
  /// Takes the protobuf bytes of one ExportTraceServiceRequest.
  IntakeAnswer take(std::string otlp);
  /// From now on nothing is taken: the process is stopping.
  void stop() { stopping_ = true; }
  /// Spans that were taken, rejected ones included.
  std::uint64_t spans() const { return in_.value(); }

 private:
  IntakeAnswer no_room(const char* why);
  IntakeAnswer taken(const codec::SpanCounts& counts);

  model::Sink<model::SpanBatch>& sink_;
  selfmon::Counter& in_;
  selfmon::Drops& dropped_;
  RetryHint hint_;
  codec::SpanRewriter rewriter_;
  bool stopping_ = false;
};

}  // namespace agent::traces
