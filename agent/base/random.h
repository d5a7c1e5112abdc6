#pragma once
// Randomness comes through a constructor, so that tests choose the seed.
#include <cstdint>
#include <random>

namespace agent {

/// A fast generator that is good enough for jitter and placement, not for secrets. One thread.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  /// Seeded by the operating system.
  static Random from_system() {
    std::random_device device;
    return Random((static_cast<std::uint64_t>(device()) << 32U) | device());
  }
  /// Uniform in [0, 1).
  double fraction() { return std::generate_canonical<double, 53>(engine_); }
  std::uint64_t next() { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace agent
