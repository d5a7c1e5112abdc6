#include "agent/logs/tail/positions.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "agent/base/files.h"

#include "tests/support/temp_dir.h"

namespace agent::logs {
namespace {

class NoOutput final : public Logger::Output {
 public:
  void write(LogLevel /*level*/, const std::string& /*line*/) override {}
};

PositionRecord record(const std::string& path, std::uint64_t offset, std::uint64_t inode) {
  PositionRecord out;
  out.job = "job";
  out.path = path;
  out.labels_hash = 0xfedcba9876543210;
  out.identity = {65, inode, 123, {77, 5}};
  out.offset = offset;
  return out;
}

class PositionsOnDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    write(root_ + "/a.log", "x\n");
    identity_ = facts_of((root_ + "/a.log").c_str())->identity;
  }
  static void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
  }
  std::unique_ptr<Positions> open() {
    return std::make_unique<Positions>(yaml_, make_file_position_store(root_ + "/state/positions"),
                                       log_);
  }
  PositionRecord mine(std::uint64_t offset) const {
    PositionRecord out = record(root_ + "/a.log", offset, 0);
    out.identity = identity_;
    return out;
  }
  agent::testing::TempDir folder_;
  std::string root_ = folder_.path().string();
  std::string yaml_ = root_ + "/positions.yaml";
  FileIdentity identity_;
  Logger log_{LogLevel::Error, LogFormat::Logfmt, std::make_unique<NoOutput>()};
};

TEST_F(PositionsOnDisk, AJobThatIsNoMoreLeavesItsPositions) {
  const auto positions = open();
  const PositionRecord saved = mine(2);
  positions->release(positions->insert(saved));
  const auto claim = [&](const char* job) {
    return positions->claim(job, saved.path, saved.labels_hash, identity_);
  };
  EXPECT_FALSE(claim("new")) << "its job may come yet";
  positions->set_jobs({"job", "new"});
  EXPECT_FALSE(claim("new"));
  positions->set_jobs({"new"});
  EXPECT_FALSE(positions->claim("new", root_ + "/b.log", saved.labels_hash, identity_));
  ASSERT_TRUE(claim("new"));
  EXPECT_FALSE(claim("new")) << "once";
}

TEST_F(PositionsOnDisk, KeepsWhatItSaved) {
  {
    const auto positions = open();
    positions->insert(mine(2));
    positions->set_cursor("cursor-j", "c");
    positions->save();
  }
  EXPECT_EQ(*read_file(yaml_), "positions:\n  " + root_ + "/a.log: \"2\"\n  cursor-j: \"c\"\n");
  const auto positions = open();
  EXPECT_FALSE(positions->text_offset("job", root_ + "/a.log", {}));  // our own state wins
  const auto claimed = positions->claim("job", root_ + "/a.log", mine(0).labels_hash, identity_);
  ASSERT_TRUE(claimed);
  EXPECT_EQ(claimed->offset, 2U);
  EXPECT_FALSE(positions->claim("job", root_ + "/a.log", mine(0).labels_hash, identity_));
  EXPECT_EQ(positions->cursor("cursor-j"), "c");
}

TEST_F(PositionsOnDisk, TakesOverTheYamlThatSomebodyElseWrote) {
  write(yaml_, "positions:\n  " + root_ + "/a.log: \"1\"\n");
  {
    const auto positions = open();
    EXPECT_EQ(positions->text_offset("job", root_ + "/a.log", {}), 1U);
    EXPECT_FALSE(positions->text_offset("job", root_ + "/a.log", {}));  // once only
    EXPECT_EQ(positions->text_offset("other", root_ + "/a.log", {}), 1U);
    positions->insert(mine(2));
    positions->save();
  }
  EXPECT_FALSE(open()->text_offset("job", root_ + "/a.log", {}));
  write(yaml_, "positions:\n  " + root_ + "/a.log: \"0\"\n");  // the peer ran in between
  EXPECT_EQ(open()->text_offset("job", root_ + "/a.log", {}), 0U);
}

TEST_F(PositionsOnDisk, PrefersTheEntryWithOurLabels) {
  write(yaml_,
        "positions:\n"
        "  ? {path: /a, labels: '{}'}\n  : \"1\"\n"
        "  ? {path: /a, labels: '{job=\"x\"}'}\n  : \"2\"\n"
        "  ? {path: /b, labels: '{job=\"y\"}'}\n  : \"3\"\n");
  const auto positions = open();
  EXPECT_EQ(positions->text_offset("1", "/a", {{"job", "x"}}), 2U);
  EXPECT_EQ(positions->text_offset("2", "/a", {{"job", "z"}}), 1U);
  EXPECT_FALSE(positions->text_offset("3", "/b", {{"job", "z"}}));
}

