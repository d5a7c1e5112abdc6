#include "agent/codec/decompressor.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/compress.h"

namespace agent::codec {
namespace {

using agent::testing::compressed;
using namespace std::string_literals;

constexpr Compression kFormats[] = {Compression::Gzip, Compression::Zlib, Compression::Bzip2,
                                    Compression::Zstd};

struct Undone {
  std::string text;
  bool complete = false;
  std::string error;
};

// Feeds `in_step` bytes at a time, asks for `out_step`.
Undone undo(Compression format, std::string_view bytes, std::size_t in_step, std::size_t out_step) {
  const auto decompressor = make_decompressor(format);
  Undone out;
  std::string room(out_step, '\0');
  std::size_t end = 0;
  std::size_t at = 0;
  for (;;) {
    if (at == end) end = std::min(bytes.size(), end + in_step);
    const auto step = decompressor->step(bytes.substr(at, end - at), room);
    if (!step) {
      out.error = step.error().message;
      break;
    }
    at += step->taken;
    out.text += room.substr(0, step->made);
    if (step->taken == 0 && step->made == 0 && at == bytes.size()) break;
  }
  out.complete = decompressor->complete();
  return out;
}

std::string sample() {
  std::string out;
  for (int i = 0; i < 5000; ++i)
    out += "line " + std::to_string(i * i) + "\n";
  return out;
}

TEST(Decompressor, GivesBackWhatWentInWhateverTheSteps) {
  const std::string text = sample();
  for (const auto format : kFormats) {
    SCOPED_TRACE(static_cast<int>(format));
    const std::string bytes = compressed(text, format);
    EXPECT_EQ(compression_of(bytes), format);
    for (const auto& [in, out] : {std::pair<std::size_t, std::size_t>{1, 4096},
                                  {1U << 20U, 7},
                                  {1000, 1000},
                                  {1U << 20U, 1U << 20U}}) {
      const Undone undone = undo(format, bytes, in, out);
      EXPECT_EQ(undone.text, text);
      EXPECT_TRUE(undone.complete);
      EXPECT_EQ(undone.error, "");
    }
  }
}

TEST(Decompressor, ReadsMembersInARowAndPaddingBehindThem) {
  for (const auto format : kFormats) {
    SCOPED_TRACE(static_cast<int>(format));
    const std::string bytes = compressed("one\n", format) + compressed("", format) +
                              compressed("two\n", format) + std::string(600, '\0');
    for (const std::size_t step : {std::size_t{1}, bytes.size()}) {
      const Undone undone = undo(format, bytes, step, 100);
      EXPECT_EQ(undone.text, "one\ntwo\n");
      EXPECT_TRUE(undone.complete);
      EXPECT_EQ(undone.error, "");
    }
  }
}

TEST(Decompressor, TellsWhatIsCutOff) {
  for (const auto format : kFormats) {
    SCOPED_TRACE(static_cast<int>(format));
    const std::string bytes = compressed("some text\n", format);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const Undone undone = undo(format, bytes.substr(0, size), 64, 64);
      EXPECT_FALSE(undone.complete) << size;
      EXPECT_EQ(undone.error, "") << size;
    }
  }
}

TEST(Decompressor, GivesOutWhatLiesBeforeAnError) {
  const std::string text = sample();
  for (const auto format : kFormats) {
    SCOPED_TRACE(static_cast<int>(format));
    const std::string bytes = compressed(text, format) + "garbage that is no member";
    const Undone undone = undo(format, bytes, bytes.size(), 1U << 20U);
    EXPECT_EQ(undone.text, text);
    EXPECT_TRUE(undone.error.starts_with("malformed ")) << undone.error;
  }
}

TEST(Decompressor, SurvivesFlippedBytes) {
  for (const auto format : kFormats) {
    const std::string bytes = compressed("some text\nthat is short\n", format);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      std::string broken = bytes;
      broken[i] = static_cast<char>(broken[i] ^ 0x55);
      undo(format, broken, 3, 5);
    }
  }
}

TEST(Compression, IsToldByTheFirstBytes) {
  EXPECT_EQ(compression_of(""), std::nullopt);
  EXPECT_EQ(compression_of("x"), std::nullopt);
  EXPECT_EQ(compression_of("plain"), std::nullopt);
  EXPECT_EQ(compression_of("\x1F\x8B"), Compression::Gzip);
  EXPECT_EQ(compression_of("\x78\x9C"), Compression::Zlib);
  EXPECT_EQ(compression_of("\x78\x9D"), std::nullopt);
  EXPECT_EQ(compression_of("BZh9"), Compression::Bzip2);
  EXPECT_EQ(compression_of("\x28\xB5\x2F\xFD"), Compression::Zstd);
}

}  // namespace
}  // namespace agent::codec
