#pragma once
#include <utility>
#include <vector>

#include "agent/model/sink.h"

namespace agent::testing {

/// Keeps what it is given, or is full.
template <typename Batch>
class RecordingSink final : public model::Sink<Batch> {
 public:
  model::Push push(Batch&& batch) override {
    ++pushes;
    if (full) return model::Push::Full;
    batches.push_back(std::move(batch));
    return model::Push::Taken;
  }

  bool full = false;
  int pushes = 0;
  std::vector<Batch> batches;
};

}  // namespace agent::testing
