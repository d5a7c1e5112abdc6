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

TEST(PositionsYaml, ReadsBothForms) {
  const auto read = parse_positions_yaml(
      "positions:\n"
      "  /var/log/a.log: \"1024\"\n"
      "  /var/log/b.log: 7\n"
      "  cursor-journal: \"s=1;i=2\"\n"
      "  journal-old: abc\n"
      "  ? path: /var/log/c.log\n"
      "    labels: '{job=\"x\"}'\n"
      "  : \"11\"\n"
      "  /var/log/bad.log: soon\n"
      "  /var/log/negative.log: \"-1\"\n");
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->files.size(), 3U);
  EXPECT_EQ(read->files[0].path, "/var/log/a.log");
  EXPECT_EQ(read->files[0].offset, 1024U);
  EXPECT_EQ(read->files[1].offset, 7U);
  EXPECT_EQ(read->files[2].path, "/var/log/c.log");
  EXPECT_EQ(read->files[2].labels, "{job=\"x\"}");
  EXPECT_EQ(read->ignored, 2);
  EXPECT_EQ(read->cursors.size(), 2U);
  EXPECT_EQ(read->cursors.at("cursor-journal"), "s=1;i=2");
}

TEST(PositionsYaml, RefusesWhatIsNone) {
  const struct {
    const char* name;
    std::string text;
  } cases[] = {
      {"empty", ""},
      {"NUL bytes", std::string(64, '\0')},
      {"torn", "positions:\n  /a: \"12"},
      {"another key", "position: {}\n"},
      {"a list", "- a\n"},
      {"a list below", "positions: [a]\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_FALSE(parse_positions_yaml(c.text));
  }
}

TEST(PositionsYaml, WritesWhatItReads) {
  PositionsText text;
  text.files = {{"/var/log/a.log", "", 1024},
                {"/odd: \"name\" # \n\t\x01.log", "", 1},
                {"relative.log", "", 2},
                {"/\xc3\xa9.log", "", 3},
                {"/not\xff.log", "", 4}};
  text.cursors["cursor-j"] = "s=1 \"q\"";
  const std::string yaml = render_positions_yaml(text);
  EXPECT_NE(yaml.find("  /var/log/a.log: \"1024\"\n"), std::string::npos) << yaml;
  const auto read = parse_positions_yaml(yaml);
  ASSERT_TRUE(read) << read.error().message << yaml;
  ASSERT_EQ(read->files.size(), 4U);  // the one that is no UTF-8 cannot stand there
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(read->files[i].path, text.files[i].path);
    EXPECT_EQ(read->files[i].offset, text.files[i].offset);
  }
  EXPECT_EQ(read->cursors, text.cursors);
  EXPECT_TRUE(parse_positions_yaml(render_positions_yaml({})));
}

PositionRecord record(const std::string& path, std::uint64_t offset, std::uint64_t inode) {
  PositionRecord out;
  out.job = "job";
  out.path = path;
  out.labels_hash = 0xfedcba9876543210;
  out.identity = {65, inode, 123, {77, 5}};
  out.offset = offset;
  return out;
}

PositionsState some_state() {
  PositionsState state;
  state.files = {record("/a b%\n\xff.log", 10, 1), record("", 0, 2)};
  state.files[0].mid_line = true;
  state.files[1].job = "";
  state.cursors["cursor-x"] = "1 2";
  state.yaml_hash = 42;
  return state;
}

TEST(PositionsState, ComesBackAsItWas) {
  const auto read = parse_positions_state(render_positions_state(some_state()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->files, some_state().files);
  EXPECT_EQ(read->cursors, some_state().cursors);
  EXPECT_EQ(read->yaml_hash, 42U);
}

TEST(PositionsState, NoticesEveryCutAndEveryFlippedByte) {
  const std::string whole = render_positions_state(some_state());
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(parse_positions_state(std::string_view(whole).substr(0, size))) << size;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(parse_positions_state(flipped)) << i;
  }
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
  write(root_ + "/state/positions", "dunlin-positions 1\nfile 3");
  const auto positions = open();
  EXPECT_FALSE(positions->claim("job", root_ + "/a.log", 0, identity_));
  EXPECT_TRUE(std::filesystem::exists(yaml_ + ".damaged"));
  EXPECT_TRUE(std::filesystem::exists(root_ + "/state/positions.damaged"));
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
