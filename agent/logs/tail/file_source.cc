#include "agent/logs/tail/file_source.h"

#include <algorithm>
#include <set>
#include <utility>

namespace agent::logs {
namespace {

constexpr Duration kTurn = std::chrono::milliseconds(5);
constexpr Duration kRetryFull = std::chrono::milliseconds(50);
constexpr Duration kGather = std::chrono::milliseconds(50);

// Loki takes an entry of the same time and line as the one before for a repeat of it. Lines that
// were read at once are a nanosecond apart, which is less than it takes to read one.
void set_apart(model::LogBatch& batch) {
  Duration after{};
  for (auto& entry : batch.entries)
    entry.timestamp += after++;
}

}  // namespace

FileSource::FileSource(Config config, SourceEnvironment environment,
                       model::Sink<model::LogBatch>& next)
    : config_(std::move(config)),
      env_(std::move(environment)),
      next_(next),
      counters_(env_.scope),
      lost_(env_.scope.with("job", env_.job), env_.log),
      reopened_(env_.scope.counter("files_reopened_total",
                                   "Files that grew and were not read for 30 s.")),
      parked_(
          env_.scope.counter("files_parked_total", "Handles closed because descriptors ran out.")),
      scans_(
          env_.scope.counter("glob_scans_total", "How often the globs of a job were evaluated.")),
      taken_(env_.ledger.in("file")),
      files_active_(
          env_.scope.with("job", env_.job).gauge("files_active_total", "Files that are followed.")),
      targets_active_(env_.scope.with("job", env_.job)
                          .gauge("targets_active_total", "Globs that are watched.")) {
  if (config_.encoding.empty()) return;
  auto encoding = TextEncoding::open(config_.encoding, counters_.replaced_characters);
  if (encoding) {
    encoding_ = std::move(*encoding);
  } else {
    encoding_status_ = encoding.error().within("encoding");
  }
}

FileSource::~FileSource() {
  stop();
  forget_done();  // what was delivered since the last look
  for (const Files* files : {&draining_, &files_})
    for (const auto& file : *files) {
      env_.positions.update(file->position, file->tailer->record());
      env_.positions.release(file->position);
    }
}

Status FileSource::start() {
  if (!encoding_status_) return encoding_status_;
  running_ = true;
  sync();
  sync_timer_ = env_.loop.every(config_.sync_period, [this] { sync(); });
  return {};
}

void FileSource::stop() {
  running_ = false;
  turn_scheduled_ = false;
  sync_scheduled_ = false;
  for (loop::Timer* timer : {&sync_timer_, &soon_timer_, &poll_timer_, &turn_timer_})
    timer->stop();
  watches_.clear();
}

// ---- what wakes it

void FileSource::on_change(const std::string& directory, std::string_view name) {
  if (name.empty()) return sync_soon();
  const std::string path = directory + std::string(name);
  const auto [first, last] = by_path_.equal_range(path);
  for (auto at = first; at != last; ++at) {
    File& file = *at->second;
    if (file.queued) continue;
    look(file);
    if (leads_to(file.tailer->path(), file.tailer->identity()) == Leads::Elsewhere) sync_soon();
  }
  if (first != last) return;
  // Only those that look for names there: a busy folder costs the other globs nothing.
  const auto searching = searched_.find(directory);
  if (searching == searched_.end()) return;
  const auto wants = [&](const FileTarget* target) { return target->wants(path); };
  if (std::any_of(searching->second.begin(), searching->second.end(), wants)) sync_soon();
}

// Rotations come as several events: one look after all of them, and not more often than what
// takes a twentieth of the time.
void FileSource::sync_soon() {
  if (!running_ || std::exchange(sync_scheduled_, true)) return;
  const Duration pause = std::max(kGather, std::min(sync_took_ * 20, config_.sync_period));
  soon_timer_ = env_.loop.after(pause, [this] {
    sync_scheduled_ = false;
    sync();
  });
}

bool FileSource::has_news(File& file) {
  if (file.parked) {
    const auto facts = facts_of(file.tailer->path().c_str());
    if (!facts || facts->size == file.tailer->size_bytes()) return false;
    reopen(file, file.tailer->path());
  }
  if (file.failing_since && !file.draining) reopen(file, file.tailer->path());
  return file.tailer->has_news() || file.failing_since;
}

void FileSource::look(File& file) {
  const SteadyTime now = env_.clock.steady_now();
  if (has_news(file)) {
    file.last_growth = now;
    file.at_its_end = false;
    file.poll_interval = config_.min_poll;
    wake(file);
  } else {
    file.poll_interval = std::min(file.poll_interval * 2, config_.max_poll);
  }
  const bool rarely = file.watched && !file.draining;
  file.next_poll = now + (rarely ? config_.sync_period : file.poll_interval);
  if (const auto wanted = file.tailer->look_again_at())
    file.next_poll = std::min(file.next_poll, std::max(*wanted, now));
  if (!file.draining) {
    file.metrics->file_bytes.set(static_cast<double>(file.tailer->size_bytes()));
    file.metrics->read_bytes.set(static_cast<double>(file.tailer->read_offset()));
  }
}

void FileSource::wake(File& file) {
  enqueue(file);
  schedule_turn();
}

void FileSource::enqueue(File& file) {
  if (!std::exchange(file.queued, true)) ready_.push_back(&file);
}

void FileSource::poll() {
  const SteadyTime now = env_.clock.steady_now();
  for (const auto& file : files_) {
    if (file->next_poll > now) continue;
    look(*file);
    if (leads_to(file->tailer->path(), file->tailer->identity()) == Leads::Elsewhere) sync_soon();
  }
  finish_drained();
  schedule_poll();
}

void FileSource::schedule_poll() {
  if (!running_ || (files_.empty() && draining_.empty())) return;
  const SteadyTime now = env_.clock.steady_now();
  SteadyTime next = now + config_.sync_period;
  for (const auto& file : files_)
    next = std::min(next, file->next_poll);
  if (!draining_.empty()) next = std::min(next, now + config_.min_poll);
  poll_timer_ = env_.loop.after(std::max(next - now, Duration(std::chrono::milliseconds(10))),
                                [this] { poll(); });
}

void FileSource::schedule_turn() {
  if (!running_ || std::exchange(turn_scheduled_, true)) return;
  const Duration delay = pending_ != nullptr ? kRetryFull : Duration::zero();
  turn_timer_ = env_.loop.after(delay, [this] {
    turn_scheduled_ = false;
    if (turn() || pending_ != nullptr) schedule_turn();
  });
}

// ---- reading

// Lines of an older generation of the same name go first.
bool FileSource::must_wait(const File& file) const {
  if (file.after && !*file.after) return true;
  for (const auto& older : draining_) {
    if (older.get() == &file) return false;
    if (older->queued && older->tailer->path() == file.tailer->path() &&
        older->labels == file.labels)
      return true;
  }
  return false;
}

bool FileSource::turn() {
  if (pending_ != nullptr && !push_batch()) return false;
  const SteadyTime end = env_.clock.steady_now() + kTurn;
  for (std::size_t left = ready_.size(); left > 0; --left) {
    File& file = *ready_.front();
    ready_.pop_front();
    file.queued = false;
    const bool more = must_wait(file) || read_one(file);
    if (more || (pending_ == &file)) enqueue(file);
    if (pending_ != nullptr) return false;
    if (env_.clock.steady_now() >= end) break;
  }
  if (!draining_.empty()) finish_drained();
  // Those that wait for an older one are woken with it, or by a sync.
  return std::any_of(ready_.begin(), ready_.end(),
                     [this](const File* file) { return !must_wait(*file); });
}

// True where the file holds more.
bool FileSource::read_one(File& file) {
  batch_.clear();
  const auto tail = file.at_its_end ? FileReader::Tail::Ends : FileReader::Tail::Waits;
  const auto slice = file.tailer->read_slice(batch_, env_.clock.wall_now(), tail);
  if (slice) {
    file.last_error.clear();
    file.failing_since.reset();
  } else {
    on_read_error(file, slice.error());
  }
  if (!slice || !slice->more) *file.caught_up = true;  // others need not wait for it
  if (slice && slice->replaced) {
    on_replaced(file);
    return false;
  }
  set_apart(batch_);
  file.tailer->open_receipt(batch_);
  if (!file.draining) file.metrics->read_bytes.set(static_cast<double>(file.tailer->read_offset()));
  if (!batch_.entries.empty()) {
    pending_ = &file;
    push_batch();
  }
  return slice && slice->more;
}

void FileSource::on_read_error(File& file, const Error& error) {
  counters_.read_errors.add();
  file.last_error = error.message;
  env_.log.limited(LogLevel::Warn, "read " + file.tailer->path(), "A file cannot be read.",
                   {{"file", file.tailer->path()}, {"reason", error.message}});
  if (!file.failing_since && error.kind == ErrorKind::Io)
    file.failing_since = env_.clock.steady_now();
}

bool FileSource::push_batch() {
  const std::size_t entries = batch_.entries.size();
  if (next_.push(std::move(batch_)) == model::Push::Full) return false;
  taken_.add(entries);
  pending_->metrics->lines.add(entries);
  pending_ = nullptr;
  batch_.clear();
  return true;
}

void FileSource::add_status(model::PipelineStatus& out) const {
  for (const Files* files : {&files_, &draining_})
    for (const auto& file : *files) {
      const FileReader& tailer = *file->tailer;
      out.files.push_back({tailer.path(), file->labels, tailer.size_bytes(), tailer.read_offset(),
                           tailer.committed_bytes(), file->last_error});
    }
  std::set<model::LabelSet> read;
  for (const auto& file : files_)
    read.insert(file->labels);
  for (const auto& target : targets_)
    out.log_targets.push_back(
        {env_.job, "File", target.labels, target.discovered, read.contains(target.labels), ""});
  for (const auto& target : dropped_targets_)
    out.log_targets.push_back({env_.job, "File", {}, target.discovered, false, target.reason});
}

}  // namespace agent::logs
