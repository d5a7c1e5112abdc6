#include "agent/logs/sources/journal_source.h"

#include <utility>

namespace agent::logs {
namespace {

constexpr Duration kTurn = std::chrono::milliseconds(5);
constexpr std::size_t kBatchBytes = std::size_t{256} << 10U;
constexpr Duration kLookInterval = std::chrono::seconds(2);
// A reader that gives nothing else does not go on by itself.
constexpr std::uint64_t kMostUnreadable = 1000;

Backoff::Limits pauses() {
  Backoff::Limits out;
  out.base = std::chrono::seconds(1);
  out.cap = std::chrono::minutes(1);
  return out;
}

}  // namespace

JournalSource::JournalSource(Parts parts, SourceEnvironment environment,
                             model::Sink<model::LogBatch>& next)
    : config_(std::move(parts.config)),
      open_(std::move(parts.open)),
      env_(std::move(environment)),
      position_name_("cursor-" + env_.job),
      labels_(std::move(parts.rules), env_.labels),
      entry_(config_.json ? JournalEntry::Line::Json : JournalEntry::Line::Message,
             std::move(parts.used), config_.place.field_limit_bytes),
      in_(env_.ledger.in("journal")),
      lines_(env_.scope.counter("journal_target_lines_total", "Lines read from the journal.")),
      missing_(env_.scope.counter(
          "journal_missing_entries_total",
          "Sequence numbers that no entry had: vacuumed, corrupt or not readable for us.")),
      outlet_(next, env_.loop, in_),
      receipts_(
          env_.receipts,
          [this](const std::string& cursor) { env_.positions.set_cursor(position_name_, cursor); }),
      pause_(pauses(), random_) {}

// ---- where to begin

Status JournalSource::start() {
  last_cursor_ = env_.positions.cursor(position_name_).value_or("");
  handed_cursor_ = last_cursor_;
  if (const Status opened = open(); !opened)
    return Error{ErrorKind::Config, "journal: " + opened.error().message};
  if (reader_->is_empty())
    env_.log.warn("No journal can be read: there is none, or its files are not for this user.",
                  {{"job", env_.job}, {"group", "systemd-journal"}});
  started_ = true;
  running_ = true;
  schedule_turn();
  if (reader_->has_to_be_polled())
    look_timer_ = env_.loop.every(kLookInterval, [this] { on_change(); });
  return {};
}

void JournalSource::stop() {
  running_ = false;
  for (loop::Timer* timer : {&turn_timer_, &reopen_timer_, &look_timer_})
    timer->stop();
  poll_.reset();
}

Status JournalSource::open() {
  poll_.reset();
  auto reader = open_(config_.place);
  if (!reader) return reader.error();
  reader_ = std::move(*reader);
  at_entry_ = false;
  in_sequence_ = false;
  Status placed = last_cursor_.empty() ? go_to_oldest_wanted() : go_behind(last_cursor_);
  if (!placed) return placed;
  poll_.emplace(env_.loop, reader_->descriptor(), [this](loop::Poll::Ready) { on_change(); });
  poll_->watch({true, false});
  return {};
}

Status JournalSource::go_to_oldest_wanted() {
  at_entry_ = false;
  in_sequence_ = false;
  return reader_->seek_time(env_.clock.wall_now() - config_.max_age);
}

Status JournalSource::go_behind(const std::string& cursor) {
  if (const Status sought = reader_->seek_cursor(cursor); !sought) {
    env_.log.warn("The saved cursor of the journal cannot be used.",
                  {{"job", env_.job}, {"reason", sought.error().message}});
    return go_to_oldest_wanted();
  }
  const auto found = reader_->next();
  if (!found) return found.error();
  in_sequence_ = true;
  if (!*found) return {};
  const auto time = reader_->time();
  if (time && *time < env_.clock.wall_now() - config_.max_age) return go_to_oldest_wanted();
  if (reader_->is_at(cursor)) return {};
  at_entry_ = true;
  look_for_vacuum(cursor);
  return {};
}

void JournalSource::look_for_vacuum(const std::string& cursor) {
  const auto saved = parse_journal_cursor(cursor);
  const auto oldest = reader_->oldest();
  if (!saved || !oldest || *oldest <= saved->time) return;
  env_.scope.counter("journal_gaps_total", "reason", "vacuumed").add();
  env_.log.warn("The journal was vacuumed behind the last entry that was read.",
                {{"job", env_.job}});
}

// ---- when

void JournalSource::on_change() {
  if (!reader_) return;
  const Status noticed = reader_->take_notice();
  if (!noticed) return break_off(noticed.error());
  schedule_turn();
}

void JournalSource::schedule_turn() {
  if (!running_ || std::exchange(turn_scheduled_, true)) return;
  turn_timer_ = env_.loop.after(Duration::zero(), [this] {
    turn_scheduled_ = false;
    turn();
  });
}

void JournalSource::turn() {
  if (!reader_ || outlet_.stalled()) return;
  const SteadyTime end = env_.clock.steady_now() + kTurn;
  batch_bytes_ = 0;
  Step step = Step::Entry;
  while (step == Step::Entry && batch_bytes_ < kBatchBytes && env_.clock.steady_now() < end)
    step = read_one();
  if (hand_on() && step == Step::Entry) schedule_turn();
}

void JournalSource::break_off(const Error& error) {
  env_.scope.counter("journal_gaps_total", "reason", "corrupt").add();
  env_.log.limited(LogLevel::Warn, "journal " + env_.job, "The journal cannot be read on.",
                   {{"job", env_.job}, {"reason", error.message}});
  poll_.reset();
  reader_.reset();
  if (running_) reopen_timer_ = env_.loop.after(pause_.next(), [this] { reopen(); });
}

void JournalSource::reopen() {
  if (const Status opened = open(); !opened) return break_off(opened.error());
  schedule_turn();
}

// ---- what

JournalSource::Step JournalSource::read_one() {
  if (!std::exchange(at_entry_, false)) {
    const auto found = reader_->next();
    if (!found) {
      break_off(found.error());
      return Step::Broken;
    }
    if (!*found) return Step::End;
  }
  const Status read = read_entry();
  unreadable_ = read ? 0 : unreadable_ + 1;
  if (read) pause_.reset();
  if (unreadable_ < kMostUnreadable) return Step::Entry;
  unreadable_ = 0;
  break_off(read.error());
  return Step::Broken;
}

Status JournalSource::read_entry() {
  ++read_;
  const auto time = reader_->time();
  auto cursor = reader_->cursor();
  entry_.clear();
  Status fields = time && cursor
                      ? reader_->fields([this](auto name, auto value) { entry_.add(name, value); })
                      : Status(time ? cursor.error() : time.error());
  if (cursor) {
    count_missing(last_cursor_, *cursor);
    last_cursor_ = std::move(*cursor);
  }
  if (fields) {
    add_entry(*time);
  } else {
    lose("corrupt", "corrupt");
  }
  return fields;
}

void JournalSource::add_entry(Timestamp time) {
  const auto line = entry_.line();
  if (!line) return lose("no_message", "parse_error");
  model::LabelSet labels = entry_.labels();
  for (const auto& label : config_.labels)
    labels.set(label.name, label.value);
  const auto resolved = labels_.resolve(labels);
  if (resolved.outcome == StreamLabels::Outcome::Dropped)
    return lose("empty_labels", "relabel_drop");
  if (resolved.outcome == StreamLabels::Outcome::Empty) return lose("empty_labels", "no_labels");
  model::LogBatch& batch = outlet_.batch();
  model::LogEntry& entry = batch.entries.emplace_back();
  entry.timestamp = time;
  entry.line = batch.arena.copy(*line);
  entry.labels = resolved.labels;
  batch_bytes_ += line->size();
  lines_.add();
  ++kept_;
}

void JournalSource::count_missing(const std::string& before, const std::string& cursor) {
  const bool follows = std::exchange(in_sequence_, true);
  if (!follows || !config_.place.matches.empty()) return;
  const auto from = parse_journal_cursor(before);
  const auto to = parse_journal_cursor(cursor);
  if (!from || !to || from->sequence_id != to->sequence_id) return;
  if (to->sequence <= from->sequence + 1) return;
  missing_.add(to->sequence - from->sequence - 1);
  env_.log.limited(LogLevel::Info, "missing " + env_.job,
                   "Entries of the journal are missing, or not readable for this user.",
                   {{"job", env_.job}});
}

void JournalSource::lose(const char* error, const char* ledger_reason) {
  ++lost_;
  env_.scope.counter("journal_target_parsing_errors_total", "error", error).add();
  in_.add();
  env_.ledger.dropped().add(ledger_reason, 1);
}

// True where the sink took all that was read.
bool JournalSource::hand_on() {
  if (last_cursor_ == handed_cursor_) return true;
  handed_cursor_ = last_cursor_;
  receipts_.open(outlet_.batch(), last_cursor_);
  return outlet_.push([this] { schedule_turn(); });
}

void JournalSource::add_status(model::PipelineStatus& out) const {
  const std::string& path = config_.place.path;
  out.receivers.push_back({"journal " + (path.empty() ? "of this system" : path) + " " + env_.job,
                           read_, kept_, lost_});
}

SourceMaker read_journal_source(const config::Node& options, const SourceSite& site) {
  const auto config = std::make_shared<const JournalConfig>(read_journal_config(options, site));
  return [config, rules = site.relabel_rules](
             const SourceEnvironment& environment,
             model::Sink<model::LogBatch>& next) -> Result<std::unique_ptr<Source>> {
    auto compiled = relabel::RuleSet::compile(rules, model::NameValidation::Utf8);
    if (!compiled) return compiled.error();
    auto open = load_systemd_journals();
    if (!open) return open.error().within("journal");
    return std::unique_ptr<Source>(std::make_unique<JournalSource>(
        JournalSource::Parts{*config, std::move(*open), std::move(*compiled), UsedLabels(rules)},
        environment, next));
  };
}

}  // namespace agent::logs