TEST_F(PositionsOnDisk, MovesDamagedFilesAside) {
  write(yaml_, std::string(100, '\0'));
  std::filesystem::create_directories(root_ + "/state");
  write(root_ + "/state/positions.0", "dunlinps, but then");
  const auto positions = open();
  EXPECT_FALSE(positions->claim("job", root_ + "/a.log", 0, identity_));
  EXPECT_TRUE(std::filesystem::exists(yaml_ + ".damaged"));
  EXPECT_TRUE(std::filesystem::exists(root_ + "/state/positions.0.damaged"));
  positions->save();
  EXPECT_EQ(*read_file(yaml_), "positions: {}\n");
}

TEST_F(PositionsOnDisk, ForgetsFilesThatAreGone) {
  {
    const auto positions = open();
    positions->insert(mine(2));
    positions->save();
  }
  std::filesystem::remove(root_ + "/a.log");
  open()->save();
  EXPECT_EQ(*read_file(yaml_), "positions: {}\n");
}

// Of which file it is that moved is known to the next life, without a save.
TEST_F(PositionsOnDisk, AKilledProcessForgetsNothing) {
  write(yaml_, "positions:\n  " + root_ + "/a.log: \"1\"\n  " + yaml_ + ": \"3\"\n");
  {
    const auto positions = open();
    EXPECT_EQ(positions->text_offset("job", root_ + "/a.log", {}), 1U);
    const auto id = positions->insert(mine(1));
    positions->flush();
    positions->update(id, mine(2));
    positions->set_cursor("cursor-j", "c");
    positions->flush();
    positions->update(positions->insert(mine(5)), mine(6));
  }
  const auto positions = open();
  EXPECT_FALSE(positions->text_offset("job", root_ + "/a.log", {})) << "the YAML was taken over";
  EXPECT_EQ(positions->text_offset("job", yaml_, {}), 3U) << "what nobody asked for still counts";
  EXPECT_EQ(positions->cursor("cursor-j"), "c");
  const auto claimed = positions->claim("job", root_ + "/a.log", mine(0).labels_hash, identity_);
  ASSERT_TRUE(claimed);
  EXPECT_EQ(claimed->offset, 2U);
}

// Killed between the two texts: whichever YAML lies there is ours.
TEST_F(PositionsOnDisk, TheYamlOfASaveThatWasCutOffIsOurs) {
  {
    const auto positions = open();
    const auto id = positions->insert(mine(1));
    positions->save();
    positions->update(id, mine(2));
    const auto save = positions->begin_save(Positions::Scope::BothTexts);
    EXPECT_FALSE(open()->text_offset("job", root_ + "/a.log", {}));
    save->run();
  }
  EXPECT_NE(read_file(yaml_)->find("\"2\""), std::string::npos);
  EXPECT_FALSE(open()->text_offset("job", root_ + "/a.log", {}));
}

TEST_F(PositionsOnDisk, WhatNobodyAskedForYetStaysInTheYaml) {
  write(yaml_, "positions:\n  " + root_ + "/a.log: \"1\"\n  /gone.log: \"3\"\n");
  open()->save();
  EXPECT_EQ(*read_file(yaml_), "positions:\n  " + root_ + "/a.log: \"1\"\n");
  EXPECT_EQ(open()->text_offset("job", root_ + "/a.log", {}), 1U);
}

// A job may come late, such as one whose targets are discovered.
TEST_F(PositionsOnDisk, AnOrphanWaitsForItsJob) {
  {
    const auto positions = open();
    positions->insert(mine(2));
    positions->save();
  }
  std::filesystem::rename(root_ + "/a.log", root_ + "/a.log.1");
  const auto positions = open();
  positions->save();
  positions->save();
  ASSERT_EQ(positions->orphans("job").size(), 1U);
  EXPECT_TRUE(positions->orphans("other").empty());
  const auto id = positions->orphans("job").front().first;
  EXPECT_EQ(positions->take(id)->offset, 2U);
  EXPECT_FALSE(positions->take(id));
  positions->insert(mine(2));
  for (int i = 0; i < 40; ++i)
    open()->save();
  EXPECT_EQ(open()->orphans("job").size(), 1U) << "each life waits anew";
  for (int i = 0; i < 40; ++i)
    positions->save();
}

TEST_F(PositionsOnDisk, ErasedAndMovedRecordsFollow) {
  const auto positions = open();
  const auto id = positions->insert(mine(1));
  positions->update(id, mine(2));
  positions->save();
  EXPECT_NE(read_file(yaml_)->find("\"2\""), std::string::npos);
  positions->erase(id);
  positions->save();
  EXPECT_EQ(*read_file(yaml_), "positions: {}\n");
}

TEST_F(PositionsOnDisk, APlaceThatCannotBeWrittenIsNoReasonToStop) {
  yaml_ = "/proc/nothing/positions.yaml";
  const auto positions = open();
  positions->insert(mine(2));
  positions->save();
  EXPECT_TRUE(open()->claim("job", root_ + "/a.log", mine(0).labels_hash, identity_));
}

}  // namespace
}  // namespace agent::logs
