#pragma once
// What of a save of positions blocks, as work for another thread.
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "agent/base/result.h"

namespace agent::logs {

/// Syncs our state, then replaces the YAML. run() on any thread: the saves of one Order exclude
/// each other, and one that comes after a newer one does nothing. The rest belongs to Positions.
class PositionSave {
 public:
  struct Order {
    std::mutex mutex;
    std::uint64_t newest = 0;  // that has begun to run
  };
  PositionSave(std::shared_ptr<Order> order, std::uint64_t number)
      : order_(std::move(order)), number_(number) {}

  void set_sync(std::function<Status()> sync) { sync_ = std::move(sync); }
  void set_yaml(std::string path, std::string text) {
    yaml_path_ = std::move(path);
    yaml_ = std::move(text);
  }
  void run();

  std::uint64_t number() const { return number_; }
  const Status& synced() const { return synced_; }
  /// "": the YAML stays as it is.
  const std::string& yaml() const { return yaml_; }
  const Status& yaml_written() const { return yaml_written_; }

 private:
  std::shared_ptr<Order> order_;
  std::uint64_t number_;
  std::function<Status()> sync_;
  std::string yaml_path_;
  std::string yaml_;
  Status synced_;
  Status yaml_written_;
};

}  // namespace agent::logs
