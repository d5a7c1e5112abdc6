#include "agent/logs/sources/loki_push_intake.h"

#include <algorithm>
#include <utility>

namespace agent::logs {

// Entries of a request that go no further.
struct LokiPushIntake::Losses {
  std::uint64_t entries = 0;  // of the request, lost or not
  std::uint64_t malformed = 0;
  std::uint64_t relabelled = 0;
  std::uint64_t unlabelled = 0;
  std::string first_error;

  std::uint64_t all() const { return malformed + relabelled + unlabelled; }
};

LokiPushIntake::LokiPushIntake(Config config, relabel::RuleSet rules,
                               const SourceEnvironment& environment,
                               model::Sink<model::LogBatch>& next)
    : config_(std::move(config)),
      clock_(environment.clock),
      labels_(std::move(rules), environment.labels),
      own_labels_(environment.labels.intern(config_.labels)),
      in_(environment.ledger.in("loki_push")),
      dropped_(environment.ledger.dropped()),
      outlet_(next, environment.loop, in_),
      hint_(clock_, random_) {}

// Null: the entries of the stream go no further.
const model::Labels* LokiPushIntake::labels_of(const codec::LokiStreamIn& stream, Losses& losses) {
  if (!stream.error.empty()) {
    if (losses.malformed == 0) losses.first_error = stream.error;
    losses.malformed += stream.entries;
    return nullptr;
  }
  model::LabelSet labels = stream.labels;
  for (const auto& label : config_.labels)
    labels.set(label.name, label.value);
  const auto resolved = labels_.resolve(labels);
  if (resolved.outcome == StreamLabels::Outcome::Dropped) losses.relabelled += stream.entries;
  if (resolved.outcome == StreamLabels::Outcome::Empty) losses.unlabelled += stream.entries;
  return resolved.labels;
}

void LokiPushIntake::label_entries(const std::vector<codec::LokiStreamIn>& streams,
                                   Losses& losses) {
  auto& entries = outlet_.batch().entries;
  losses.entries = entries.size();
  Timestamp now = clock_.wall_now();
  std::size_t read = 0;
  std::size_t kept = 0;
  for (const auto& stream : streams) {
    const model::Labels* const labels = labels_of(stream, losses);
    for (const std::size_t end = read + stream.entries; read < end; ++read) {
      if (labels == nullptr) continue;
      model::LogEntry& entry = entries[kept++] = entries[read];
      entry.labels = labels;
      if (config_.use_incoming_timestamp) continue;
      entry.timestamp = now;
      // Equal lines of one time would be one entry to the backend.
      now += Duration(1);
    }
  }
  entries.resize(kept);
}

void LokiPushIntake::count(const Losses& losses) {
  records_ += losses.entries;
  in_.add(losses.all());
  if (losses.malformed > 0) dropped_.add("parse_error", losses.malformed);
  if (losses.relabelled > 0) dropped_.add("relabel_drop", losses.relabelled);
  if (losses.unlabelled > 0) dropped_.add("no_labels", losses.unlabelled);
}

PushAnswer LokiPushIntake::take(codec::LokiPushForm form, std::string body) {
  if (stopping_) return no_room("the agent is stopping");
  const auto streams = codec::read_loki_push(form, std::move(body), outlet_.batch());
  if (!streams) {
    outlet_.batch().clear();
    const bool large = streams.error().kind == ErrorKind::Overloaded;
    return {large ? PushAnswer::Kind::TooLarge : PushAnswer::Kind::Malformed,
            streams.error().message,
            {}};
  }
  Losses losses;
  label_entries(*streams, losses);
  if (outlet_.push_or_refuse() > 0) return no_room("the pipeline is full");
  hint_.reset();
  count(losses);
  if (losses.malformed == 0) return {};
  // In Loki's words, which senders read to know how much was stored.
  return {PushAnswer::Kind::Malformed,
          losses.first_error + "; total ignored: " + std::to_string(losses.malformed) + " out of " +
              std::to_string(losses.entries),
          {}};
}

PushAnswer LokiPushIntake::take_lines(std::string body) {
  if (stopping_) return no_room("the agent is stopping");
  model::LogBatch& batch = outlet_.batch();
  std::string_view rest = batch.arena.adopt(std::move(body));
  Timestamp now = clock_.wall_now();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.empty()) continue;
    model::LogEntry& entry = batch.entries.emplace_back();
    entry.timestamp = now;
    entry.line = line;
    entry.labels = own_labels_.get();
    now += Duration(1);
  }
  const std::size_t entries = batch.entries.size();
  if (outlet_.push_or_refuse() > 0) return no_room("the pipeline is full");
  hint_.reset();
  records_ += entries;
  return {};
}

PushAnswer LokiPushIntake::no_room(const char* why) {
  return {PushAnswer::Kind::NoRoom, why, hint_.next()};
}

}  // namespace agent::logs
