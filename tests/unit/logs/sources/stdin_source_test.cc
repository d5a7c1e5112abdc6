#include "agent/logs/sources/stdin_source.h"

#include <array>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "agent/base/unique_fd.h"

#include "tests/support/run_until.h"
#include "tests/support/temp_dir.h"

namespace agent::logs {
namespace {

class NoOutput final : public Logger::Output {
 public:
  void write(LogLevel /*level*/, const std::string& /*line*/) override {}
};

class Gate final : public model::Sink<model::LogBatch> {
 public:
  model::Push push(model::LogBatch&& batch) override {
    if (full) return model::Push::Full;
    const model::LogBatch mine = std::move(batch);
    for (const auto& entry : mine.entries) {
      lines.emplace_back(entry.line);
      labels = entry.labels->set();
    }
    return model::Push::Taken;
  }
  bool full = false;
  std::vector<std::string> lines;
  model::LabelSet labels;
};

class StdinSourceTest : public ::testing::Test {
 protected:
  using Lines = std::vector<std::string>;
  void start(int fd, std::size_t limit = 1 << 20) {
    auto made = make_stdin_maker({{{"job", "in"}}, limit, fd})(
        {"stdin", loop_, nullptr, clock_, log_, scope_, ledger_, table_, receipts_, positions_,
         [this] { ++ends_; }},
        gate_);
    ASSERT_TRUE(made);
    source_ = std::move(*made);
    ASSERT_TRUE(source_->start());
    EXPECT_TRUE(source_->ready());
  }
  bool run_until_end() {
    return agent::testing::run_until(loop_, [this] { return ends_ > 0; });
  }

  loop::EventLoop loop_;
  SystemClock clock_;
  Logger log_{LogLevel::Error, LogFormat::Logfmt, std::make_unique<NoOutput>()};
  selfmon::Scope scope_;
  selfmon::Ledger ledger_{"logs", scope_};
  model::LabelTable table_;
  model::ReceiptBook receipts_;
  Positions positions_{"", make_null_position_store(), log_};
  Gate gate_;
  int ends_ = 0;
  std::unique_ptr<Source> source_;
};

TEST_F(StdinSourceTest, ReadsAFileToItsEnd) {
  const agent::testing::TempDir folder;
  const std::string path = folder.path().string() + "/in";
  std::ofstream(path, std::ios::binary) << "one\r\n\n\r\ntwo\nlong one\nlast";
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  start(fd.get(), 4);
  ASSERT_TRUE(run_until_end());
  EXPECT_EQ(gate_.lines, (Lines{"one", "two", "long", "last"}));
  EXPECT_EQ(gate_.labels, (model::LabelSet{{"job", "in"}}));
  EXPECT_EQ(ledger_.in("stdin").value(), 4U);
  EXPECT_EQ(scope_.counter("lines_cut_total").value(), 1U);
  EXPECT_TRUE(source_->ready());
}

TEST_F(StdinSourceTest, ReadsAPipeAsItIsWritten) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  start(reader.get());
  ASSERT_EQ(::write(writer.get(), "on", 2), 2);
  loop_.run_for(std::chrono::milliseconds(20));
  EXPECT_TRUE(gate_.lines.empty());
  ASSERT_EQ(::write(writer.get(), "e\ntwo", 5), 5);
  ASSERT_TRUE(agent::testing::run_until(loop_, [this] { return !gate_.lines.empty(); }));
  EXPECT_EQ(gate_.lines, Lines{"one"});
  EXPECT_EQ(ends_, 0);
  writer.reset();
  ASSERT_TRUE(run_until_end());
  EXPECT_EQ(gate_.lines, (Lines{"one", "two"}));
  loop_.run_for(std::chrono::milliseconds(20));
  EXPECT_EQ(ends_, 1);
}

TEST_F(StdinSourceTest, EndsOnlyWhenAllIsTaken) {
  const agent::testing::TempDir folder;
  const std::string path = folder.path().string() + "/in";
  std::ofstream(path, std::ios::binary) << "one\ntwo";
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  gate_.full = true;
  start(fd.get());
  loop_.run_for(std::chrono::milliseconds(20));
  EXPECT_TRUE(source_->stalled());
  EXPECT_EQ(ends_, 0);
  gate_.full = false;
  ASSERT_TRUE(run_until_end());
  EXPECT_EQ(gate_.lines, (Lines{"one", "two"}));
}

TEST_F(StdinSourceTest, AnInputThatCannotBeReadEnds) {
  const agent::testing::TempDir folder;
  const UniqueFd fd(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  start(fd.get());
  ASSERT_TRUE(run_until_end());
  EXPECT_TRUE(gate_.lines.empty());
}

}  // namespace
}  // namespace agent::logs
