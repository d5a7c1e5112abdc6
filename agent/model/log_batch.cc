#include "agent/model/log_batch.h"

#include <memory>

namespace agent::model {

std::span<LabelView> make_label_views(std::size_t count, Arena& arena) {
  std::size_t room = count * sizeof(LabelView) + alignof(LabelView);
  void* at = arena.allocate(room);
  at = std::align(alignof(LabelView), count * sizeof(LabelView), at, room);
  auto* first = static_cast<LabelView*>(at);
  std::uninitialized_default_construct_n(first, count);
  return {first, count};
}

}  // namespace agent::model
