#include "agent/model/arena.h"

#include <algorithm>

namespace agent::model {

char* Arena::allocate(std::size_t size) {
  while (current_ < chunks_.size() && chunks_[current_].size - chunks_[current_].used < size)
    ++current_;
  if (current_ == chunks_.size()) {
    const std::size_t bytes = std::max(size, chunk_bytes_);
    chunks_.push_back({std::make_unique_for_overwrite<char[]>(bytes), bytes, 0});
  }
  Chunk& chunk = chunks_[current_];
  char* out = chunk.bytes.get() + chunk.used;
  chunk.used += size;
  return out;
}

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) return {};
  char* out = allocate(text.size());
  std::memcpy(out, text.data(), text.size());
  return {out, text.size()};
}

std::string_view Arena::adopt(std::string text) {
  return *adopted_.emplace_back(std::make_unique<const std::string>(std::move(text)));
}

void Arena::clear() {
  adopted_.clear();
  for (auto& chunk : chunks_)
    chunk.used = 0;
  current_ = 0;
}

std::size_t Arena::capacity() const {
  std::size_t total = 0;
  for (const auto& chunk : chunks_)
    total += chunk.size;
  for (const auto& text : adopted_)
    total += text->capacity();
  return total;
}

}  // namespace agent::model
