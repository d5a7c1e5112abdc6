#include "agent/logs/tail/text_encoding.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "agent/logs/tail/encoding_names.h"

#include "tests/unit/logs/tail/reader_fixture.h"

namespace agent::logs {
namespace {

using namespace std::string_literals;

TEST(EncodingNames, KnowsNamesAndAliasesInAnyCase) {
  const struct {
    const char *name, *converter;
  } cases[] = {{"utf-8", "UTF-8"},         {"UTF-16LE", "UTF-16LE"},
               {"utf-16", "UTF-16"},       {"latin1", "ISO-8859-1"},
               {"l1", "ISO-8859-1"},       {"ISO_8859-1:1987", "ISO-8859-1"},
               {"windows-1251", "CP1251"}, {"KOI8-R", "KOI8-R"},
               {"gbk", "CP936"},           {"Shift_JIS", "CP932"},
               {"MS_Kanji", "CP932"},      {"euc-kr", "UHC"},
               {"big5", "BIG5-HKSCS"},     {" iso-8859-15 ", "ISO-8859-15"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const EncodingName* known = find_encoding(c.name);
    ASSERT_NE(known, nullptr);
    EXPECT_STREQ(known->converter, c.converter);
  }
  for (const char* name : {"", "utf", "utf-9", "windows-1259"})
    EXPECT_EQ(find_encoding(name), nullptr) << name;
  EXPECT_EQ(nearest_encoding("UTF-16LF"), "utf-16le");
  EXPECT_EQ(nearest_encoding("windows1252"), "windows-1252");
}

class TextEncodingTest : public ReaderTest {};

TEST_F(TextEncodingTest, DecodesLines) {
  const struct {
    const char* name;
    std::string encoding, bytes;
    Lines lines;
    std::uint64_t replaced = 0;
  } cases[] = {
      {"latin-1", "iso-8859-1", "caf\xE9\n\xFC\n", {"café", "ü"}},
      {"cyrillic", "windows-1251", "\xCF\xF0\xE8\xE2\xE5\xF2\n", {"Привет"}},
      {"koi8", "koi8-r", "\xF0\xD2\xC9\n", {"При"}},
      {"euro in gbk", "gbk", "\x80\xC4\xE3\n", {"€你"}},
      {"shift_jis", "shift_jis", "\x93\xFA\x96\x7B\n", {"日本"}},
      {"euc-jp", "euc-jp", "\xC6\xFC\n", {"日"}},
      {"big5", "big5", "\xA7\x41\n", {"你"}},
      {"marks of Hebrew stay apart",
       "windows-1255",
       "\xE0\xC8\n\xE0\n",
       {"\u05D0\u05B8", "\u05D0"}},
      {"shift states", "iso-2022-jp", "\x1B$BF|\x1B(B\nx\n", {"日", "x"}},
      {"EBCDIC has another newline", "ibm037", "\xC8\x89\x25\xC1\x25", {"Hi", "A"}},
      {"UTF-8 that is broken", "utf-8", "a\xFF\x62\n\xC3\n", {"a\uFFFDb", "\uFFFD"}, 2},
      {"UTF-8 as it is", "utf-8", "é\n\n", {"é", ""}},
      {"no ASCII", "us-ascii", "a\xE9\n", {"a\uFFFD"}, 1},
      {"unassigned", "windows-1253", "\xAA!\n", {"\uFFFD!"}, 1},
      {"little-endian", "utf-16le", "h\0i\0\n\0x\0\n\0"s, {"hi", "x"}},
      {"its mark is no text", "utf-16le", "\xFF\xFEh\0\n\0"s, {"h"}},
      {"big-endian", "utf-16be", "\0h\0\n"s, {"h"}},
      {"its mark", "utf-16be", "\xFE\xFF\0h\0\n"s, {"h"}},
      {"the mark decides", "utf-16", "\xFF\xFEh\0\n\0"s, {"h"}},
      {"no mark is big-endian", "utf-16", "\0h\0\n"s, {"h"}},
      {"newline bytes in other characters", "utf-16le", "\x0A\x01\x0A\x0A\n\0"s, {"Ċਊ"}},
      {"and across two of them", "utf-16be", "\x01\x00\x0A\x01\0\n"s, {"Āਁ"}},
      {"a pair of surrogates", "utf-16le", "\x3D\xD8\x00\xDE\n\0"s, {"😀"}},
      {"half a pair", "utf-16le", "\x3D\xD8x\0\n\0"s, {"\uFFFDx"}, 1},
      {"carriage returns stay", "utf-16le", "a\0\r\0\n\0"s, {"a\r"}},
      {"utf-32", "utf-32le", "\xFF\xFE\0\0h\0\0\0\n\0\0\0"s, {"h"}},
      {"the unterminated end waits", "utf-16le", "a\0\n\0b\0"s, {"a"}},
      {"and half of a newline", "utf-16le", "a\0\n"s, {}},
      {"a byte is no text yet", "utf-16", "\xFF"s, {}},
      {"empty", "utf-16", "", {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::filesystem::remove_all(root_ + "/d");
    std::filesystem::create_directory(root_ + "/d");
    write("/d/a.log", c.bytes);
    config_.encoding = c.encoding;
    const std::uint64_t before = counter("replaced_characters_total");
    start("/d/*.log");
    EXPECT_EQ(taken(), c.lines);
    EXPECT_EQ(counter("replaced_characters_total") - before, c.replaced);
  }
}

// UTF-16 that comes byte by byte, with a restart of the process between any two bytes.
TEST_F(TextEncodingTest, SurvivesRestartsAtEveryByte) {
  const std::string bytes = "\xFF\xFE\x0A\x01\n\0\x3D\xD8\x00\xDE\n\0\n\0z\0\n\0"s;
  const Lines expected{"Ċ", "😀", "", "z"};
  config_.encoding = "utf-16";
  Lines lines;
  write("/a.log", "");
  for (const char byte : bytes) {
    append("/a.log", std::string(1, byte));
    start("/a.log");
    for (auto& line : taken())
      lines.push_back(std::move(line));
    settle();
  }
  EXPECT_EQ(lines, expected);
  EXPECT_EQ(status_of("/a.log").committed_bytes, bytes.size());
}

// Promtail splits on the byte 0x0A: its offset lies behind it, in the middle of the newline.
TEST_F(TextEncodingTest, TakesOverAnOffsetOfPromtail) {
  write("/a.log", "a\0\n\0b\0\n\0"s);
  write("/positions.yaml", "positions:\n  " + root_ + "/a.log: \"3\"\n");
  config_.encoding = "utf-16le";
  start("/a.log");
  EXPECT_EQ(taken(), Lines{"b"});
}

TEST_F(TextEncodingTest, CutsBetweenCharacters) {
  config_.encoding = "utf-16le";
  config_.line_limit_bytes = 7;
  write("/a.log", "a\0b\0\x3D\xD8\x00\xDE\x31\0\n\0z\0\n\0"s);
  start("/a.log");
  EXPECT_EQ(taken(), (Lines{"ab", "z"}));
  EXPECT_EQ(counter("lines_cut_total"), 1U);
  EXPECT_EQ(counter("replaced_characters_total"), 0U);
}

// Longer than a slice, so that reading goes on in the middle of the line that is skipped.
TEST_F(TextEncodingTest, SkipsTheRestOfALongLineOnTheBoundary) {
  config_.encoding = "utf-16be";
  config_.line_limit_bytes = 4;
  std::string bytes;
  for (int i = 0; i < 300'001; ++i)
    bytes += "\x0A\x0A"s;
  write("/a.log", bytes + "\0\n\0z\0\n"s);
  start("/a.log");
  EXPECT_EQ(taken(), (Lines{"ਊਊ", "z"}));
}

TEST_F(TextEncodingTest, EndsWithHalfACharacter) {
  config_.encoding = "utf-16le";
  write("/a.log", "a\0\n\0b\0c"s);
  write("/b.log", "\xFF"s);
  start("/*.log");
  EXPECT_EQ(taken(), Lines{"a"});
  std::filesystem::remove(root_ + "/a.log");
  std::filesystem::remove(root_ + "/b.log");
  look();
  let_time_pass();
  EXPECT_EQ(taken(), Lines{"b\uFFFD"});
  settle();
  let_time_pass();
  EXPECT_EQ(scope_.with("job", "job").gauge("files_active_total").value(), 0);
}

TEST_F(TextEncodingTest, ChoosesAgainForOtherContent) {
  config_.encoding = "utf-16";
  write("/a.log", "\xFF\xFEh\0i\0\n\0"s);
  start("/a.log");
  write("/a.log", "\xFE\xFF\0x\0\n"s);
  look();
  look();  // first for a copy of what was cut
  EXPECT_EQ(taken(), (Lines{"hi", "x"}));
}

}  // namespace
}  // namespace agent::logs
