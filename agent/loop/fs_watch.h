#pragma once
// Directories that say when something in them changed. One inotify instance for a loop.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/loop/event_loop.h"

namespace agent::loop {

/// Makes and serves watches. What it says is a hint to look, never the truth about a file: events
/// are merged and, while many come, told every 100 ms; network file systems send none, and the
/// kernel's limits may leave a directory without a watch. Who watches polls slowly as well.
class FsWatch {
 public:
  struct State;
  /// Gets the name of what was made, written, renamed or removed in the directory; "" when anything
  /// may have changed: events were lost, or the directory itself went away (the watch is then
  /// over: active() is false). The view is good until the callback returns. May destroy its Watch
  /// and the FsWatch.
  using OnChange = std::function<void(std::string_view name)>;

  /// One watched directory; destroying it ends the watch. May outlive the FsWatch.
  class Watch {
   public:
    Watch() = default;
    Watch(std::weak_ptr<State> state, std::uint64_t id) : state_(std::move(state)), id_(id) {}
    Watch(Watch&& other) noexcept : state_(std::move(other.state_)), id_(other.id_) {
      other.state_.reset();
    }
    Watch& operator=(Watch&& other) noexcept;
    ~Watch() { stop(); }
    void stop();
    /// False where nothing will be reported: the directory could not be watched or is gone.
    bool active() const;

   private:
    std::weak_ptr<State> state_;
    std::uint64_t id_ = 0;
  };

  /// Errors: Io (the user's limit of inotify instances).
  static Result<std::unique_ptr<FsWatch>> open(EventLoop& loop);
  FsWatch(const FsWatch&) = delete;
  FsWatch& operator=(const FsWatch&) = delete;
  ~FsWatch();

  /// Watches one directory, not what lies below it. Many watches of one directory share one of the
  /// kernel's. A directory that cannot be watched gives a Watch that is not active().
  [[nodiscard]] Watch watch_directory(const std::string& path, OnChange on_change);

 private:
  explicit FsWatch(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace agent::loop
