#include "agent/export/otlp_payload.h"

#include <gtest/gtest.h>

#include "tests/support/otlp_bytes.h"

namespace agent::exporter {
namespace {

using model::OtlpCompression;
using testing::field;
using testing::request;
using testing::span;
using testing::span_id;
using testing::trace_id;

TEST(OtlpPayload, CompressesAboveOneKibibyte) {
  const struct {
    const char* name;
    std::size_t size;
    OtlpCompression compression;
    const char* encoding;
  } cases[] = {
      {"plain", 5000, OtlpCompression::None, ""},
      {"gzip at the limit", 1024, OtlpCompression::Gzip, ""},
      {"gzip past the limit", 1025, OtlpCompression::Gzip, "gzip"},
      {"zstd whatever the size", 1, OtlpCompression::Zstd, "zstd"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string bytes(c.size, '\x0a');
    const std::string payload = encode_otlp_payload(bytes, c.compression);
    EXPECT_EQ(otlp_payload_encoding(payload, c.compression), c.encoding);
    EXPECT_EQ(payload == bytes, *c.encoding == '\0');
    EXPECT_EQ(*decode_otlp_payload(payload, c.compression), bytes);
  }
  EXPECT_FALSE(decode_otlp_payload("\x1f\x8bnonsense", OtlpCompression::Gzip));
}

TEST(OtlpPayload, HalvesBySpansAndReceipts) {
  std::vector<std::string> spans;
  for (std::uint8_t i = 1; i <= 5; ++i)
    spans.push_back(span(trace_id(i), span_id(i), field(5, std::string(500, 'n'))));
  for (const auto compression :
       {OtlpCompression::None, OtlpCompression::Gzip, OtlpCompression::Zstd}) {
    SCOPED_TRACE(static_cast<int>(compression));
    queue::Block block;
    block.payload =
        std::make_shared<const std::string>(encode_otlp_payload(request(spans), compression));
    block.records = 5;
    block.oldest = from_unix_ms(7);
    block.receipts = {{1, 1}, {2, 3}, {3, 1}};
    const auto halves = halve_otlp_block(block, compression);
    ASSERT_EQ(halves.size(), 2U);
    EXPECT_EQ(*decode_otlp_payload(*halves[0].payload, compression),
              request({spans[0], spans[1], spans[2]}));
    EXPECT_EQ(*decode_otlp_payload(*halves[1].payload, compression), request({spans[3], spans[4]}));
    EXPECT_EQ(halves[0].records, 3U);
    EXPECT_EQ(halves[1].records, 2U);
    EXPECT_EQ(halves[1].oldest, from_unix_ms(7));
    ASSERT_EQ(halves[0].receipts.size(), 2U);
    EXPECT_EQ(halves[0].receipts[1].id, 2U);
    EXPECT_EQ(halves[0].receipts[1].records, 2U);
    ASSERT_EQ(halves[1].receipts.size(), 2U);
    EXPECT_EQ(halves[1].receipts[0].records, 1U);
    EXPECT_EQ(halves[1].receipts[1].id, 3U);
  }
}

TEST(OtlpPayload, ASingleSpanIsNotHalved) {
  queue::Block block;
  block.payload = std::make_shared<const std::string>(request({span(trace_id(1), span_id(1))}));
  block.records = 1;
  EXPECT_TRUE(halve_otlp_block(block, OtlpCompression::None).empty());
}

TEST(OtlpResponse, ReadsPartialSuccess) {
  const struct {
    const char* name;
    std::string bytes;
    std::uint64_t rejected;
    std::string message;
  } cases[] = {
      {"empty", "", 0, ""},
      {"rejected", field(1, "\x08\x03" + field(2, "bad ids")), 3, "bad ids"},
      {"a warning", field(1, field(2, "slow down")), 0, "slow down"},
      {"unknown fields", field(9, "x") + field(1, field(9, "x") + "\x08\x01"), 1, ""},
      {"malformed", "\x0a\x05", 0, ""},
      {"malformed inside", field(1, "\x08\x03\x0c"), 0, ""},
      {"negative", field(1, "\x08" + std::string(9, '\xff') + "\x01"), 0, ""},
      {"a long message", field(1, field(2, std::string(1000, 'm'))), 0, std::string(256, 'm')},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto partial = read_otlp_response(c.bytes);
    EXPECT_EQ(partial.rejected, c.rejected);
    EXPECT_EQ(partial.message, c.message);
  }
}

}  // namespace
}  // namespace agent::exporter
