#include "agent/scrape/page_reader.h"

#include <gtest/gtest.h>

namespace agent::scrape {
namespace {

class Count final : public codec::ExpositionVisitor {
 public:
  void on_sample(const codec::ScrapedSample& /*sample*/) override { ++samples; }
  int samples = 0;
};

TEST(PageReader, UnzipsByteByByte) {
  std::string page;
  for (int i = 0; i < 100; ++i)
    page += "metric{i=\"" + std::to_string(i) + "\"} 1\n";
  const std::string zipped = codec::gzip_compress(page);
  Count count;
  PageReader reader({"text/plain", "GZIP"}, "", 0, count);
  for (const char byte : zipped)
    ASSERT_TRUE(reader.feed({&byte, 1}));
  EXPECT_TRUE(reader.finish());
  EXPECT_EQ(count.samples, 100);
  EXPECT_EQ(reader.body_bytes(), page.size());
}

TEST(PageReader, TheLimitCountsUncompressedBytes) {
  const std::string page = "a 1\n" + std::string(1 << 20, '#') + "\n";
  const std::string zipped = codec::gzip_compress(page);
  Count count;
  PageReader reader({"text/plain", "gzip"}, "", page.size(), count);
  EXPECT_FALSE(reader.feed(zipped));
  EXPECT_TRUE(reader.over_limit());
  EXPECT_FALSE(reader.feed("more")) << "an error sticks";
  PageReader fits({"text/plain", "gzip"}, "", page.size() + 1, count);
  EXPECT_TRUE(fits.feed(zipped));
  EXPECT_TRUE(fits.finish());
}

TEST(PageReader, ACutGzipStreamIsAnError) {
  const std::string zipped = codec::gzip_compress("a 1\nb 2\n");
  Count count;
  PageReader reader({"text/plain", "gzip"}, "", 0, count);
  (void)reader.feed(std::string_view(zipped).substr(0, zipped.size() - 4));
  EXPECT_FALSE(reader.finish());
}

TEST(PageReader, AnEmptyBodyNeedsNoType) {
  Count count;
  PageReader reader({"", "gzip"}, "", 0, count);
  EXPECT_TRUE(reader.finish());
  PageReader typed({"", ""}, "", 0, count);
  EXPECT_FALSE(typed.feed("a 1\n"));
}

}  // namespace
}  // namespace agent::scrape
