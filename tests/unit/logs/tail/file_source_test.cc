#include "agent/logs/tail/file_source.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/run_until.h"
#include "tests/unit/logs/tail/file_source_fixture.h"

namespace agent::logs {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST_F(FileSourceTest, SplitsLinesAndKeepsBytes) {
  const struct {
    const char* name;
    std::string text;
    Lines lines;
  } cases[] = {
      {"lines", "a\nb\n", {"a", "b"}},
      {"empty lines are entries", "\n\na\n", {"", "", "a"}},
      {"carriage returns stay", "a\r\nb\r\n", {"a\r", "b\r"}},
      {"the unterminated end waits", "a\nb", {"a"}},
      {"nothing but an unterminated end", "b", {}},
      {"empty file", "", {}},
      {"NUL bytes", std::string("a\0b\n\0\n", 6), {std::string("a\0b", 3), std::string("\0", 1)}},
      {"bytes that are no UTF-8", "\xff\xfe\n", {"\xff\xfe"}},
      {"larger than a slice",
       std::string(300'000, 'x') + "\ny\n",
       {std::string(300'000, 'x'), "y"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    fs::remove_all(root_ + "/d");
    fs::create_directory(root_ + "/d");
    write("/d/a.log", c.text);
    start("/d/*.log");
    EXPECT_EQ(taken(), c.lines);
  }
}

TEST_F(FileSourceTest, GivesEntriesTheirLabelsAndTime) {
  write("/a.log", "x\n");
  start("/*.log", {{"job", "t"}, {"__meta", "gone"}});
  ASSERT_EQ(sink_.labels.size(), 1U);
  EXPECT_EQ(sink_.labels[0], (model::LabelSet{{"job", "t"}, {"filename", root_ + "/a.log"}}));
  EXPECT_EQ(ledger_.in("file").value(), 1U);
  EXPECT_NE(
      scope_.exposition().find("read_lines_total{job=\"job\",path=\"" + root_ + "/a.log\"} 1"),
      std::string::npos)
      << scope_.exposition();
}

TEST_F(FileSourceTest, LinesReadAtOnceHaveTimesOfTheirOwn) {
  write("/a.log", "the same\nthe same\nthe same\n");
  start("/*.log");
  const Timestamp now = clock_.wall_now();
  EXPECT_EQ(sink_.times, (std::vector<Timestamp>{now, now + 1ns, now + 2ns}));
}

TEST_F(FileSourceTest, FollowsGrowth) {
  write("/a.log", "one\ntw");
  start("/a.log");
  EXPECT_EQ(taken(), Lines{"one"});
  append("/a.log", "o\nthree\n");
  look();
  EXPECT_EQ(taken(), (Lines{"two", "three"}));
  look();
  EXPECT_EQ(taken(), Lines{});
}

TEST_F(FileSourceTest, TakesOneSliceOfEachFileATurn) {
  const std::string line(99, 'x');
  std::string big;
  for (int i = 0; i < 6000; ++i)
    big += line + "\n";
  write("/a.log", big);
  write("/b.log", "b\n");
  start("/none");
  source_->set_groups({model::TargetGroup{"s", {{{"__path__", root_ + "/*.log"}}}, {}}});
  source_->sync();
  EXPECT_TRUE(source_->turn());
  EXPECT_EQ(sink_.lines.size(), Tailer::kSliceBytes / 100 + 1);
  EXPECT_EQ(sink_.lines.back(), "b");
  while (source_->turn()) {
  }
  EXPECT_EQ(sink_.lines.size(), 6001U);
}

TEST_F(FileSourceTest, CutsLongLinesAndSkipsTheirRest) {
  config_.line_limit_bytes = 10;
  write("/a.log", "0123456789\n0123456789A\nb\n");
  start("/a.log");
  EXPECT_EQ(taken(), (Lines{"0123456789", "0123456789", "b"}));
  EXPECT_EQ(counter("lines_cut_total"), 1U);
  EXPECT_EQ(counter("cut_bytes_total"), 1U);
  append("/a.log", "0123456789ABC");  // over the limit, and not at its end
  look();
  EXPECT_EQ(taken(), Lines{"0123456789"});
  append("/a.log", "DEF");
  look();
  append("/a.log", "G\nnext\n");
  look();
  EXPECT_EQ(taken(), Lines{"next"});
  EXPECT_EQ(counter("lines_cut_total"), 2U);
  EXPECT_EQ(counter("cut_bytes_total"), 1U + 7U);
}

TEST_F(FileSourceTest, ARestartInTheRestOfACutLineGoesOnSkipping) {
  config_.line_limit_bytes = 10;
  write("/a.log", "0123456789ABC");
  start("/a.log");
  EXPECT_EQ(taken(), Lines{"0123456789"});
  settle();
  start("/a.log");
  append("/a.log", "rest\nnext\n");
  look();
  EXPECT_EQ(taken(), Lines{"next"});
}

TEST_F(FileSourceTest, HolesCostNothing) {
  constexpr std::uint64_t kHole = 500'000'000'000;
  write("/a.log", "a\n");
  ASSERT_EQ(::truncate((root_ + "/a.log").c_str(), static_cast<off_t>(kHole)), 0);
  append("/a.log", "b\n");
  // One that ends with a hole, as /var/log/lastlog does.
  write("/lastlog", "c\n");
  ASSERT_EQ(::truncate((root_ + "/lastlog").c_str(), static_cast<off_t>(kHole)), 0);
  const auto bytes_read = [] {
    std::ifstream io("/proc/self/io");
    std::string name;
    std::uint64_t bytes = 0;
    io >> name >> bytes;  // rchar comes first
    return bytes;
  };
  const std::uint64_t before = bytes_read();
  start("/*log");
  EXPECT_EQ(taken(), (Lines{"a", "c", "b"}));
  EXPECT_LT(bytes_read() - before, 4U << 20U);
  EXPECT_GT(counter("hole_bytes_total"), kHole * 2 - (1U << 20U));
  append("/lastlog", "d\n");
  look();
  EXPECT_EQ(taken(), Lines{"d"});
}

// ---- positions

TEST_F(FileSourceTest, PositionsMoveOnlyAfterDelivery) {
  write("/a.log", "one\ntwo\n");
  start("/a.log");
  append("/a.log", "three\n");
  look();
  EXPECT_EQ(taken().size(), 3U);
  EXPECT_EQ(committed("/a.log"), 0U);
  std::swap(sink_.receipts[0], sink_.receipts[2]);  // the newer slice is delivered first
  settle(1);
  EXPECT_EQ(committed("/a.log"), 0U);
  settle(1);
  EXPECT_EQ(committed("/a.log"), 0U);
  settle(1);
  EXPECT_EQ(committed("/a.log"), 14U);
}

TEST_F(FileSourceTest, ARestartGoesOnWhereDeliveryEnded) {
  write("/a.log", "one\n");
  start("/a.log");
  append("/a.log", "two\nth");
  look();
  EXPECT_EQ(taken(), (Lines{"one", "two"}));
  settle(1);
  sink_.receipts.clear();  // the second was never delivered
  start("/a.log");
  EXPECT_EQ(taken(), Lines{"two"});
  settle();
  append("/a.log", "ree\n");
  start("/a.log");
  EXPECT_EQ(taken(), Lines{"three"});
}

TEST_F(FileSourceTest, ANewSourceOfTheSameLifeGoesOnToo) {
  write("/a.log", "one\n");
  start("/a.log");
  settle();
  append("/a.log", "two\n");
  source_.reset();
  positions_->save();
  source_ =
      std::make_unique<FileSource>(config_,
                                   SourceEnvironment{"job", loop_, nullptr, clock_, log_, scope_,
                                                     ledger_, table_, *receipts_, *positions_},
                                   sink_);
  source_->set_groups(
      {model::TargetGroup{"s", {{{"__path__", root_ + "/a.log"}, {"job", "t"}}}, {}}});
  look();
  EXPECT_EQ(taken(), (Lines{"one", "two"}));
}

TEST_F(FileSourceTest, PromtailsPositionsAreTakenOver) {
  write("/a.log", "one\ntwo\n");
  write("/b.log", "one\n");
  write("/positions.yaml",
        "positions:\n  " + root_ + "/a.log: \"4\"\n  " + root_ + "/b.log: \"5\"\n");
  start("/*.log");
  EXPECT_EQ(taken(), (Lines{"two", "one"}));  // a position past the end: from the start
}

TEST_F(FileSourceTest, AFullSinkStopsReadingAndLosesNothing) {
  write("/a.log", "one\n");
  write("/b.log", "two\n");
  sink_.full = true;
  start("/*.log");
  EXPECT_TRUE(source_->stalled());
  EXPECT_FALSE(source_->turn());
  append("/a.log", "three\n");
  look();
  EXPECT_EQ(ledger_.in("file").value(), 0U);
  sink_.full = false;
  look();
  EXPECT_EQ(taken(), (Lines{"one", "two", "three"}));
  EXPECT_EQ(ledger_.in("file").value(), 3U);
  settle();
  EXPECT_EQ(committed("/a.log"), 10U);
}

// ---- rotation

TEST_F(FileSourceTest, RenameRotationReadsBothGenerationsInOrder) {
  write("/a.log", "one\n");
  start("/a.log");
  append("/a.log", "two\n");
  rename("/a.log", "/a.log.1");
  write("/a.log", "three\n");
  look();
  append("/a.log.1", "late\n");  // the writer still has the old handle
  let_time_pass();
  EXPECT_EQ(taken(), (Lines{"one", "two", "three", "late"}));
  settle();
  let_time_pass();
  EXPECT_EQ(statuses().size(), 1U);
}

TEST_F(FileSourceTest, TwoRotationsWhileTheSinkIsFullLoseNothing) {
  write("/a.log", "one\n");
  start("/a.log");
  sink_.full = true;
  append("/a.log", "two\n");
  look();
  rename("/a.log", "/a.log.1");
  write("/a.log", "three\n");
  look();
  rename("/a.log.1", "/a.log.2");
  rename("/a.log", "/a.log.1");
  write("/a.log", "four\n");
  let_time_pass();
  fs::remove(root_ + "/a.log.2");
  let_time_pass();
  sink_.full = false;
  look();
  EXPECT_EQ(taken(), (Lines{"one", "two", "three", "four"}));
}

TEST_F(FileSourceTest, TheUnterminatedEndOfARotatedFileBecomesALine) {
  write("/a.log", "one\ntw");
  start("/a.log");
  rename("/a.log", "/old");
  look();
  EXPECT_EQ(taken(), Lines{"one"});
  append("/old", "o");
  look();
  EXPECT_EQ(taken(), Lines{});
  let_time_pass();
  EXPECT_EQ(taken(), Lines{"two"});
}

TEST_F(FileSourceTest, ARotatedFileThatStillMatchesIsNotReadAgain) {
  write("/a.log", "one\n");
  start("/a.log*");
  rename("/a.log", "/a.log.1");
  write("/a.log", "two\n");
  look();
  append("/a.log.1", "late\n");
  look();
  let_time_pass();
  EXPECT_EQ(taken(), (Lines{"one", "two", "late"}));
  settle();
  start("/a.log*");  // and not after a restart either
  EXPECT_EQ(taken(), Lines{});
}

TEST_F(FileSourceTest, RotationsWhileNoAgentRanAreRecognised) {
  write("/a.log", "one\ntwo\n");
  start("/{a.log,a.log.1}");
  EXPECT_EQ(taken(), (Lines{"one", "two"}));
  settle();
  positions_->save();
  source_.reset();
  append("/a.log", "three\n");
  rename("/a.log", "/a.log.3");  // out of the glob, in the same directory
  write("/a.log.1", "four\n");
  write("/a.log", "five\n");
  start("/{a.log,a.log.1}");
  const Lines lines = taken();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "three"), 1);
  EXPECT_EQ(lines.size(), 3U) << "each line once";
}

TEST_F(FileSourceTest, TruncationStartsAgain) {
  write("/a.log", "one\ntwo\n");
  start("/a.log");
  EXPECT_EQ(taken(), (Lines{"one", "two"}));
  append("/a.log", "unread");
  look();
  write("/a.log", "new\n");  // the same inode, cut and written
  look();
  look();  // no copy is there
  EXPECT_EQ(taken(), Lines{"new"});
  EXPECT_EQ(counter("file_truncations_total"), 1U);
  EXPECT_EQ(lost("truncated", "/a.log"), 6U);
  settle(2);  // of the old content: says nothing about the new
  EXPECT_EQ(committed("/a.log"), 0U);
  settle();
  EXPECT_EQ(committed("/a.log"), 4U);
}

TEST_F(FileSourceTest, ARefillPastTheOldPositionIsToldByTheFirstBytes) {
  write("/a.log", "one\n");
  start("/a.log");
  taken();
  write("/a.log", "another first line\nand more\n");
  look();
  look();
  EXPECT_EQ(taken(), (Lines{"another first line", "and more"}));
}

TEST_F(FileSourceTest, ARefillWhileNoAgentRanIsTold) {
  write("/a.log", "one\n");
  start("/a.log");
  taken();
  settle();
  positions_->save();
  source_.reset();
  write("/a.log", "another\nmore\n");
  start("/a.log");
  EXPECT_EQ(taken(), (Lines{"another", "more"}));
}

TEST_F(FileSourceTest, ADeletedFileIsReadToItsEndAndForgotten) {
  write("/a.log", "one\n");
  start("/a.log");
  append("/a.log", "two\nlast");
  fs::remove(root_ + "/a.log");
  look();
  let_time_pass();
  EXPECT_EQ(taken(), (Lines{"one", "two", "last"}));
  EXPECT_EQ(statuses().size(), 1U);  // not delivered yet
  settle();
  let_time_pass();
  EXPECT_TRUE(statuses().empty());
  positions_->save();
  EXPECT_EQ(scope_.exposition().find("path="), std::string::npos);
  start("/none");
  EXPECT_TRUE(statuses().empty());
}

TEST_F(FileSourceTest, ALinkThatIsTurnedIsARotation) {
  write("/1", "one\n");
  write("/2", "two\n");
  fs::create_symlink(root_ + "/1", root_ + "/current.log");
  start("/*.log");
  EXPECT_EQ(sink_.labels[0].get("filename"), root_ + "/current.log");
  append("/1", "more\n");
  fs::remove(root_ + "/current.log");
  fs::create_symlink(root_ + "/2", root_ + "/current.log");
  look();
  EXPECT_EQ(taken(), (Lines{"one", "more", "two"}));
}

TEST_F(FileSourceTest, TwoNamesOfOneFileAreTwoFiles) {
  write("/a.log", "one\n");
  fs::create_symlink(root_ + "/a.log", root_ + "/b.log");
  start("/*.log");
  EXPECT_EQ(taken(), (Lines{"one", "one"}));
}

// ---- targets

TEST_F(FileSourceTest, FollowsTheGlob) {
  start("/*.log");
  write("/new.log", "n\n");
  write("/other.txt", "o\n");
  look();
  EXPECT_EQ(taken(), Lines{"n"});
  source_->set_groups({model::TargetGroup{"s", {{{"__path__", root_ + "/*.txt"}}}, {}}});
  append("/new.log", "left the glob\n");
  look();
  let_time_pass();
  EXPECT_EQ(taken(), (Lines{"left the glob", "o"}));
  settle();
  let_time_pass();
  EXPECT_EQ(statuses().size(), 1U);
}

// A file that somebody goes on writing to, whose target goes and comes back with other labels.
TEST_F(FileSourceTest, ATargetThatGoesLeavesItsPositionBehind) {
  const auto follow = [&](const std::vector<model::LabelSet>& targets) {
    source_->set_groups({model::TargetGroup{"s", targets, {}}});
    look();
  };
  const auto target = [&](const char* job) {
    return model::LabelSet{{"job", job}, {"__path__", root_ + "/a.log"}};
  };
  write("/a.log", "1\n2\n");
  start("/a.log");
  EXPECT_EQ(taken(), (Lines{"1", "2"}));
  append("/a.log", "3\nhal");
  follow({});
  append("/a.log", "f\n5\n");
  look();
  EXPECT_EQ(taken(), Lines{"3"}) << "what was there when the target went";
  settle();
  look();
  EXPECT_TRUE(statuses().empty());
  sink_.labels.clear();
  follow({target("other")});
  EXPECT_EQ(taken(), (Lines{"half", "5"}));
  EXPECT_EQ(sink_.labels.back().get("job"), "other");
  // And back before the rest was delivered.
  append("/a.log", "6\n");
  follow({});
  follow({target("third")});
  append("/a.log", "7\n");
  look();
  EXPECT_EQ(taken(), (Lines{"6", "7"}));
  settle();
  start("/a.log");
  EXPECT_EQ(taken(), Lines{});
}

TEST_F(FileSourceTest, TargetsAreCheckedAsPromtailDoes) {
  write("/a.log", "a\n");
  write("/a-debug.log", "d\n");
  start("/none");
  const std::string path = root_ + "/*.log";
  source_->set_groups({model::TargetGroup{
      "s",
      {{{"__path__", path}, {"__path_exclude__", root_ + "/*-debug.log"}, {"__host__", "here"}},
       {{"__path__", path}, {"__host__", "elsewhere"}},
       {{"__path__", path}, {"__path_exclude__", "x"}},
       {{"job", "no path"}},
       {{"__path__", "/[a"}}},
      {{"app", "x"}}}});
  look();
  EXPECT_EQ(taken(), Lines{"a"});
  EXPECT_EQ(sink_.labels[0].get("app"), "x");
  const auto failed = [&](const char* reason) {
    return scope_.counter("targets_failed_total", "reason", reason).value();
  };
  EXPECT_EQ(failed("wrong_host"), 1U);
  EXPECT_EQ(failed("exists"), 1U);
  EXPECT_EQ(failed("no_path"), 1U);
  EXPECT_EQ(failed("error"), 1U);
}

// ---- the loop

TEST_F(FileSourceTest, TheLoopDrivesItByPolling) {
  config_.min_poll = 1ms;
  config_.max_poll = 1ms;
  config_.sync_period = 5ms;
  write("/a.log", "one\n");
  start("/none");
  const SystemClock clock;
  const auto watch = loop::FsWatch::open(loop_);
  ASSERT_TRUE(watch);
  for (loop::FsWatch* watching : {static_cast<loop::FsWatch*>(nullptr), watch->get()}) {
    SCOPED_TRACE(watching == nullptr ? "polling alone" : "inotify");
    sink_.lines.clear();
    FileSource source(
        config_,
        {"job", loop_, watching, clock, log_, scope_, ledger_, table_, *receipts_, *positions_},
        sink_);
    source.set_groups({model::TargetGroup{"s", {{{"__path__", root_ + "/*.log"}}}, {}}});
    ASSERT_TRUE(source.start());
    const auto arrived = [&](std::size_t lines) {
      return agent::testing::run_until(loop_, [&] { return sink_.lines.size() >= lines; });
    };
    write("/a.log", "one\n");
    EXPECT_TRUE(arrived(1));
    append("/a.log", "two\n");
    EXPECT_TRUE(arrived(2));
    sink_.full = true;
    append("/a.log", "three\n");
    EXPECT_TRUE(agent::testing::run_until(loop_, [&] { return source.stalled(); }));
    sink_.full = false;
    EXPECT_TRUE(arrived(3));
    write("/b.log", "four\n");
    EXPECT_TRUE(arrived(4));
    fs::remove(root_ + "/b.log");
  }
}

// What nobody asked for, or excluded, costs no look at the globs, however busy its folder is.
TEST_F(FileSourceTest, ABusyFolderCostsNoGlob) {
  config_.sync_period = 1h;
  config_.min_poll = config_.max_poll = 1h;
  write("/a.log", "one\n");
  start("/none");
  const SystemClock clock;
  const auto watch = loop::FsWatch::open(loop_);
  ASSERT_TRUE(watch);
  FileSource source(
      config_,
      {"job", loop_, watch->get(), clock, log_, scope_, ledger_, table_, *receipts_, *positions_},
      sink_);
  source.set_groups(
      {model::TargetGroup{"s",
                          {{{"__path__", root_ + "/*.log"}, {"__path_exclude__", root_ + "/no*"}},
                           {{"__path__", root_ + "/elsewhere/{*,*/*}.log"}}},
                          {}}});
  ASSERT_TRUE(source.start());
  const auto arrived = [&](std::size_t lines) {
    return agent::testing::run_until(loop_, [&] { return sink_.lines.size() >= lines; });
  };
  EXPECT_TRUE(arrived(1));
  const std::uint64_t scans = counter("glob_scans_total");
  for (int i = 0; i < 1000; ++i) {
    append("/no.log", "x\n");
    append("/other" + std::to_string(i), "x\n");
  }
  append("/a.log", "two\n");
  EXPECT_TRUE(arrived(2));
  EXPECT_EQ(counter("glob_scans_total"), scans);
  write("/b.log", "three\n");
  EXPECT_TRUE(arrived(3));
  EXPECT_EQ(counter("glob_scans_total"), scans + 1);
}

}  // namespace
}  // namespace agent::logs
