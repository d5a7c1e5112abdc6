#pragma once
// Where reading goes on after a restart. Spec: logs.md 3.4, delivery.md 1 and 7.
//
// DESIGN. Three layers. A source holds a Position for each file it reads and moves it when what was
// read is delivered. Positions gathers them and, at each save, writes Promtail's YAML (so that
// going back works) and our exact state. PositionStore is where that state lies; the store of today
// replaces one file, another may take its place without the sources knowing.
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/log.h"
#include "agent/logs/tail/positions_format.h"
#include "agent/model/label_set.h"

namespace agent::logs {

/// Keeps the exact state between two lives of the process.
class PositionStore {
 public:
  PositionStore() = default;
  PositionStore(const PositionStore&) = delete;
  PositionStore& operator=(const PositionStore&) = delete;
  virtual ~PositionStore() = default;
  /// What was saved last; empty at the first start. Errors: Io; Input (damaged).
  virtual Result<PositionsState> load() = 0;
  /// Replaces what is kept. Errors: Io.
  virtual Status save(const PositionsState& state) = 0;
};

/// One file, replaced atomically. It is not written again while nothing changed.
std::unique_ptr<PositionStore> make_file_position_store(std::string path);
/// Keeps nothing (no state folder, dry runs).
std::unique_ptr<PositionStore> make_null_position_store();

/// All positions of the process. Loop thread of the logs.
class Positions {
 public:
  using Id = std::uint64_t;

  /// `yaml_path` "": no YAML is read or written. Damaged files are moved aside with a warning;
  /// nothing here keeps the agent from starting. `log` outlives it.
  Positions(std::string yaml_path, std::unique_ptr<PositionStore> store, Logger& log);

  /// What a positions file of the peers says of `path`, where it counts: before our first save, or
  /// when somebody else wrote it since. Each entry is given out once for each pair of job and
  /// path.
  std::optional<std::uint64_t> text_offset(const std::string& job, const std::string& path,
                                           const model::LabelSet& labels);
  /// Gives out the saved record of this very file (same inode), by preference the one with the same
  /// path and labels, else one whose own path does not lead to the file any more (rotated while we
  /// were down). Its fingerprint is the caller's to check.
  std::optional<PositionRecord> claim(const std::string& job, const std::string& path,
                                      std::uint64_t labels_hash, const FileIdentity& identity);
  /// Saved records of `job` that nobody claimed and whose path leads to another file, or none, by
  /// now. They stay until claimed or save() finds neither.
  std::vector<PositionRecord> orphans(const std::string& job) const;

  /// A file that is read from now on; saved with each save() until erase().
  Id insert(PositionRecord record);
  void update(Id id, PositionRecord record) { live_.at(id) = std::move(record); }
  void erase(Id id) { live_.erase(id); }
  /// Its reader ends: the record is kept and may be claimed again, in this life or the next.
  void release(Id id);

  /// Cursors of sources that are no files.
  std::optional<std::string> cursor(const std::string& name) const;
  void set_cursor(const std::string& name, std::string value);

  /// Writes both texts where they changed. Forgets saved records nobody claimed whose path leads
  /// to another file by now.
  /// What cannot be written is a warning and tried again by the next save.
  void save();

 private:
  void load_yaml(std::uint64_t expected_hash);
  PositionsText yaml_now() const;
  void save_yaml();

  std::string yaml_path_;
  std::unique_ptr<PositionStore> store_;
  Logger& log_;
  struct Saved {
    PositionRecord record;
    bool released = false;  // in this life: not to be forgotten by it
  };
  std::vector<Saved> saved_;  // nobody reads them now
  std::map<Id, PositionRecord> live_;
  std::map<std::string, std::string> cursors_;
  std::vector<TextPosition> text_;                                 // only where it counts
  std::map<std::pair<std::string, std::string>, bool> text_used_;  // by job and path
  std::string written_yaml_;
  std::uint64_t yaml_hash_ = 0;
  Id last_id_ = 0;
};

}  // namespace agent::logs
