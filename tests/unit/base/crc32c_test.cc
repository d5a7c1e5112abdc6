#include "agent/base/crc32c.h"

#include <string>

#include <gtest/gtest.h>

namespace agent {
namespace {

TEST(Crc32c, MatchesTheVectorsOfRfc3720) {
  std::string up;
  std::string down;
  for (int i = 0; i < 32; ++i) {
    up += static_cast<char>(i);
    down += static_cast<char>(31 - i);
  }
  const struct {
    std::string bytes;
    std::uint32_t crc;
  } cases[] = {
      {"", 0},
      {"123456789", 0xE3069283},
      {std::string(32, '\0'), 0x8A9136AA},
      {std::string(32, '\xFF'), 0x62A8AB43},
      {up, 0x46DD794E},
      {down, 0x113FDB5C},
  };
  for (const auto& c : cases)
    EXPECT_EQ(crc32c(c.bytes), c.crc) << c.bytes.size();
}

TEST(Crc32c, GoesOnFromWhatCameBefore) {
  const std::string text = "the quick brown fox jumps over the lazy dog";
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    EXPECT_EQ(
        crc32c(std::string_view(text).substr(cut), crc32c(std::string_view(text).substr(0, cut))),
        crc32c(text))
        << cut;
}

}  // namespace
}  // namespace agent
