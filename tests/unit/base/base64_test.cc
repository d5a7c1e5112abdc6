#include "agent/base/base64.h"

#include <gtest/gtest.h>

namespace agent {
namespace {

TEST(Base64, BothWays) {
  const struct {
    const char *name, *bytes, *bare, *padded;
  } cases[] = {
      {"nothing", "", "", ""},
      {"one byte", "f", "Zg", "Zg=="},
      {"two bytes", "fo", "Zm8", "Zm8="},
      {"three bytes", "foo", "Zm9v", "Zm9v"},
      {"four bytes", "foob", "Zm9vYg", "Zm9vYg=="},
      {"the last digits", "\xfb\xff", "+/8", "+/8="},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(encode_base64(c.bytes, Base64Padding::None), c.bare);
    EXPECT_EQ(encode_base64(c.bytes, Base64Padding::Equals), c.padded);
    EXPECT_EQ(decode_base64(c.bare), c.bytes);
    EXPECT_EQ(decode_base64(c.padded), c.bytes);
  }
}

TEST(Base64, ReadsTheUrlAlphabet) {
  EXPECT_EQ(decode_base64("-_8"), "\xfb\xff");
  EXPECT_EQ(decode_base64("-_8="), "\xfb\xff");
}

TEST(Base64, EveryByteComesBack) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(i);
    EXPECT_EQ(decode_base64(encode_base64(bytes, Base64Padding::None)), bytes);
    EXPECT_EQ(decode_base64(encode_base64(bytes, Base64Padding::Equals)), bytes);
  }
}

TEST(Base64, RefusesWhatIsMalformed) {
  for (const char* bad : {"Z", "Zm9vY", "Zg=x", "=Zg", "Z g", "Zg===", "Zg==\n", "Z\xc3\xa9z"})
    EXPECT_EQ(decode_base64(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace agent
