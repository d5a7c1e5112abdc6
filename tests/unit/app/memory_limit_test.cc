#include "agent/app/memory_limit.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace agent::app {
namespace {

class MemoryLimit : public ::testing::Test {
 protected:
  MemoryLimit() {
    char name[] = "/tmp/dunlin-cgroup-XXXXXX";
    root_ = ::mkdtemp(name);
    write("self", "0::/a/b\n");
  }
  ~MemoryLimit() override { std::filesystem::remove_all(root_); }
  void write(const std::string& path, const std::string& text) {
    const auto file = root_ / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  std::uint64_t limit() const {
    return default_memory_limit_bytes(root_.string(), (root_ / "self").string());
  }

  std::filesystem::path root_;
};

constexpr std::uint64_t kMiB = 1 << 20U;

TEST_F(MemoryLimit, IsHalfAGibibyteWithoutCgroups) { EXPECT_EQ(limit(), 512 * kMiB); }

TEST_F(MemoryLimit, IsFourFifthsOfTheLeastLimitAbove) {
  write("a/b/memory.max", "max\n");
  EXPECT_EQ(limit(), 512 * kMiB);
  write("a/memory.max", "104857600\n");
  EXPECT_EQ(limit(), 80 * kMiB);
  write("a/b/memory.max", "52428800\n");
  EXPECT_EQ(limit(), 40 * kMiB);
}

TEST_F(MemoryLimit, ReadsTheOldHierarchyToo) {
  write("memory/memory.limit_in_bytes", "9223372036854771712\n");  // "none" there
  EXPECT_EQ(limit(), 512 * kMiB);
  write("memory/memory.limit_in_bytes", "104857600\n");
  EXPECT_EQ(limit(), 80 * kMiB);
}

}  // namespace
}  // namespace agent::app
