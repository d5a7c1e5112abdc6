#include "agent/logs/tail/position_saver.h"

#include <filesystem>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "agent/base/files.h"

#include "tests/support/run_until.h"
#include "tests/support/temp_dir.h"

namespace agent::logs {
namespace {

using namespace std::chrono_literals;
using agent::testing::run_until;

class NoOutput final : public Logger::Output {
 public:
  void write(LogLevel /*level*/, const std::string& /*line*/) override {}
};

// Counts, and tells on which thread it syncs.
class CountingStore final : public PositionStore {
 public:
  struct Seen {
    int states = 0;
    int changes = 0;
    int syncs = 0;
    std::thread::id sync_thread;
    bool fails = false;
  };
  explicit CountingStore(Seen& seen) : seen_(seen) {}
  Result<Loaded> load() override { return Loaded{}; }
  Status write(const PositionsState& /*state*/) override {
    ++seen_.states;
    return {};
  }
  Status append(std::string_view /*lines*/) override {
    ++seen_.changes;
    return {};
  }
  std::function<Status()> sync_work() override {
    return [this]() -> Status {
      seen_.sync_thread = std::this_thread::get_id();
      if (seen_.fails) return Error{ErrorKind::Io, "no"};
      return {};
    };
  }
  void synced() override { ++seen_.syncs; }

 private:
  Seen& seen_;
};

class PositionSaverTest : public ::testing::Test {
 protected:
  loop::EventLoop loop_;
  agent::testing::TempDir folder_;
  std::string yaml_ = (folder_.path() / "positions.yaml").string();
  Logger log_{LogLevel::Error, LogFormat::Logfmt, std::make_unique<NoOutput>()};
  CountingStore::Seen seen_;
  Positions positions_{yaml_, std::make_unique<CountingStore>(seen_), log_};
};

TEST_F(PositionSaverTest, SyncsOnAnotherThread) {
  const PositionSaver saver(positions_, loop_, 100ms);
  positions_.set_cursor("cursor-a", "1");
  EXPECT_TRUE(run_until(loop_, [&] { return seen_.syncs > 0 && std::filesystem::exists(yaml_); }));
  EXPECT_NE(seen_.sync_thread, std::this_thread::get_id());
  EXPECT_EQ(*read_file(yaml_), "positions:\n  cursor-a: \"1\"\n");
}

TEST_F(PositionSaverTest, KeepsAllChangesOfATurnWithOneWrite) {
  const PositionSaver saver(positions_, loop_, 1h);
  positions_.save();
  for (int i = 0; i < 10; ++i)
    positions_.set_cursor("cursor-a", std::to_string(i));
  EXPECT_EQ(seen_.changes, 0);
  EXPECT_TRUE(run_until(loop_, [&] { return seen_.changes > 0; }));
  EXPECT_EQ(seen_.changes, 1);
}

TEST_F(PositionSaverTest, ASyncThatFailedIsTriedAgain) {
  const PositionSaver saver(positions_, loop_, 100ms);
  seen_.fails = true;
  positions_.set_cursor("cursor-a", "1");
  EXPECT_TRUE(run_until(loop_, [&] { return seen_.states > 2; }));
  EXPECT_EQ(seen_.syncs, 0);
  seen_.fails = false;
  EXPECT_TRUE(run_until(loop_, [&] { return seen_.syncs > 0; }));
}

TEST_F(PositionSaverTest, TheLastSaveOvertakesOneThatWaits) {
  const auto waiting = [&] {
    positions_.set_cursor("cursor-a", "old");
    return positions_.begin_save(Positions::Scope::BothTexts);
  }();
  positions_.set_cursor("cursor-a", "new");
  positions_.save();
  waiting->run();
  positions_.end_save(*waiting);
  EXPECT_EQ(*read_file(yaml_), "positions:\n  cursor-a: \"new\"\n");
}

}  // namespace
}  // namespace agent::logs
