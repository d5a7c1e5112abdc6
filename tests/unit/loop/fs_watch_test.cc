#include "agent/loop/fs_watch.h"

#include <filesystem>
#include <fstream>
#include <set>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/support/run_until.h"
#include "tests/support/temp_dir.h"

namespace agent::loop {
namespace {

using agent::testing::run_until;
namespace fs = std::filesystem;

class FsWatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = FsWatch::open(loop_);
    ASSERT_TRUE(opened) << opened.error().message;
    watcher_ = std::move(*opened);
  }
  FsWatch::OnChange record() {
    return [this](std::string_view name) { seen_.insert(std::string(name)); };
  }
  bool sees(const std::string& name) {
    return run_until(loop_, [&] { return seen_.contains(name); });
  }
  void write(const std::string& name) const {
    std::ofstream(dir_.path() / name, std::ios::app) << "line\n";
  }

  EventLoop loop_;
  agent::testing::TempDir dir_;
  std::unique_ptr<FsWatch> watcher_;
  std::set<std::string> seen_;
};

TEST_F(FsWatchTest, TellsOfEveryKindOfChange) {
  const auto watch = watcher_->watch_directory(dir_.path(), record());
  EXPECT_TRUE(watch.active());
  write("new");
  EXPECT_TRUE(sees("new"));
  seen_.clear();
  write("new");
  EXPECT_TRUE(sees("new"));
  fs::rename(dir_.path() / "new", dir_.path() / "old");
  EXPECT_TRUE(sees("old"));
  seen_.clear();
  fs::remove(dir_.path() / "old");
  EXPECT_TRUE(sees("old"));
}

TEST_F(FsWatchTest, ManyChangesAreToldTogether) {
  int told = 0;
  const auto watch = watcher_->watch_directory(dir_.path(), [&](auto) { ++told; });
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 40; ++i) {
    write("busy");
    loop_.run_for(std::chrono::milliseconds(1));
  }
  EXPECT_GE(told, 1) << "the first at once";
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_LE(told, 2 + took / std::chrono::milliseconds(100));
  const int before = told;
  write("busy");
  EXPECT_TRUE(run_until(loop_, [&] { return told > before; })) << "and what came meanwhile";
}

TEST_F(FsWatchTest, EndsWithItsHandleAndLeavesTheOthers) {
  auto first = watcher_->watch_directory(dir_.path(), [](auto) { FAIL() << "ended"; });
  const auto second = watcher_->watch_directory(dir_.path(), record());
  auto moved = std::move(first);
  moved.stop();
  EXPECT_FALSE(moved.active());
  write("x");
  EXPECT_TRUE(sees("x"));
}

TEST_F(FsWatchTest, ADirectoryThatGoesEndsItsWatch) {
  for (const bool removed : {true, false}) {
    SCOPED_TRACE(removed ? "removed" : "renamed");
    seen_.clear();
    const auto path = dir_.path() / "sub";
    fs::create_directory(path);
    const auto watch = watcher_->watch_directory(path, record());
    EXPECT_TRUE(watch.active());
    removed ? static_cast<void>(fs::remove(path)) : fs::rename(path, dir_.path() / "elsewhere");
    EXPECT_TRUE(sees(""));
    EXPECT_TRUE(run_until(loop_, [&] { return !watch.active(); }));
  }
}

TEST_F(FsWatchTest, WhatCannotBeWatchedIsNotActive) {
  write("file");
  for (const char* name : {"missing", "file"})
    EXPECT_FALSE(watcher_->watch_directory(dir_.path() / name, record()).active()) << name;
}

TEST_F(FsWatchTest, AnOverflowOfTheKernelsQueueSaysLookEverywhere) {
  const auto watch = watcher_->watch_directory(dir_.path(), record());
  fs::create_directory(dir_.path() / "other");
  const auto other = watcher_->watch_directory(dir_.path() / "other", record());
  int most = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
  ASSERT_GT(most, 0);
  if (most > 100'000) GTEST_SKIP() << "a queue of " << most << " events";
  // One after the other, else the kernel makes one of two.
  std::ofstream a(dir_.path() / "a", std::ios::app);
  std::ofstream b(dir_.path() / "b", std::ios::app);
  for (int i = 0; i < most; ++i)
    (i % 2 == 0 ? a : b) << "x" << std::flush;
  std::size_t everywhere = 0;
  const auto counting = watcher_->watch_directory(
      dir_.path() / "other", [&](std::string_view name) { everywhere += name.empty() ? 1 : 0; });
  EXPECT_TRUE(sees(""));
  EXPECT_EQ(everywhere, 1U) << "folders in which nothing happened too";
  EXPECT_TRUE(watch.active());
  seen_.clear();
  write("later");
  EXPECT_TRUE(sees("later"));
}

TEST_F(FsWatchTest, WithoutAnInstanceThereIsAnError) {
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const struct rlimit none { 0, before.rlim_max };
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto opened = FsWatch::open(loop_);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::Io);
}

TEST_F(FsWatchTest, CallbacksMayDestroyWatchesAndWatcher) {
  FsWatch::Watch watch, other;
  const auto end_all = [&](std::string_view name) {
    seen_.insert(std::string(name));
    watch.stop();
    other.stop();
    watcher_.reset();
  };
  watch = watcher_->watch_directory(dir_.path(), end_all);
  other = watcher_->watch_directory(dir_.path(), end_all);
  write("x");
  EXPECT_TRUE(sees("x"));
  EXPECT_EQ(watcher_, nullptr);
  EXPECT_FALSE(watch.active());
}

}  // namespace
}  // namespace agent::loop
