#include "agent/logs/tail/positions_yaml.h"

#include <string>

#include <gtest/gtest.h>

namespace agent::logs {
namespace {

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

}  // namespace
}  // namespace agent::logs
