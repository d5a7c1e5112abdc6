#pragma once
// Where reading goes on after a restart. Spec: logs.md 3.4, delivery.md 1 and 7.
//
// DESIGN. Sources hold a record for each file they read and move it when what was read is
// delivered. Positions gathers the records and keeps two texts of them: Promtail's YAML, so that
// going back works, and our exact state in a PositionStore. A PositionSaver decides when.
//   flush()       what moved since the last one, to the page cache; after each turn that moved
//   begin_save()  a whole state now and then, and the YAML; the syncs are work for another thread
// A YAML that is not what we wrote last was written by a peer that ran in between: then its offsets
// count. So the state names the YAML that is about to be written before it is.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/log.h"
#include "agent/logs/tail/position_save.h"
#include "agent/logs/tail/position_store.h"
#include "agent/model/label_set.h"

namespace agent::logs {

/// All positions of the process. Loop thread of the logs.
class Positions {
 public:
  using Id = PositionsState::Id;

  /// `yaml_path` "": no YAML is read or written. Damaged files are moved aside with a warning;
  /// nothing here keeps the agent from starting. `log` outlives it.
  Positions(std::string yaml_path, std::unique_ptr<PositionStore> store, Logger& log);

  /// What a positions file of the peers says of `path`, where it counts: before our first save, or
  /// when somebody else wrote it since. Each entry is given out once for each pair of job and
  /// path.
  std::optional<std::uint64_t> text_offset(const std::string& job, const std::string& path,
                                           const model::LabelSet& labels);
  /// The jobs there are now. What was saved by others may be claimed by any: a job got another
  /// name. Until then nothing is known of other jobs.
  void set_jobs(std::set<std::string> names) { jobs_ = std::move(names); }
  /// Gives out the saved record of this very file (same inode), by preference the one with the same
  /// path and labels, else one whose own path does not lead to the file any more (rotated while we
  /// were down). Its fingerprint is the caller's to check.
  std::optional<PositionRecord> claim(const std::string& job, const std::string& path,
                                      std::uint64_t labels_hash, const FileIdentity& identity);
  /// Whether claim() might give out a record of that file.
  bool knows(const std::string& job, const FileIdentity& identity) const;
  /// Saved records of `job` that nobody claimed and whose path leads to another file, or none, by
  /// now. They stay until take() or some later save() that finds no file either.
  std::vector<std::pair<Id, PositionRecord>> orphans(const std::string& job) const;
  /// Gives out a saved record for good.
  std::optional<PositionRecord> take(Id id);

  /// A file that is read from now on; saved with each save() until erase().
  Id insert(PositionRecord record);
  void update(Id id, PositionRecord record);
  void erase(Id id);
  /// Its reader ends: the record is kept and may be claimed again, in this life or the next.
  void release(Id id);

  /// Cursors of sources that are no files.
  std::optional<std::string> cursor(const std::string& name) const;
  void set_cursor(const std::string& name, std::string value);

  /// `call` runs at the first change after each flush().
  void on_change(std::function<void()> call) { on_change_ = std::move(call); }
  /// Gives what changed to the store, so that it survives the process. What cannot be written waits
  /// for the next save.
  void flush();
  enum class Scope { OurState, BothTexts };
  /// Does what a save needs of this thread. With BothTexts, records whose file is gone are
  /// forgotten. The work has to run, on any thread, and to come back by end_save(); null: nothing
  /// changed. What cannot be written is a warning and tried again by the next save.
  std::shared_ptr<PositionSave> begin_save(Scope scope);
  void end_save(const PositionSave& save);
  /// All of it at once; blocks.
  void save();

 private:
  struct Saved {
    PositionRecord record;
    int missed = 0;  // saves that found no such file
  };
  enum class Change { Moved, Whole };

  void load_yaml(std::array<std::uint64_t, 2> expected_hashes);
  void changed();
  void note(Id id, Change change);
  bool is_of_a_former_job(const PositionRecord& record) const;
  bool was_asked_for(const std::string& path) const;
  void forget_missing();
  PositionsState state_now() const;
  PositionsText yaml_now() const;
  void write_state();
  void choose_yaml(PositionSave& save);

  std::string yaml_path_;
  std::unique_ptr<PositionStore> store_;
  Logger& log_;
  std::function<void()> on_change_;
  std::set<std::string> jobs_;
  std::map<Id, Saved> saved_;  // nobody reads them now
  std::map<Id, PositionRecord> live_;
  std::map<std::string, std::string> cursors_;
  std::vector<TextPosition> text_;                       // only where it counts
  std::set<std::pair<std::string, std::string>> asked_;  // text_offset(), by job and path
  std::map<Id, Change> changes_;                         // since the last flush
  std::set<std::string> changed_cursors_;
  bool change_told_ = false;
  bool unsaved_ = false;      // changes since the last save
  bool begun_ = false;        // a whole state was tried
  bool state_broken_ = true;  // the store takes no changes before a whole state
  std::size_t saves_since_state_ = 0;
  std::string written_yaml_;
  std::array<std::uint64_t, 2> yaml_hashes_{};
  std::shared_ptr<PositionSave::Order> order_ = std::make_shared<PositionSave::Order>();
  std::uint64_t last_save_ = 0;
  Id last_id_ = 0;
};

}  // namespace agent::logs
