#include "agent/traces/otlp_intake.h"

#include <utility>

namespace agent::traces {
namespace {

class ValidIds final : public codec::SpanFilter {
 public:
  codec::SpanVerdict decide(const codec::SpanView& span, std::string& /*trace_state*/) override {
    return span.ids_valid ? codec::SpanVerdict::Keep : codec::SpanVerdict::Drop;
  }
};

}  // namespace

OtlpIntake::OtlpIntake(model::Sink<model::SpanBatch>& sink, selfmon::Ledger& ledger,
                       const Clock& clock, Random& random)
    : sink_(sink), in_(ledger.in("otlp")), dropped_(ledger.dropped()), hint_(clock, random) {}

IntakeAnswer OtlpIntake::take(std::string otlp) {
  if (stopping_) return no_room("the agent is stopping");
  ValidIds filter;
  const auto counts = rewriter_.walk(otlp, filter);
  if (!counts) return {IntakeAnswer::Kind::Malformed, 0, counts.error().message, {}};
  if (counts->kept > 0) {
    model::SpanBatch batch;
    batch.spans = counts->kept;
    if (counts->unchanged())
      batch.otlp = std::move(otlp);
    else
      rewriter_.write(batch.otlp);
    if (sink_.push(std::move(batch)) == model::Push::Full) return no_room("the queue is full");
  }
  hint_.reset();
  return taken(*counts);
}

IntakeAnswer OtlpIntake::taken(const codec::SpanCounts& counts) {
  in_.add(counts.spans);
  IntakeAnswer answer;
  answer.rejected = counts.spans - counts.kept;
  if (answer.rejected == 0) return answer;
  dropped_.add("invalid_id", answer.rejected);
  answer.message = std::to_string(answer.rejected) + " of " + std::to_string(counts.spans) +
                   " spans have an id that is zero or of the wrong length";
  return answer;
}

IntakeAnswer OtlpIntake::no_room(const char* why) {
  return {IntakeAnswer::Kind::NoRoom, 0, why, hint_.next()};
}

}  // namespace agent::traces
