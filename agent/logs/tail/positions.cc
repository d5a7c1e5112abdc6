#include "agent/logs/tail/positions.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/stat.h>

#include "agent/base/files.h"
#include "agent/base/hash.h"

namespace agent::logs {
namespace {

// A whole state is written every so many saves: each save for up to a thousand files, and seldomer
// for more, so that a save costs the loop a few milliseconds at most.
constexpr std::size_t kFilesASave = 1000;
// How many saves a record outlives its file where no source asks for it: its job may come late.
constexpr int kPatience = 30;

bool exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

void move_aside(const std::string& path, const std::string& why, Logger& log) {
  const std::string aside = path + ".damaged";
  const bool moved = ::rename(path.c_str(), aside.c_str()) == 0;
  log.warn("A positions file cannot be used.",
           {{"file", path}, {"reason", why}, {"moved_to", moved ? aside : "-"}});
}

}  // namespace

Positions::Positions(std::string yaml_path, std::unique_ptr<PositionStore> store, Logger& log)
    : yaml_path_(std::move(yaml_path)), store_(std::move(store)), log_(log) {
  auto loaded = store_->load();
  if (!loaded) {
    log_.warn("The saved positions cannot be used.", {{"reason", loaded.error().message}});
  } else if (!loaded->damage.empty()) {
    log_.warn("A part of the saved positions cannot be used.", {{"reason", loaded->damage}});
  }
  PositionsState state = loaded ? std::move(loaded->state) : PositionsState{};
  for (auto& [id, record] : state.files) {
    saved_[id].record = std::move(record);
    last_id_ = std::max(last_id_, id);
  }
  cursors_ = std::move(state.cursors);
  text_ = std::move(state.text);
  yaml_hashes_ = state.yaml_hashes;
  if (!yaml_path_.empty() && exists(yaml_path_)) load_yaml(yaml_hashes_);
}

void Positions::load_yaml(std::array<std::uint64_t, 2> expected_hashes) {
  auto text = read_file(yaml_path_);
  if (!text) {
    log_.warn("The positions file cannot be read.",
              {{"file", yaml_path_}, {"reason", text.error().message}});
    return;
  }
  const std::uint64_t hash = hash64(*text);
  const bool ours =
      std::find(expected_hashes.begin(), expected_hashes.end(), hash) != expected_hashes.end();
  yaml_hashes_ = {hash, 0};  // taken over once the next state is written
  if (ours) {
    written_yaml_ = std::move(*text);
    return;
  }
  auto read = parse_positions_yaml(*text);
  if (!read) return move_aside(yaml_path_, read.error().message, log_);
  if (read->ignored > 0)
    log_.warn("Entries of the positions file have no offset and are ignored.",
              {{"file", yaml_path_}, {"entries", std::to_string(read->ignored)}});
  text_ = std::move(read->files);
  for (auto& [name, value] : read->cursors)
    cursors_[name] = std::move(value);
  changed();
}

// ---- what sources ask and tell

std::optional<std::uint64_t> Positions::text_offset(const std::string& job, const std::string& path,
                                                    const model::LabelSet& labels) {
  if (text_.empty()) return std::nullopt;
  const TextPosition* best = nullptr;
  const std::string own = model::to_string(labels);
  for (const auto& position : text_) {
    if (position.path != path) continue;
    if (position.labels == own) {
      best = &position;
      break;
    }
    if (position.labels.empty() || position.labels == "{}") best = &position;
  }
  if (best == nullptr || !asked_.insert({job, path}).second) return std::nullopt;
  return best->offset;
}

std::optional<PositionRecord> Positions::claim(const std::string& job, const std::string& path,
                                               std::uint64_t labels_hash,
                                               const FileIdentity& identity) {
  const auto rank = [&](const PositionRecord& record) {
    if (!record.identity.same_inode(identity)) return 0;
    if (record.job != job) return record.path == path && is_of_a_former_job(record) ? 1 : 0;
    if (record.path == path) return record.labels_hash == labels_hash ? 4 : 3;
    return leads_to(record.path, identity) == Leads::Elsewhere ? 2 : 0;
  };
  Id best = 0;
  int best_rank = 0;
  for (const auto& [id, saved] : saved_) {
    const int its = rank(saved.record);
    if (its > best_rank) {
      best = id;
      best_rank = its;
    }
  }
  return best_rank == 0 ? std::nullopt : take(best);
}

bool Positions::is_of_a_former_job(const PositionRecord& record) const {
  return !jobs_.empty() && !jobs_.contains(record.job);
}

bool Positions::knows(const std::string& job, const FileIdentity& identity) const {
  return std::any_of(saved_.begin(), saved_.end(), [&](const auto& item) {
    const PositionRecord& record = item.second.record;
    return record.job == job && record.identity.same_inode(identity);
  });
}

std::vector<std::pair<Positions::Id, PositionRecord>> Positions::orphans(
    const std::string& job) const {
  std::vector<std::pair<Id, PositionRecord>> out;
  for (const auto& [id, saved] : saved_)
    if (saved.record.job == job &&
        leads_to(saved.record.path, saved.record.identity) == Leads::Elsewhere)
      out.emplace_back(id, saved.record);
  return out;
}

std::optional<PositionRecord> Positions::take(Id id) {
  const auto at = saved_.find(id);
  if (at == saved_.end()) return std::nullopt;
  PositionRecord out = std::move(at->second.record);
  saved_.erase(at);
  note(id, Change::Whole);
  return out;
}

Positions::Id Positions::insert(PositionRecord record) {
  live_.emplace(++last_id_, std::move(record));
  note(last_id_, Change::Whole);
  return last_id_;
}

void Positions::update(Id id, PositionRecord record) {
  PositionRecord& known = live_.at(id);
  const bool moved = known.path == record.path && known.labels_hash == record.labels_hash &&
                     known.identity == record.identity;
  known = std::move(record);
  note(id, moved ? Change::Moved : Change::Whole);
}

void Positions::erase(Id id) {
  live_.erase(id);
  note(id, Change::Whole);
}

void Positions::release(Id id) {
  const auto at = live_.find(id);
  if (at == live_.end()) return;
  saved_[id].record = std::move(at->second);
  live_.erase(at);
}

std::optional<std::string> Positions::cursor(const std::string& name) const {
  const auto at = cursors_.find(name);
  if (at == cursors_.end()) return std::nullopt;
  return at->second;
}

void Positions::set_cursor(const std::string& name, std::string value) {
  cursors_[name] = std::move(value);
  changed_cursors_.insert(name);
  changed();
}

void Positions::note(Id id, Change change) {
  if (!state_broken_) {  // else the next state holds it
    Change& known = changes_.try_emplace(id, change).first->second;
    if (change == Change::Whole) known = change;
  }
  changed();
}

void Positions::changed() {
  unsaved_ = true;
  if (!std::exchange(change_told_, true) && on_change_) on_change_();
}

// ---- saving

void Positions::flush() {
  change_told_ = false;
  if (!std::exchange(begun_, true)) return write_state();
  if (state_broken_ || (changes_.empty() && changed_cursors_.empty())) return;
  std::string lines;
  for (const auto& [id, change] : changes_) {
    const auto live = live_.find(id);
    const auto saved = saved_.find(id);
    if (live == live_.end() && saved == saved_.end()) {
      lines += gone_line(id);
      continue;
    }
    const PositionRecord& record = live != live_.end() ? live->second : saved->second.record;
    lines += change == Change::Moved ? at_line(id, record) : file_line(id, record);
  }
  for (const auto& name : changed_cursors_)
    lines += cursor_line(name, cursors_[name]);
  state_broken_ = !store_->append(lines);
  changes_.clear();
  changed_cursors_.clear();
}

// One offset a path. A path of several files (a rotated one that is still read) has that of the
// newest; several readers of one file the smallest.
PositionsText Positions::yaml_now() const {
  std::map<std::string, std::pair<std::uint64_t, const FileIdentity*>> by_path;
  for (const auto& position : text_)
    by_path[position.path] = {position.offset, nullptr};
  for (const auto& [id, saved] : saved_)
    if (saved.missed == 0) by_path[saved.record.path] = {saved.record.offset, nullptr};
  for (const auto& [id, record] : live_) {
    auto& chosen = by_path[record.path];
    const bool same_file = chosen.second != nullptr && chosen.second->same_inode(record.identity);
    if (!same_file || record.offset < chosen.first) chosen = {record.offset, &record.identity};
  }
  PositionsText out;
  for (const auto& [path, chosen] : by_path)
    out.files.push_back({path, "", chosen.first});
  out.cursors = cursors_;
  return out;
}

bool Positions::was_asked_for(const std::string& path) const {
  return std::any_of(asked_.begin(), asked_.end(),
                     [&](const auto& pair) { return pair.second == path; });
}

// Entries that were asked for are records by now; those that nobody asked for yet are kept.
void Positions::forget_missing() {
  std::erase_if(text_, [&](const TextPosition& position) {
    return was_asked_for(position.path) || is_gone(position.path);
  });
  for (auto at = saved_.begin(); at != saved_.end();) {
    Saved& saved = at->second;
    const Leads leads = leads_to(saved.record.path, saved.record.identity);
    if (leads != Leads::Unknown) saved.missed = leads == Leads::There ? 0 : saved.missed + 1;
    if (saved.missed > kPatience) note(at->first, Change::Whole);
    at = saved.missed > kPatience ? saved_.erase(at) : std::next(at);
  }
}

PositionsState Positions::state_now() const {
  PositionsState out{live_, cursors_, {}, yaml_hashes_};
  for (const auto& position : text_)
    if (!was_asked_for(position.path)) out.text.push_back(position);
  for (const auto& [id, saved] : saved_)
    out.files.emplace(id, saved.record);
  return out;
}

void Positions::write_state() {
  const Status wrote = store_->write(state_now());
  state_broken_ = !wrote;
  if (!wrote)
    log_.limited(LogLevel::Warn, "positions state", "Positions cannot be saved; tried again.",
                 {{"reason", wrote.error().message}});
  if (!wrote) return;
  begun_ = true;
  saves_since_state_ = 0;
  changes_.clear();
  changed_cursors_.clear();
}

// The state says which YAML comes next before it is written: after a crash in between either is
// ours.
void Positions::choose_yaml(PositionSave& save) {
  std::string text = render_positions_yaml(yaml_now());
  if (text == written_yaml_ && exists(yaml_path_)) return;
  yaml_hashes_[1] = hash64(text);
  save.set_yaml(yaml_path_, std::move(text));
}

std::shared_ptr<PositionSave> Positions::begin_save(Scope scope) {
  if (scope == Scope::BothTexts) forget_missing();
  auto save = std::make_shared<PositionSave>(order_, last_save_ + 1);
  if (scope == Scope::BothTexts && !yaml_path_.empty()) choose_yaml(*save);
  if (!unsaved_ && !state_broken_ && save->yaml().empty()) return nullptr;
  ++last_save_;
  const std::size_t files = live_.size() + saved_.size();
  if (state_broken_ || !save->yaml().empty() || ++saves_since_state_ * kFilesASave >= files) {
    write_state();
  } else {
    flush();
  }
  save->set_sync(store_->sync_work());
  unsaved_ = state_broken_;
  change_told_ = false;
  return save;
}

void Positions::end_save(const PositionSave& save) {
  if (save.number() != last_save_) return;
  if (save.synced()) {
    store_->synced();
  } else {
    unsaved_ = true;
    state_broken_ = true;
    log_.limited(LogLevel::Warn, "positions sync", "Positions cannot be made durable; tried again.",
                 {{"reason", save.synced().error().message}});
  }
  if (save.yaml().empty()) return;
  if (save.yaml_written()) {
    yaml_hashes_ = {yaml_hashes_[1], 0};
    written_yaml_ = save.yaml();
    return;
  }
  log_.limited(LogLevel::Warn, "positions yaml " + yaml_path_,
               "The positions file cannot be written; our own state counts.",
               {{"file", yaml_path_}, {"reason", save.yaml_written().error().message}});
}

void Positions::save() {
  const auto save = begin_save(Scope::BothTexts);
  if (!save) return;
  save->run();
  end_save(*save);
}

}  // namespace agent::logs
