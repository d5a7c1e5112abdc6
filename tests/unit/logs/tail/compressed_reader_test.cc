#include "agent/logs/tail/compressed_reader.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/compress.h"
#include "tests/unit/logs/tail/reader_fixture.h"

namespace agent::logs {
namespace {

using agent::testing::compressed;
using codec::Compression;
using namespace std::chrono_literals;
using namespace std::string_literals;

class CompressedReaderTest : public ReaderTest {
 protected:
  CompressedReaderTest() { config_.decompression = DecompressionConfig{}; }
  static std::string numbers(int count) {
    std::string out;
    for (int i = 0; i < count; ++i)
      out += "line " + std::to_string(i) + "\n";
    return out;
  }
  std::uint64_t errors() const { return counter("file_read_errors_total"); }
};

TEST_F(CompressedReaderTest, ReadsEveryFormat) {
  for (const auto format :
       {Compression::Gzip, Compression::Zlib, Compression::Bzip2, Compression::Zstd}) {
    for (const bool told : {true, false}) {
      SCOPED_TRACE(static_cast<int>(format));
      std::filesystem::remove_all(root_ + "/d");
      std::filesystem::create_directory(root_ + "/d");
      write("/d/a", compressed("one\r\n\ntwo", format));
      config_.decompression->format = told ? std::optional(format) : std::nullopt;
      start("/d/*");
      EXPECT_EQ(taken(), (Lines{"one", "", "two"}));
      EXPECT_EQ(errors(), 0U);
    }
  }
}

TEST_F(CompressedReaderTest, PositionsOfTheOtherUnitAreIgnored) {
  write("/a", compressed("one\ntwo\nthree\n", Compression::Gzip) + "\nnot compressed\n");
  config_.decompression.reset();
  start("/a");
  const Lines plain = taken();
  ASSERT_GE(plain.size(), 2U);
  settle();
  config_.decompression = DecompressionConfig{};
  start("/a");
  EXPECT_EQ(taken(), (Lines{"one", "two", "three"}));
  settle();
  start("/a");
  EXPECT_EQ(taken(), Lines{});
  config_.decompression.reset();
  start("/a");
  EXPECT_EQ(taken(), plain);
}

TEST_F(CompressedReaderTest, ARenamedFileWithAPositionOfTheOtherUnitIsLeft) {
  write("/a", compressed("one\n", Compression::Gzip));
  config_.decompression.reset();
  start("/a");
  settle();
  taken();
  append("/a", "more\n");
  std::filesystem::rename(root_ + "/a", root_ + "/b");
  config_.decompression = DecompressionConfig{};
  start("/a");
  EXPECT_EQ(taken(), Lines{});
  EXPECT_EQ(errors(), 0U);
  EXPECT_EQ(scope_.with("job", "job").gauge("files_active_total").value(), 0);
}

TEST_F(CompressedReaderTest, PositionCountsDeliveredLines) {
  write("/a.gz", compressed("a\nb\nc\n", Compression::Gzip));
  start("/a.gz");
  EXPECT_EQ(taken().size(), 3U);
  EXPECT_EQ(status_of("/a.gz").committed_bytes, 0U);
  settle();
  const auto status = status_of("/a.gz");
  EXPECT_EQ(status.committed_bytes, status.size_bytes);
  EXPECT_EQ(status.read_bytes, status.size_bytes);
  positions_->save();
  std::ifstream yaml(root_ + "/positions.yaml");
  const std::string text{std::istreambuf_iterator<char>(yaml), {}};
  EXPECT_NE(text.find("/a.gz: \"3\""), std::string::npos) << text;
}

TEST_F(CompressedReaderTest, GoesOnBehindTheDeliveredLines) {
  const std::string text = numbers(60'000);
  write("/a.gz", compressed(text, Compression::Gzip));
  start("/a.gz");
  EXPECT_EQ(taken().size(), 60'000U);
  settle(40'000);
  start("/a.gz");
  const Lines again = taken();
  ASSERT_FALSE(again.empty());
  EXPECT_LE(again.size(), 40'000U);  // whole slices were committed
  EXPECT_GE(again.size(), 20'000U);
  EXPECT_EQ(again.front(), "line " + std::to_string(60'000 - again.size()));
  settle();
  start("/a.gz");
  EXPECT_EQ(taken(), Lines{});
}

TEST_F(CompressedReaderTest, TakesOverLinesOfPromtail) {
  write("/a.gz", compressed("a\nb\nc\n", Compression::Gzip));
  write("/positions.yaml", "positions:\n  " + root_ + "/a.gz: \"2\"\n");
  start("/a.gz");
  EXPECT_EQ(taken(), Lines{"c"});
}

TEST_F(CompressedReaderTest, MemoryStaysFlat) {
  write("/a.gz", compressed(numbers(400'000) + std::string(30'000'000, 'x'), Compression::Gzip));
  start("/a.gz");
  EXPECT_EQ(taken().size(), 400'001U);
  EXPECT_LT(sink_.largest_arena, 8U << 20U);
}

TEST_F(CompressedReaderTest, WaitsForTheInitialDelay) {
  config_.decompression->initial_delay = 10s;
  write("/a.gz", compressed("a\n", Compression::Gzip));
  start("/a.gz");
  clock_.passed += 9s;
  look();
  EXPECT_EQ(taken(), Lines{});
  clock_.passed += 1s;
  look();
  EXPECT_EQ(taken(), Lines{"a"});
}

TEST_F(CompressedReaderTest, CutsLinesAtTheLimitOfThePeers) {
  const std::string longest(2'000'000, 'x');
  write("/a.gz", compressed(longest + "\n" + longest + "yyy\nz\n", Compression::Gzip));
  start("/a.gz");
  EXPECT_EQ(taken(), (Lines{longest, longest, "z"}));
  EXPECT_EQ(counter("lines_cut_total"), 1U);
  EXPECT_EQ(counter("cut_bytes_total"), 3U);
}

TEST_F(CompressedReaderTest, ReadsOtherEncodings) {
  config_.encoding = "utf-16";
  write("/a.gz", compressed("\xFF\xFEh\0\x0A\x01\r\0\n\0z\0"s, Compression::Gzip));
  start("/a.gz");
  EXPECT_EQ(taken(), (Lines{"hĊ", "z"}));
}

TEST_F(CompressedReaderTest, WhatIsReadableOfABrokenFileIsDelivered) {
  const std::string good = compressed(numbers(3) + "half", Compression::Gzip);
  write("/a.gz", good + "garbage");
  start("/a.gz");
  EXPECT_EQ(taken(), (Lines{"line 0", "line 1", "line 2", "half"}));
  EXPECT_EQ(errors(), 1U);
  EXPECT_NE(status_of("/a.gz").last_error.find("malformed gzip"), std::string::npos);
  settle();
  for (int i = 0; i < 5; ++i)
    let_time_pass();
  EXPECT_EQ(errors(), 1U) << "tried again";
  start("/a.gz");
  EXPECT_EQ(errors(), 1U) << "tried again by the next process";
  EXPECT_EQ(taken(), Lines{});
}

TEST_F(CompressedReaderTest, AFileOfAnotherKindIsAnErrorOnce) {
  write("/a.gz", "plain text\n");
  start("/a.gz");
  let_time_pass();
  let_time_pass();
  EXPECT_EQ(taken(), Lines{});
  EXPECT_EQ(errors(), 1U);
}

TEST_F(CompressedReaderTest, WaitsForTheRestOfAFileThatIsStillWritten) {
  const std::string bytes = compressed(numbers(30'000), Compression::Gzip);
  write("/a.gz", bytes.substr(0, bytes.size() / 2));
  start("/a.gz");
  Lines lines = taken();
  EXPECT_GT(lines.size(), 1000U);
  append("/a.gz", bytes.substr(bytes.size() / 2));
  look();
  EXPECT_EQ(taken(), Lines{}) << "read while it is written";
  let_time_pass(5s);
  for (auto& line : taken())
    lines.push_back(std::move(line));
  std::string text;
  for (const auto& line : lines)
    text += line + "\n";
  EXPECT_EQ(text, numbers(30'000));
  EXPECT_EQ(errors(), 0U);
}

TEST_F(CompressedReaderTest, AFileThatStaysCutOffEndsWithItsLastText) {
  std::string bytes;
  std::string text;
  for (int i = 0; i < 3; ++i)
    text += std::string(100'000, static_cast<char>('a' + i)) + "\n";
  bytes = compressed(text, Compression::Gzip);
  write("/a.gz", bytes.substr(0, bytes.size() - 12));
  start("/a.gz");
  const std::size_t whole = taken().size();
  let_time_pass(5s);
  EXPECT_EQ(whole + taken().size(), 3U);
  EXPECT_EQ(errors(), 1U);
  settle();
  let_time_pass();
  EXPECT_EQ(taken(), Lines{});
  EXPECT_EQ(errors(), 1U);
}

TEST_F(CompressedReaderTest, AnotherFileOfTheNameIsReadFromItsStart) {
  write("/a.gz", compressed("a\nb\n", Compression::Gzip));
  start("/a.gz");
  EXPECT_EQ(taken(), (Lines{"a", "b"}));
  settle();
  write("/b.gz", compressed("c\nd\n", Compression::Gzip));
  std::filesystem::rename(root_ + "/b.gz", root_ + "/a.gz");
  look();
  EXPECT_EQ(taken(), (Lines{"c", "d"}));
}

TEST_F(CompressedReaderTest, OtherContentOfTheFileIsReadFromItsStart) {
  write("/a.gz", compressed("a\nb\n", Compression::Gzip));
  start("/a.gz");
  EXPECT_EQ(taken().size(), 2U);
  write("/a.gz", compressed("c\nd\nand more\n", Compression::Gzip));
  look();
  let_time_pass(5s);
  EXPECT_EQ(taken(), (Lines{"c", "d", "and more"}));
}

TEST_F(CompressedReaderTest, AppendedMembersFollow) {
  write("/a.gz", compressed("a\n", Compression::Gzip));
  start("/a.gz");
  append("/a.gz", compressed("b\n", Compression::Gzip));
  look();
  let_time_pass(5s);
  EXPECT_EQ(taken(), (Lines{"a", "b"}));
}

TEST_F(CompressedReaderTest, DeletedFilesAreReadAndForgotten) {
  write("/a.gz", compressed("a\nb", Compression::Gzip));
  config_.decompression->initial_delay = 1h;
  start("/*.gz");
  std::filesystem::remove(root_ + "/a.gz");
  look();
  let_time_pass();
  EXPECT_EQ(taken(), (Lines{"a", "b"}));
  settle();
  let_time_pass();
  EXPECT_EQ(scope_.with("job", "job").gauge("files_active_total").value(), 0);
}

TEST_F(CompressedReaderTest, ManyFilesShareAFewPasses) {
  std::filesystem::create_directory(root_ + "/d");
  for (int i = 0; i < 30; ++i)
    write("/d/" + std::to_string(i) + ".bz2", compressed(numbers(100), Compression::Bzip2));
  start("/d/*.bz2");
  EXPECT_EQ(taken().size(), 3000U);
  EXPECT_EQ(errors(), 0U);
}

TEST_F(CompressedReaderTest, EmptyFilesAreNoErrors) {
  write("/a.gz", "");
  start("/a.gz");
  let_time_pass();
  EXPECT_EQ(errors(), 0U);
  append("/a.gz", compressed("a\n", Compression::Gzip));
  look();
  EXPECT_EQ(taken(), Lines{"a"});
}

}  // namespace
}  // namespace agent::logs
