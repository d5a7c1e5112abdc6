#pragma once
// Where the exact state of positions lies between two lives of the process. Spec: delivery.md 7.
//
// DESIGN. Two files, the slots, each with a whole state at its start and what changed since behind
// it. A new state goes over the older slot and makes that one the newer; changes go behind the
// newer one. Writing goes to the page cache, on the loop thread: a process that is killed loses
// nothing. Syncing is handed out as work for another thread. The slot that was synced last is
// never written over before the other one is synced: whatever a power cut or a bad disk does to
// one slot, the other holds the state as it was when the first was begun.
#include <functional>
#include <memory>
#include <string>

#include "agent/logs/tail/positions_state.h"

namespace agent::logs {

class PositionStore {
 public:
  PositionStore() = default;
  PositionStore(const PositionStore&) = delete;
  PositionStore& operator=(const PositionStore&) = delete;
  virtual ~PositionStore() = default;

  struct Loaded {
    PositionsState state;  ///< empty at the first start
    std::string damage;    ///< what could not be used, in words; "": all of it could
  };
  /// What was kept; called once, first. Errors: Io; Input: nothing of it can be used, it was moved
  /// aside; Rejected: a newer version wrote it, it stays as it is and nothing is kept.
  virtual Result<Loaded> load() = 0;
  /// Keeps `state` instead of what was kept. Errors: Io; what was kept stays.
  virtual Status write(const PositionsState& state) = 0;
  /// Keeps `lines` (of positions_state.h) in addition. Errors: Io; write() has to follow.
  virtual Status append(std::string_view lines) = 0;
  /// Blocking work, for any thread, that makes durable what is written now. It owns what it
  /// touches. Errors: Io.
  virtual std::function<Status()> sync_work() = 0;
  /// The work of the newest sync_work() succeeded, and nothing was written since by write().
  virtual void synced() = 0;
};

/// Two files, `path`.0 and `path`.1.
std::unique_ptr<PositionStore> make_file_position_store(const std::string& path);
/// Keeps nothing (no state folder, dry runs).
std::unique_ptr<PositionStore> make_null_position_store();

}  // namespace agent::logs
