#include "agent/codec/remote_write.h"

#include <bit>
#include <limits>

#include <gtest/gtest.h>
#include <protozero/pbf_message.hpp>

#include "agent/model/sample_batch.h"

namespace agent::codec {
namespace {

// Prints a request through protozero, which the encoder does not use.
std::string describe(std::string_view request) {
  std::string out;
  protozero::pbf_reader reader(request);
  while (reader.next()) {
    out += reader.tag() == 1 ? "series" : "other";
    protozero::pbf_reader field = reader.get_message();
    while (field.next()) {
      if (reader.tag() != 1) {
        out += " " + std::to_string(field.tag()) + ":" +
               (field.wire_type() == protozero::pbf_wire_type::varint
                    ? std::to_string(field.get_uint64())
                    : std::string(field.get_view()));
        continue;
      }
      protozero::pbf_reader part = field.get_message();
      while (part.next()) {
        out += " " + std::to_string(field.tag()) + "." + std::to_string(part.tag()) + ":";
        switch (part.wire_type()) {
          case protozero::pbf_wire_type::length_delimited:
            out += std::string(part.get_view());
            break;
          case protozero::pbf_wire_type::fixed64:
            out += std::to_string(std::bit_cast<std::uint64_t>(part.get_double()));
            break;
          default:
            out += std::to_string(part.get_int64());
        }
      }
    }
    out += "\n";
  }
  return out;
}

TEST(RemoteWrite, WritesSeriesThatAnotherReaderReads) {
  const std::string labels = encode_series_labels({{"__name__", "up"}, {"job", "shop"}});
  std::string request;
  append_time_series(request, labels, 1, 1700000000123);
  append_time_series(request, encode_series_labels({}), model::stale_nan(), -1);
  append_time_series(request, "", model::normal_nan(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(describe(request),
            "series 1.1:__name__ 1.2:up 1.1:job 1.2:shop 2.1:4607182418800017408 "
            "2.2:1700000000123\n"
            "series 2.1:" +
                std::to_string(model::kStaleNanBits) +
                " 2.2:-1\n"
                "series 2.1:" +
                std::to_string(model::kNormalNanBits) + " 2.2:-9223372036854775808\n");
}

TEST(RemoteWrite, WritesLengthsOnBothSidesOfOneByte) {
  for (const std::size_t size : {1U, 121U, 122U, 123U, 127U, 128U, 16383U, 16384U, 1000000U}) {
    SCOPED_TRACE(size);
    const std::string value(size, 'v');
    std::string request;
    append_time_series(request, encode_series_labels({{"n", value}}), 0, 0);
    EXPECT_EQ(describe(request), "series 1.1:n 1.2:" + value + " 2.1:0 2.2:0\n");
  }
}

TEST(RemoteWrite, WritesMetadata) {
  std::string request;
  append_metadata(request, MetricType::Summary, "lat", std::string(200, 'h'), "s");
  EXPECT_EQ(describe(request), "other 1:5 2:lat 4:" + std::string(200, 'h') + " 5:s\n");
}

TEST(RemoteWrite, CutsARequest) {
  std::string request;
  for (int i = 0; i < 5; ++i)
    append_time_series(request, encode_series_labels({{"i", std::to_string(i)}}), i, i);
  for (std::uint32_t count = 0; count <= 6; ++count) {
    SCOPED_TRACE(count);
    const auto parts = cut_write_request(request, count);
    ASSERT_TRUE(parts);
    EXPECT_EQ(parts->first + parts->second, request);
    const std::string first = describe(parts->first);
    EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), std::min(count, 5U));
  }
  EXPECT_FALSE(cut_write_request(request.substr(0, request.size() - 1), 2));
  EXPECT_FALSE(cut_write_request("\xff", 2));
}

}  // namespace
}  // namespace agent::codec
