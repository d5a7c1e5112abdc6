#include "agent/logs/tail/rotation.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/logs/tail/file_source_fixture.h"

namespace agent::logs {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST(Rotation, KnowsTheNameThatGenerationsShare) {
  const struct {
    const char *path, *family;
  } cases[] = {
      {"/l/a.log", "/l/a.log"},
      {"/l/a.log.1", "/l/a.log"},
      {"/l/a.log.12", "/l/a.log"},
      {"/l/a.log-20240131", "/l/a.log"},
      {"/l/a.log.2024-01-31", "/l/a.log"},
      {"/l/a.log.2024-01-31_12", "/l/a.log"},
      {"/l/a-20240131.log", "/l/a.log"},
      {"/l/0.log.20240131-120000", "/l/0.log"},
      {"/l/0.log", "/l/0.log"},
      {"/l/1", "/l/1"},
      {"/l/app-2.log", "/l/app-2.log"},
      {"/l/app2", "/l/app2"},
      {"/l/a.log.1.gz", "/l/a.log.1.gz"},
      {"/l-1/a.log", "/l-1/a.log"},
      {"/l/a.log.", "/l/a.log."},
      {"a.log.1", "a.log"},
      {"", ""},
  };
  for (const auto& c : cases)
    EXPECT_EQ(rotation_family(c.path), c.family) << c.path;
}

class RotationTest : public FileSourceTest {
 protected:
  void copy(const std::string& from, const std::string& to) const {
    fs::copy_file(root_ + from, root_ + to, fs::copy_options::overwrite_existing);
  }
  void cut(const std::string& name) const { fs::resize_file(root_ + name, 0); }
  // Cut and written again without giving up the inode.
  void rewrite(const std::string& name, const std::string& text) const {
    cut(name);
    append(name, text);
  }
  void stop() {
    settle();
    source_.reset();
    positions_->save();
  }
  void look_twice() {
    look();
    look();
  }
  std::uint64_t lost_bytes() const {
    std::uint64_t sum = 0;
    for (const char* reason : {"truncated", "rotated_away", "deleted", "read_error"})
      for (const char* name : {"/a.log", "/a.log.1"})
        sum += lost(reason, name);
    return sum;
  }
};

// ---- renamed

TEST_F(RotationTest, FiveRotationsInAStallLoseNothing) {
  write("/a.log", "0\n");
  start("/a.log");
  taken();
  sink_.full = true;
  Lines expected;
  for (int i = 0; i < 5; ++i) {
    append("/a.log", "end of " + std::to_string(i) + "\n");
    look();
    for (int old = 5; old > 0; --old)
      if (fs::exists(root_ + "/a.log." + std::to_string(old)))
        rename("/a.log." + std::to_string(old), "/a.log." + std::to_string(old + 1));
    rename("/a.log", "/a.log.1");
    write("/a.log", "start of " + std::to_string(i + 1) + "\n");
    let_time_pass();
    expected.push_back("end of " + std::to_string(i));
    expected.push_back("start of " + std::to_string(i + 1));
  }
  for (int old = 3; old < 6; ++old)
    fs::remove(root_ + "/a.log." + std::to_string(old));  // our handles keep them
  sink_.full = false;
  look();
  EXPECT_EQ(taken(), expected);
  EXPECT_EQ(lost_bytes(), 0U);
}

// Whatever part of the generations the glob matches.
TEST_F(RotationTest, ThreeRotationsWhileStoppedAreReadInOrder) {
  for (const char* glob :
       {"/a.log", "/{a.log,a.log.1}", "/{a.log,a.log.2}", "/{a.log,a.log.3}", "/a.log*"}) {
    SCOPED_TRACE(glob);
    for (const char* name : {"/a.log", "/a.log.1", "/a.log.2", "/a.log.3"})
      fs::remove(root_ + name);
    fs::remove_all(root_ + "/state.0");
    fs::remove_all(root_ + "/state.1");
    fs::remove(root_ + "/positions.yaml");
    positions_ = nullptr;
    write("/a.log", "one\n");
    start(glob);
    EXPECT_EQ(taken(), Lines{"one"});
    append("/a.log", "tw");
    look();
    stop();
    append("/a.log", "o\n");
    rename("/a.log", "/a.log.1");
    next_tick();
    write("/a.log", "three\n");
    rename("/a.log.1", "/a.log.2");
    rename("/a.log", "/a.log.1");
    next_tick();
    write("/a.log", "four\n");
    rename("/a.log.2", "/a.log.3");
    rename("/a.log.1", "/a.log.2");
    rename("/a.log", "/a.log.1");
    next_tick();
    write("/a.log", "five\n");
    start(glob);
    EXPECT_EQ(taken(), (Lines{"two", "three", "four", "five"}));
    settle();
    let_time_pass();
    start(glob);
    EXPECT_EQ(taken(), Lines{});
    source_.reset();
  }
}

TEST_F(RotationTest, GenerationsThatCameAndWentBetweenTwoLooksAreRead) {
  write("/a.log", "one\n");
  start("/a.log");
  for (const char* text : {"two\n", "three\n", "four\n"}) {
    if (fs::exists(root_ + "/a.log.2")) rename("/a.log.2", "/a.log.3");
    if (fs::exists(root_ + "/a.log.1")) rename("/a.log.1", "/a.log.2");
    rename("/a.log", "/a.log.1");
    next_tick();
    write("/a.log", text);
  }
  look();
  EXPECT_EQ(taken(), (Lines{"one", "two", "three", "four"}));
}

TEST_F(RotationTest, OlderNeighboursAreNotTakenForMissedGenerations) {
  write("/a.log.2", "was there before\n");
  write("/a.log", "one\n");
  start("/a.log");
  rename("/a.log", "/a.log.1");
  write("/a.log", "two\n");
  look();
  EXPECT_EQ(taken(), (Lines{"one", "two"}));
}

TEST_F(RotationTest, ALinkThatIsReplacedAtOnceIsARotation) {
  write("/1", "one\n");
  write("/2", "two\n");
  fs::create_symlink(root_ + "/1", root_ + "/a.log");
  start("/a.log");
  append("/1", "more\n");
  fs::create_symlink(root_ + "/2", root_ + "/next");
  rename("/next", "/a.log");
  look();
  EXPECT_EQ(taken(), (Lines{"one", "more", "two"}));
}

TEST_F(RotationTest, LabelsThatChangeReadNothingAgain) {
  write("/a.log", "one\n");
  start("/a.log");
  append("/a.log", "two\n");
  source_->set_groups(
      {model::TargetGroup{"s", {{{"__path__", root_ + "/a.log"}, {"job", "new"}}}, {}}});
  look();
  EXPECT_EQ(taken(), (Lines{"one", "two"}));
  EXPECT_EQ(sink_.labels.back().get("job"), "new");
  stop();
  start("/a.log", {{"job", "new"}});
  EXPECT_EQ(taken(), Lines{});
}

// ---- cut

TEST_F(RotationTest, CopytruncateReadsTheRestFromTheCopy) {
  for (const char* glob : {"/a.log", "/a.log*"}) {
    SCOPED_TRACE(glob);
    fs::remove(root_ + "/a.log.1");
    write("/a.log", "one of " + std::string(glob) + "\n");
    start(glob);
    taken();
    append("/a.log", "nobody saw it\n");
    copy("/a.log", "/a.log.1");
    next_tick();
    rewrite("/a.log", "new\n");
    look_twice();
    EXPECT_EQ(taken(), (Lines{"nobody saw it", "new"}));
    EXPECT_EQ(lost_bytes(), 0U);
    settle();
    let_time_pass();
    append("/a.log", "newer\n");
    look();
    EXPECT_EQ(taken(), Lines{"newer"});
    stop();
    start(glob);
    EXPECT_EQ(taken(), Lines{});
    stop();
    fs::remove(root_ + "/a.log");
  }
}

TEST_F(RotationTest, ACopyIsNotReadWhileTheOriginalHasItAll) {
  write("/a.log", "one\n");
  start("/a.log*");
  copy("/a.log", "/a.log.1");
  look_twice();
  append("/a.log", "two\n");
  look_twice();
  EXPECT_EQ(taken(), (Lines{"one", "two"}));
  cut("/a.log");
  look_twice();
  append("/a.log", "three\n");
  look_twice();
  EXPECT_EQ(taken(), Lines{"three"});
}

TEST_F(RotationTest, CopytruncateWhileStoppedReadsNothingTwice) {
  for (const char* glob : {"/a.log", "/a.log*"}) {
    SCOPED_TRACE(glob);
    fs::remove(root_ + "/a.log.1");
    write("/a.log", "one of " + std::string(glob) + "\n");
    start(glob);
    taken();
    stop();
    append("/a.log", "nobody saw it\n");
    copy("/a.log", "/a.log.1");
    next_tick();
    rewrite("/a.log", "new, and longer than what was there before it\n");
    start(glob);
    EXPECT_EQ(taken(), (Lines{"nobody saw it", "new, and longer than what was there before it"}));
    EXPECT_EQ(lost_bytes(), 0U);
    stop();
    fs::remove(root_ + "/a.log");
  }
}

TEST_F(RotationTest, WhatIsCutWithoutACopyIsCounted) {
  write("/a.log", "one\n");
  start("/a.log", {{"job", "t"}, {"namespace", "n"}, {"pod", "p"}});
  sink_.full = true;
  append("/a.log", "two\n");
  look();
  append("/a.log", "three\n");
  look();
  cut("/a.log");
  look();
  sink_.full = false;
  look_twice();
  const auto& lost =
      scope_.counter("lost_bytes_total",
                     {{"job", "job"}, {"namespace", "n"}, {"pod", "p"}, {"reason", "truncated"}});
  EXPECT_EQ(taken(), (Lines{"one", "two"}));
  EXPECT_EQ(lost.value(), 6U);
}

TEST_F(RotationTest, ARefillBehindTheSameStartIsTold) {
  const std::string banner = std::string(2000, '=') + "\n";
  write("/a.log", banner + "one\n");
  start("/a.log");
  taken();
  rewrite("/a.log", banner + "two\nthree\n");
  look_twice();
  EXPECT_EQ(taken().size(), 3U);
  stop();
  rewrite("/a.log", banner + "four\nfive\nsix\n");
  start("/a.log");
  EXPECT_EQ(taken().size(), 4U);
}

TEST_F(RotationTest, ARefillOfTheSameSizeIsTold) {
  write("/a.log", "one\n");
  start("/a.log");
  taken();
  rewrite("/a.log", "two\n");
  fs::last_write_time(root_ + "/a.log", fs::file_time_type::clock::now() + 1s);
  look_twice();
  EXPECT_EQ(taken(), Lines{"two"});
}

// ---- gone

TEST_F(RotationTest, WhatWentAwayWhileStoppedIsCounted) {
  write("/a.log", "one\n");
  start("/a.log");
  append("/a.log", "never");
  look();
  stop();
  fs::remove(root_ + "/a.log");
  write("/a.log", "two\n");
  start("/a.log");
  EXPECT_EQ(taken(), (Lines{"one", "two"}));
  EXPECT_EQ(lost("rotated_away", "/a.log"), 5U);
  settle();
  positions_->save();
  start("/a.log");
  EXPECT_EQ(lost("rotated_away", "/a.log"), 5U) << "once";
}

// The file system gives the inode out again; what it gives to whom differs, so try a few times.
TEST_F(RotationTest, AnInodeThatIsUsedAgainIsAnotherFile) {
  for (const char* place : {"/dev/shm", "/tmp"}) {
    SCOPED_TRACE(place);
    if (!fs::exists(place)) continue;
    const fs::path folder = fs::path(place) / ("dunlin-inode-" + std::to_string(::getpid()));
    fs::create_directory(folder);
    root_ = folder.string();
    positions_ = nullptr;
    write("/a.log", "one\n");
    start("/a.log");
    EXPECT_EQ(taken(), Lines{"one"});
    stop();
    const auto before = facts_of((root_ + "/a.log").c_str());
    FileFacts after;
    for (int i = 0; i < 100; ++i) {
      fs::remove(root_ + "/a.log");
      write("/a.log", "two and more of it\n");
      after = *facts_of((root_ + "/a.log").c_str());
      if (after.identity.inode == before->identity.inode) break;
      fs::remove(root_ + "/b.log");
    }
    start("/a.log");
    EXPECT_EQ(taken(), Lines{"two and more of it"})
        << before->identity.inode << " " << after.identity.inode;
    source_.reset();
    positions_ = nullptr;
    fs::remove_all(folder);
  }
  root_ = folder_.path().string();
}

}  // namespace
}  // namespace agent::logs
