// What became of files whose name is gone: drained, found under another name, copied and cut, lost.
#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "agent/logs/tail/file_source.h"

namespace agent::logs {
namespace {

// How long a file without a name is tried that cannot be read.
constexpr Duration kGiveUp = std::chrono::seconds(30);
// How many wait for a folder that cannot be listed.
constexpr std::size_t kMostRotated = 64;

}  // namespace

// `start` is where the reading of the same content ended.
void FileSource::go_on_from(const PositionRecord& read, PositionRecord& start) {
  start.offset = read.offset;
  start.mid_line = read.mid_line;
  start.mark = read.mark;
  start.identity.fingerprint = read.identity.fingerprint;
}

bool FileSource::is_followed(const FileIdentity& identity) const {
  const auto is_it = [&](const auto& file) {
    return file->tailer->identity().same_inode(identity) && !file->superseded;
  };
  return std::any_of(files_.begin(), files_.end(), is_it) ||
         std::any_of(draining_.begin(), draining_.end(), is_it);
}

bool FileSource::is_known(const FileIdentity& identity) const {
  return is_followed(identity) || env_.positions.knows(env_.job, identity);
}

// ---- files without a name

void FileSource::drain(std::unique_ptr<File> file) {
  file->draining = true;
  file->watched = false;
  if (file->parked) find_parked(*file);
  if (!file->superseded) {
    look(*file);
    wake(*file);
  }
  draining_.push_back(std::move(file));
}

// A file whose handle was given up is still there where somebody just renamed it.
void FileSource::find_parked(File& file) {
  auto fd = find_renamed(file.tailer->read_position());
  if (!fd) return;  // tried again
  file.tailer->reopen(std::move(*fd));
  file.parked = false;
}

void FileSource::drain_found(const std::string& path, const model::LabelSet& labels, UniqueFd fd,
                             PositionRecord start, const FileFacts& facts) {
  auto file = make_file(path, labels, std::move(fd), std::move(start));
  file->generation_ns = facts.modified_ns;
  drain(std::move(file));
}

// Of a file that nobody asks for now, what was there when the last target went is enough: its
// position stays, and the rest is read when it is asked for again. Any other one ends when it is
// read to its end and was quiet for a while; then its last text is a line.
bool FileSource::at_its_end(File& file) {
  if (file.unwanted) return true;
  if (file.tailer->unread_bytes() == 0 && file.at_its_end) return true;
  look(file);
  const SteadyTime now = env_.clock.steady_now();
  if (file.queued || now - file.last_growth < config_.drain_quiet) return false;
  file.at_its_end = true;
  if (file.tailer->unread_bytes() == 0) return true;
  wake(file);
  return false;
}

void FileSource::forget(File& file) {
  std::erase(ready_, &file);
  if (file.unwanted) {
    env_.positions.release(file.position);
  } else {
    env_.positions.erase(file.position);
  }
}

void FileSource::finish_drained() {
  for (const auto& file : draining_) {
    if (file->parked) find_parked(*file);
    if (file->tailer->closed() || file->queued || file.get() == pending_) continue;
    const SteadyTime now = env_.clock.steady_now();
    if (file->failing_since && file->next_poll > now) continue;
    const bool hopeless = file->failing_since && now - *file->failing_since >= kGiveUp;
    if (hopeless)
      lost_.count("read_error", file->tailer->path(), file->labels, file->tailer->unread_bytes());
    if (hopeless || at_its_end(*file)) file->tailer->close();
  }
  forget_done();
}

void FileSource::forget_done() {
  std::erase_if(draining_, [this](const auto& file) {
    const bool done = file->tailer->closed() && !file->parked && file->tailer->settled() &&
                      file.get() != pending_;
    if (done) forget(*file);
    return done;
  });
}

// ---- what went on while nobody looked

// Neither is asked of compressed files: their positions count lines, and nobody cuts them.
void FileSource::note_former(PositionRecord record, const model::LabelSet& labels,
                             Positions::Id reader) {
  if (!config_.decompression)
    former_.push_back({std::move(record), labels, reader, std::make_shared<bool>(false)});
}

// `seen_ns`: when it was last written to, as far as it was seen under its name; 0: nobody looked.
void FileSource::note_rotated(const PositionRecord& record, const model::LabelSet& labels,
                              std::int64_t seen_ns) {
  if (!config_.decompression)
    rotated_.push_back({record, labels, std::max(record.identity.birth_ns, seen_ns)});
}

// Files that were renamed out of the glob, or copied and cut, while no agent ran: their rest is
// read where they still lie in the same folder.
void FileSource::find_orphans() {
  auto orphans = env_.positions.orphans(env_.job);
  std::stable_sort(orphans.begin(), orphans.end(), [](const auto& a, const auto& b) {
    return a.second.identity.birth_ns < b.second.identity.birth_ns;
  });
  for (const auto& [id, orphan] : orphans) {
    read_orphan(id, orphan);
    settle_former();  // a copy that is an orphan itself is read from where the original's reading
                      // ended
  }
}

void FileSource::read_orphan(Positions::Id id, const PositionRecord& orphan) {
  const auto target =
      std::find_if(targets_.begin(), targets_.end(), [&](const FileTarget& candidate) {
        return candidate.path.matches(orphan.path) &&
               model::hash_of(candidate.labels) == orphan.labels_hash;
      });
  if (target == targets_.end()) return;  // nobody asks for it, yet
  if (!counts_as_we_do(orphan)) return static_cast<void>(env_.positions.take(id));
  auto fd = find_renamed(orphan);
  if (!fd) return;                       // tried again
  if (!env_.positions.take(id)) return;  // with what it is a copy of
  note_rotated(orphan, target->labels, 0);
  const auto facts = *fd ? facts_of(fd->get()) : Error{};
  if (facts && (config_.decompression || facts->size >= orphan.offset)) {
    drain_found(orphan.path, target->labels, std::move(*fd), orphan, *facts);
  } else {
    note_former(orphan, target->labels, 0);
  }
}

// Before copies are looked at: what they are copies of is known then.
void FileSource::notice_replaced() {
  std::vector<File*> replaced;
  for (const auto& file : files_)
    if (file->tailer->replaced()) replaced.push_back(file.get());
  for (File* file : replaced)
    on_replaced(*file);
}

// The inode goes on with other content, under a reader of its own; what was handed over of the old
// content is still waited for.
void FileSource::on_replaced(File& file) {
  counters_.truncations.add();
  Files& home = file.draining ? draining_ : files_;
  const auto place =
      std::find_if(home.begin(), home.end(), [&](const auto& one) { return one.get() == &file; });
  const std::string path = file.tailer->path();
  PositionRecord was = file.tailer->read_position();
  was.size = file.tailer->size_bytes();
  UniqueFd fd = file.tailer->detach();
  const auto facts = facts_of(fd.get());
  PositionRecord start = fresh_record(path, file.labels, facts ? *facts : FileFacts{});
  if (const auto first = take_fingerprint(fd.get())) start.identity.fingerprint = *first;
  auto next = make_file(path, file.labels, std::move(fd), std::move(start));
  note_former(std::move(was), file.labels, file.position);
  next->after = former_.back().settled;
  next->generation_ns = facts ? facts->modified_ns : 0;
  next->real_path = file.real_path;
  next->watched = file.watched;
  next->draining = file.draining;
  next->poll_interval = config_.min_poll;
  auto old = std::exchange(*place, std::move(next));
  wake(**place);
  old->draining = true;
  old->superseded = true;
  draining_.push_back(std::move(old));
  index_paths();
  sync_soon();
}

// Whoever cuts a file copies it first: the rest is read from the copy. Where there is none, what we
// know of is lost.
void FileSource::settle_former() {
  for (const Former& former : std::exchange(former_, {})) {
    if (std::exchange(*former.settled, true)) continue;
    PositionRecord record = former.record;
    auto fd = find_copy(record, [this](const auto& identity) { return is_followed(identity); });
    const auto facts = fd && *fd ? facts_of(fd->get()) : Error{};
    if (facts) {
      // Its reader, in another life, began where this one's had handed over.
      while (env_.positions.claim(env_.job, record.path, record.labels_hash, facts->identity)) {
      }
      const Fingerprint first = record.identity.fingerprint;
      record.identity = facts->identity;
      record.identity.fingerprint = first;
      const std::string path = record.path;
      note_rotated(record, former.labels, 0);  // it may have been cut again
      drain_found(path, former.labels, std::move(*fd), std::move(record), *facts);
    } else if (record.size > record.offset) {
      const auto now = facts_of(record.path.c_str());
      const bool cut = now && now->identity.same_inode(record.identity);
      lost_.count(cut ? "truncated" : "rotated_away", record.path, former.labels,
                  record.size - record.offset);
    }
  }
}

// Whether a file that was just found is a copy of one that we read. Copy: `start` says where that
// one's reading ended. Partial: not to be read now.
Likeness FileSource::copy_of_known(const Found& found, int fd, const FileFacts& facts,
                                   PositionRecord& start) {
  if (is_copy_of_former(found, fd, facts, start)) return Likeness::Copy;
  const std::string family = rotation_family(found.path);
  if (family == found.path) return Likeness::Other;
  for (const auto& file : files_) {
    if (file->tailer->path() != family || file->labels != found.target->labels) continue;
    const UniqueFd original = open_to_read(family);
    if (!original) continue;
    const PositionRecord was = file->tailer->read_position();
    const Likeness like = likeness(fd, facts, was, original.get());
    if (like == Likeness::Other) return like;
    // While the original has all of it there is nothing to read in the copy.
    const auto now = facts_of(original.get());
    const auto first = fingerprint_holds(original.get(), was.identity.fingerprint);
    const auto before = mark_holds(original.get(), was.offset, was.mark);
    const bool whole = now && first && *first && before && *before;
    if (whole) copies_[{facts.identity.device, facts.identity.inode}] = file->position;
    if (!whole || like == Likeness::Partial || facts.size <= now->size) return Likeness::Partial;
    go_on_from(was, start);
    return Likeness::Copy;
  }
  return Likeness::Other;
}

// The original was cut already.
bool FileSource::is_copy_of_former(const Found& found, int fd, const FileFacts& facts,
                                   PositionRecord& start) {
  const auto copy = copies_.find({facts.identity.device, facts.identity.inode});
  for (const Former& former : former_) {
    if (former.labels != found.target->labels || *former.settled ||
        folder_of(former.record.path) != folder_of(found.path))
      continue;
    if (likeness(fd, facts, former.record, -1) == Likeness::Copy) {
      *former.settled = true;
      go_on_from(former.record, start);
      return true;
    }
    // Made before the last lines came: all it holds was read of the original.
    if (copy != copies_.end() && copy->second == former.reader &&
        facts.size < former.record.offset) {
      start.offset = facts.size;
      if (const auto mark = take_mark(fd, start.offset)) start.mark = *mark;
      return true;
    }
  }
  return false;
}

// Generations that came and went between two looks, of all names together: oldest first.
void FileSource::read_missed_generations() {
  const std::vector<Rotated> rotated = std::exchange(rotated_, {});
  std::vector<std::pair<const Rotated*, Generation>> missed;
  for (const Rotated& one : rotated) {
    const auto known = [&](const FileIdentity& identity) {
      return is_known(identity) || leads_to(one.record.path, identity) == Leads::There ||
             std::any_of(missed.begin(), missed.end(), [&](const auto& other) {
               return other.second.facts.identity.same_inode(identity);
             });
    };
    auto generations = find_generations(one.record, one.since_ns, known);
    if (!generations && rotated_.size() < kMostRotated) rotated_.push_back(one);
    if (!generations) continue;
    for (auto& generation : *generations)
      missed.emplace_back(&one, std::move(generation));
  }
  std::stable_sort(missed.begin(), missed.end(), [](const auto& a, const auto& b) {
    return a.second.facts.modified_ns < b.second.facts.modified_ns;
  });
  for (auto& [one, generation] : missed)
    drain_found(one->record.path, one->labels, std::move(generation.fd),
                fresh_record(one->record.path, one->labels, generation.facts), generation.facts);
}

// Generations of one log that are found together are read one after the other, oldest first. Files
// of one name keep the order that must_wait() gives them: two orders would wait for each other.
void FileSource::order_generations() {
  using Key = std::pair<std::string, const model::LabelSet*>;
  const auto less = [](const Key& a, const Key& b) {
    return std::tie(a.first, *a.second) < std::tie(b.first, *b.second);
  };
  struct Aged {
    std::int64_t written_ns = 0;  // no sooner than an older one of its name
    File* file = nullptr;
  };
  std::map<Key, std::int64_t, decltype(less)> newest(less);  // of a name
  std::map<Key, std::vector<Aged>, decltype(less)> families(less);
  for (const Files* files : {&draining_, &files_})
    for (const auto& file : *files) {
      if (!file->queued) *file->caught_up = true;
      if (*file->caught_up) continue;
      const std::string& path = file->tailer->path();
      std::int64_t& written_ns = newest[{path, &file->labels}];
      written_ns = std::max(written_ns, file->generation_ns);
      std::string family = rotation_family(path);
      // Whoever has the plain name is the newest.
      const bool newest_of_all = !file->draining && family == path;
      families[{std::move(family), &file->labels}].push_back(
          {newest_of_all ? std::numeric_limits<std::int64_t>::max() : written_ns, file.get()});
    }
  for (auto& [key, generations] : families) {
    std::stable_sort(generations.begin(), generations.end(),
                     [](const Aged& a, const Aged& b) { return a.written_ns < b.written_ns; });
    std::shared_ptr<const bool> before;
    for (const Aged& one : generations)
      one.file->after = std::exchange(before, one.file->caught_up);
  }
}

}  // namespace agent::logs
