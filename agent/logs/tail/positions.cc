#include "agent/logs/tail/positions.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/stat.h>

#include "agent/base/files.h"
#include "agent/base/hash.h"

namespace agent::logs {
namespace {

bool exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

bool leads_to(const std::string& path, const FileIdentity& identity) {
  const auto facts = facts_of(path.c_str());
  return facts && facts->identity.same_inode(identity);
}

void move_aside(const std::string& path, const std::string& why, Logger& log) {
  const std::string aside = path + ".damaged";
  const bool moved = ::rename(path.c_str(), aside.c_str()) == 0;
  log.warn("A positions file cannot be used.",
           {{"file", path}, {"reason", why}, {"moved_to", moved ? aside : "-"}});
}

class FileStore final : public PositionStore {
 public:
  explicit FileStore(std::string path) : path_(std::move(path)) {}

  Result<PositionsState> load() override {
    if (!exists(path_)) return PositionsState{};
    auto text = read_file(path_);
    if (!text) return text.error();
    auto state = parse_positions_state(*text);
    if (!state) {
      ::rename(path_.c_str(), (path_ + ".damaged").c_str());
      return state.error().within(path_);
    }
    written_ = std::move(*text);
    return state;
  }

  Status save(const PositionsState& state) override {
    std::string text = render_positions_state(state);
    if (text == written_ && exists(path_)) return {};
    const auto slash = path_.rfind('/');
    if (slash != std::string::npos && slash > 0)
      if (Status made = make_directories(path_.substr(0, slash)); !made) return made;
    if (Status wrote = write_file_atomically(path_, text); !wrote) return wrote;
    written_ = std::move(text);
    return {};
  }

 private:
  std::string path_;
  std::string written_;
};

class NullStore final : public PositionStore {
 public:
  Result<PositionsState> load() override { return PositionsState{}; }
  Status save(const PositionsState& /*state*/) override { return {}; }
};

}  // namespace

std::unique_ptr<PositionStore> make_file_position_store(std::string path) {
  return std::make_unique<FileStore>(std::move(path));
}
std::unique_ptr<PositionStore> make_null_position_store() { return std::make_unique<NullStore>(); }

Positions::Positions(std::string yaml_path, std::unique_ptr<PositionStore> store, Logger& log)
    : yaml_path_(std::move(yaml_path)), store_(std::move(store)), log_(log) {
  auto state = store_->load();
  if (state) {
    for (auto& record : state->files)
      saved_.push_back({std::move(record), false});
    cursors_ = std::move(state->cursors);
    yaml_hash_ = state->yaml_hash;
  } else {
    log_.warn("The saved positions cannot be used.", {{"reason", state.error().message}});
  }
  if (!yaml_path_.empty() && exists(yaml_path_)) load_yaml(yaml_hash_);
}

void Positions::load_yaml(std::uint64_t expected_hash) {
  auto text = read_file(yaml_path_);
  if (!text) {
    log_.warn("The positions file cannot be read.",
              {{"file", yaml_path_}, {"reason", text.error().message}});
    return;
  }
  if (expected_hash != 0 && hash64(*text) == expected_hash) {
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
}

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
  if (best == nullptr || std::exchange(text_used_[{job, path}], true)) return std::nullopt;
  return best->offset;
}

std::optional<PositionRecord> Positions::claim(const std::string& job, const std::string& path,
                                               std::uint64_t labels_hash,
                                               const FileIdentity& identity) {
  const auto rank = [&](const PositionRecord& record) {
    if (record.job != job || !record.identity.same_inode(identity)) return 0;
    if (record.path == path) return record.labels_hash == labels_hash ? 3 : 2;
    return leads_to(record.path, identity) ? 0 : 1;
  };
  auto best = saved_.end();
  int best_rank = 0;
  for (auto at = saved_.begin(); at != saved_.end(); ++at) {
    const int its = rank(at->record);
    if (its > best_rank) {
      best = at;
      best_rank = its;
    }
  }
  if (best == saved_.end()) return std::nullopt;
  PositionRecord out = std::move(best->record);
  saved_.erase(best);
  return out;
}

std::vector<PositionRecord> Positions::orphans(const std::string& job) const {
  std::vector<PositionRecord> out;
  for (const auto& [record, released] : saved_)
    if (record.job == job && !leads_to(record.path, record.identity)) out.push_back(record);
  return out;
}

Positions::Id Positions::insert(PositionRecord record) {
  live_.emplace(++last_id_, std::move(record));
  return last_id_;
}

void Positions::release(Id id) {
  const auto at = live_.find(id);
  if (at == live_.end()) return;
  saved_.push_back({std::move(at->second), true});
  live_.erase(at);
}

std::optional<std::string> Positions::cursor(const std::string& name) const {
  const auto at = cursors_.find(name);
  if (at == cursors_.end()) return std::nullopt;
  return at->second;
}

void Positions::set_cursor(const std::string& name, std::string value) {
  cursors_[name] = std::move(value);
}

// One offset a path. A path of several files (a rotated one that is still read) has that of the
// newest; several readers of one file the smallest.
PositionsText Positions::yaml_now() const {
  std::map<std::string, const PositionRecord*> by_path;
  for (const auto& [record, released] : saved_)
    by_path[record.path] = &record;
  for (const auto& [id, record] : live_) {
    const PositionRecord*& chosen = by_path[record.path];
    const bool same_file = chosen != nullptr && chosen->identity.same_inode(record.identity);
    if (!same_file || record.offset < chosen->offset) chosen = &record;
  }
  PositionsText out;
  for (const auto& [path, record] : by_path)
    out.files.push_back({path, "", record->offset});
  out.cursors = cursors_;
  return out;
}

void Positions::save_yaml() {
  std::string text = render_positions_yaml(yaml_now());
  if (text == written_yaml_ && exists(yaml_path_)) return;
  if (const Status wrote = write_file_atomically(yaml_path_, text); !wrote) {
    log_.limited(LogLevel::Warn, "positions yaml " + yaml_path_,
                 "The positions file cannot be written; our own state counts.",
                 {{"file", yaml_path_}, {"reason", wrote.error().message}});
    return;
  }
  yaml_hash_ = hash64(text);
  written_yaml_ = std::move(text);
}

// The YAML goes first: a crash in between leaves a YAML that is newer than our state and not what
// it expects, so its offsets count at the next start.
void Positions::save() {
  std::erase_if(saved_, [](const Saved& saved) {
    return !saved.released && !leads_to(saved.record.path, saved.record.identity);
  });
  if (!yaml_path_.empty()) save_yaml();
  PositionsState state{{}, cursors_, yaml_hash_};
  for (const auto& [record, released] : saved_)
    state.files.push_back(record);
  for (const auto& [id, record] : live_)
    state.files.push_back(record);
  if (const Status saved = store_->save(state); !saved)
    log_.limited(LogLevel::Warn, "positions state", "Positions cannot be saved; tried again.",
                 {{"reason", saved.error().message}});
}

}  // namespace agent::logs
