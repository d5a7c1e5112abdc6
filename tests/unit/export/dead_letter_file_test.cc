#include "agent/export/dead_letter_file.h"

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/run_until.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_http_server.h"

namespace agent::exporter {
namespace {

class DeadLetterFileTest : public ::testing::Test {
 protected:
  void make(DeadLetterFile::Limits limits = {}) {
    file_ = std::make_unique<DeadLetterFile>(path(), loop_, log_, scope_, limits);
  }
  std::string path() const { return (folder_.path() / "letters.jsonl").string(); }
  static std::string content(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  }
  std::uint64_t written() const { return scope_.counter("dead_letters_written_total").value(); }
  std::uint64_t lost() const { return scope_.counter("dead_letters_lost_total").value(); }
  // Adds a letter and waits until it was written or lost.
  void add(const std::string& line, std::uint64_t records = 1) {
    const auto before = written() + lost();
    file_->add(line, records);
    EXPECT_TRUE(testing::run_until(loop_, [&] { return written() + lost() == before + records; }));
  }

  testing::TempDir folder_;
  loop::EventLoop loop_;
  Logger log_{LogLevel::Error, LogFormat::Logfmt, std::make_unique<testing::NullOutput>()};
  selfmon::Scope scope_;
  std::unique_ptr<DeadLetterFile> file_;
};

TEST_F(DeadLetterFileTest, AppendsLinesThatOnlyItsOwnerReads) {
  make();
  EXPECT_FALSE(std::filesystem::exists(path()));
  add("one");
  make();  // after a restart
  add("two", 7);
  EXPECT_EQ(content(path()), "one\ntwo\n");
  EXPECT_EQ(written(), 8U);
  struct stat file {};
  ASSERT_EQ(::stat(path().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
}

TEST_F(DeadLetterFileTest, KeepsOneOlderFile) {
  make({10, 1000});
  add("1234");
  add("5678");  // at the limit
  EXPECT_EQ(content(path()), "1234\n5678\n");
  add("9");
  EXPECT_EQ(content(path()), "9\n");
  EXPECT_EQ(content(path() + ".1"), "1234\n5678\n");
  add("longer than a file may be");
  EXPECT_EQ(content(path() + ".1"), "9\n");
  add("x");
  EXPECT_EQ(content(path()), "x\n");
  EXPECT_EQ(content(path() + ".1"), "longer than a file may be\n");
}

TEST_F(DeadLetterFileTest, WhatIsMovedAwayIsMadeAgain) {
  make();
  add("one");
  std::filesystem::rename(path(), path() + ".mine");
  add("two");
  EXPECT_EQ(content(path()), "two\n");
}

// Keeps all threads of libuv's pool busy, so that nothing is written.
class BusyPool {
 public:
  explicit BusyPool(loop::EventLoop& loop) {
    const std::shared_future<void> released = released_.get_future().share();
    for (int i = 0; i < kThreads; ++i)
      work_.emplace_back(
          loop, [wait = released] { wait.wait(); }, [] {});
  }
  BusyPool(const BusyPool&) = delete;
  BusyPool& operator=(const BusyPool&) = delete;
  ~BusyPool() { released_.set_value(); }

 private:
  static constexpr int kThreads = 4;
  std::promise<void> released_;
  std::vector<loop::Offload> work_;
};

TEST_F(DeadLetterFileTest, WhatIsPendingHasALimit) {
  make({1000, 10});
  {
    const BusyPool busy(loop_);
    file_->add("1234", 1);
    file_->add("5678", 1);  // at the limit
    file_->add("", 5);
    EXPECT_EQ(lost(), 5U);
  }
  EXPECT_TRUE(testing::run_until(loop_, [&] { return written() == 2; }));
  add("larger than the limit");
  EXPECT_EQ(lost(), 6U);
  add("123456789");
  EXPECT_EQ(content(path()), "1234\n5678\n123456789\n");
}

TEST_F(DeadLetterFileTest, WritesWhatIsPendingAtTheEnd) {
  make();
  file_->add("one", 1);
  file_->add("two", 1);
  file_.reset();
  EXPECT_EQ(content(path()), "one\ntwo\n");
}

TEST_F(DeadLetterFileTest, FailuresAreCountedAndItTriesAgain) {
  make();
  std::filesystem::create_symlink("/nowhere/else", path());
  add("one", 3);
  EXPECT_EQ(lost(), 3U) << "a link is not followed";
  std::filesystem::remove(path());
  std::filesystem::create_directory(path());
  add("two");
  EXPECT_EQ(lost(), 4U);
  std::filesystem::remove(path());
  add("three");
  EXPECT_EQ(lost(), 4U);
  EXPECT_EQ(content(path()), "three\n");
}

}  // namespace
}  // namespace agent::exporter
