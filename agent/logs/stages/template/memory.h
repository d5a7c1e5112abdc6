#pragma once
#include <cstddef>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

namespace agent::logs::templates {

/// Memory for what one run of a template makes. Has a limit, so that no line and no template can
/// take the agent's memory. Blocks are used again by the next run.
class Memory {
 public:
  explicit Memory(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}

  /// Null where the limit would be passed.
  void* take(std::size_t bytes);
  /// Room for `count` objects, not initialised; null where the limit would be passed.
  template <typename T>
  T* array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    return count > limit_bytes_ / sizeof(T) ? nullptr : static_cast<T*>(take(count * sizeof(T)));
  }
  /// Everything is free again. What an unusual run took goes back to the system.
  void clear();

 private:
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
  };
  std::size_t limit_bytes_;
  std::vector<Block> blocks_;
  std::size_t current_ = 0;
  std::size_t used_ = 0;  // of the current block
  std::size_t taken_ = 0;
};

}  // namespace agent::logs::templates
