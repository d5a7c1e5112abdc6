#pragma once
#include "agent/base/clock.h"

namespace agent::testing {

/// Both clocks stand still until they are moved.
class FakeClock final : public Clock {
 public:
  Timestamp wall_now() const override { return wall_; }
  SteadyTime steady_now() const override { return steady_; }
  void advance(Duration by) {
    wall_ += by;
    steady_ += by;
  }

 private:
  Timestamp wall_{std::chrono::seconds(1'700'000'000)};
  SteadyTime steady_{std::chrono::seconds(1000)};
};

}  // namespace agent::testing
