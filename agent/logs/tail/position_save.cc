#include "agent/logs/tail/position_save.h"

#include "agent/base/files.h"

namespace agent::logs {

void PositionSave::run() {
  const std::lock_guard lock(order_->mutex);
  if (order_->newest >= number_) return;
  order_->newest = number_;
  synced_ = sync_();
  if (!yaml_.empty()) yaml_written_ = write_file_atomically(yaml_path_, yaml_);
}

}  // namespace agent::logs
