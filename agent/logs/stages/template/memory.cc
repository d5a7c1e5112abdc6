#include "agent/logs/stages/template/memory.h"

#include <algorithm>

namespace agent::logs::templates {
namespace {

constexpr std::size_t kAlignment = alignof(std::max_align_t);
constexpr std::size_t kBlockBytes = 4096;
constexpr std::size_t kKeptBytes = std::size_t{256} * 1024;

}  // namespace

void* Memory::take(std::size_t bytes) {
  bytes = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  if (bytes > limit_bytes_ - taken_) return nullptr;
  taken_ += bytes;
  while (current_ < blocks_.size() && blocks_[current_].size - used_ < bytes) {
    ++current_;
    used_ = 0;
  }
  if (current_ == blocks_.size()) {
    // Each block doubles the last one, so that a large run needs few of them.
    const std::size_t last = blocks_.empty() ? kBlockBytes / 2 : blocks_.back().size;
    const std::size_t size = std::max(bytes, std::min(last * 2, kKeptBytes));
    blocks_.push_back({std::make_unique<std::byte[]>(size), size});
  }
  void* out = blocks_[current_].bytes.get() + used_;
  used_ += bytes;
  return out;
}

void Memory::clear() {
  std::size_t kept = 0;
  std::size_t count = 0;
  while (count < blocks_.size() && kept + blocks_[count].size <= kKeptBytes)
    kept += blocks_[count++].size;
  blocks_.resize(count);
  current_ = 0;
  used_ = 0;
  taken_ = 0;
}

}  // namespace agent::logs::templates
