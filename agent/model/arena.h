#pragma once
// A bump allocator for the text of one batch.
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::model {

/// Hands out memory that lives until clear(). Chunks are kept by clear(), so a reused arena stops
/// allocating. Moving an arena keeps all views valid.
class Arena {
 public:
  explicit Arena(std::size_t chunk_bytes = std::size_t{64} * 1024) : chunk_bytes_(chunk_bytes) {}
  /// What was moved from is empty and may be used again.
  Arena(Arena&& other) noexcept
      : chunk_bytes_(other.chunk_bytes_),
        chunks_(std::exchange(other.chunks_, {})),
        adopted_(std::exchange(other.adopted_, {})),
        current_(std::exchange(other.current_, 0)) {}
  Arena& operator=(Arena&& other) noexcept {
    if (this == &other) return *this;
    chunk_bytes_ = other.chunk_bytes_;
    chunks_ = std::exchange(other.chunks_, {});
    adopted_ = std::exchange(other.adopted_, {});
    current_ = std::exchange(other.current_, 0);
    return *this;
  }

  /// `size` bytes, not initialised, not aligned (text).
  char* allocate(std::size_t size);
  /// A copy of `text` that lives as long as the arena's content.
  std::string_view copy(std::string_view text);
  /// Takes `text` over without copying it: the body of a request that entries are views into.
  std::string_view adopt(std::string text);
  /// Gives back the last `size` bytes of the latest allocation (a buffer that was not filled).
  void give_back(std::size_t size) { chunks_[current_].used -= size; }
  void clear();
  /// Bytes held from the system.
  std::size_t capacity() const;

 private:
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
    std::size_t used = 0;
  };
  std::size_t chunk_bytes_;
  std::vector<Chunk> chunks_;
  std::vector<std::unique_ptr<const std::string>> adopted_;
  std::size_t current_ = 0;
};

}  // namespace agent::model
