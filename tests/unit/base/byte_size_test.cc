#include "agent/base/byte_size.h"

#include <limits>

#include <gtest/gtest.h>

namespace agent {
namespace {

TEST(ByteSize, ReadsUnitsAsPowersOf1024) {
  const struct {
    const char* text;
    std::uint64_t expected;
  } cases[] = {
      {"0", 0},
      {"512", 512},
      {"512B", 512},
      {"1K", 1024},
      {"1KB", 1024},
      {"1KiB", 1024},
      {"1kib", 1024},
      {"1.5GB", 1536ULL << 20U},
      {"64 MiB", 64ULL << 20U},
      {"2T", 2ULL << 40U},
      {"1PB", 1ULL << 50U},
      {"15EB", 15ULL << 60U},
      {"0.1B", 0},
      {"18446744073709551615", std::numeric_limits<std::uint64_t>::max()},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto parsed = parse_byte_size(c.text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, c.expected);
  }
}

TEST(ByteSize, RefusesTheRest) {
  for (const char* text : {"", "MiB", "-1", "+1", "1.MiB", ".5K", "1XB", "1Ki", "1 M B", "1MiBs",
                           "16EB", "18446744073709551616", "1e3", " 1"}) {
    SCOPED_TRACE(text);
    const auto parsed = parse_byte_size(text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().kind, ErrorKind::Input);
  }
  EXPECT_FALSE(parse_byte_size(std::string(10'000, '9')));
}

TEST(ByteSize, ReadsPromtailsForm) {
  const struct {
    const char* text;
    std::uint64_t expected;
  } cases[] = {{"0", 0},
               {"8", 8},
               {"8b", 8},
               {"8 Byte", 8},
               {"8byte", 8},
               {"8k", 8192},
               {"8 KB", 8192},
               {"1m", 1U << 20U},
               {"1gB", 1U << 30U},
               {"2T", 2ULL << 40U},
               {"1pb", 1ULL << 50U},
               {"15eb", 15ULL << 60U},
               {"18446744073709551615", std::numeric_limits<std::uint64_t>::max()}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto parsed = parse_promtail_size(c.text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, c.expected);
  }
  for (const char* text : {"", "kb", "-1", "+1", "1.5kb", "8KiB", "8mib", "8  kb", "8 ", " 8",
                           "8bytes", "8 k b", "8x", "16eb", "18446744073709551616", "8\tkb"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_promtail_size(text));
  }
}

TEST(ByteSize, PrintsForPeople) {
  EXPECT_EQ(format_byte_size(0), "0 B");
  EXPECT_EQ(format_byte_size(1023), "1023 B");
  EXPECT_EQ(format_byte_size(1024), "1 KiB");
  EXPECT_EQ(format_byte_size(1536), "1.5 KiB");
  EXPECT_EQ(format_byte_size(64ULL << 20U), "64 MiB");
  EXPECT_EQ(format_byte_size(std::numeric_limits<std::uint64_t>::max()), "16 EiB");
}

}  // namespace
}  // namespace agent
