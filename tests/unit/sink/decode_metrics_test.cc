#include <bit>
#include <functional>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/sink/decode.h"
#include "agent/sink/proto/remote_write.pb.h"

namespace agent::sink {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace proto = dunlin::sink::remote_write;

proto::TimeSeries* add_series(proto::WriteRequest& request,
                              const std::vector<std::pair<std::string, std::string>>& labels) {
  auto* series = request.add_timeseries();
  for (const auto& [name, value] : labels) {
    auto* label = series->add_labels();
    label->set_name(name);
    label->set_value(value);
  }
  return series;
}

void add_sample(proto::TimeSeries& series, std::int64_t ms, double value) {
  auto* sample = series.add_samples();
  sample->set_timestamp(ms);
  sample->set_value(value);
}

TEST(DecodeRemoteWrite, RendersSamplesExactly) {
  proto::WriteRequest request;
  auto* up = add_series(request, {{"__name__", "up"}, {"job", "a\"b"}});
  add_sample(*up, 1'700'000'000'123, 1);
  add_sample(*up, 1'700'000'015'123, 0.1);
  auto* odd = add_series(request, {{"__name__", "odd"}});
  add_sample(*odd, -5, std::bit_cast<double>(0x7ff0000000000002ULL));
  add_sample(*odd, 1, std::numeric_limits<double>::quiet_NaN());
  add_sample(*odd, 2, -std::numeric_limits<double>::infinity());
  request.add_metadata()->set_metric_family_name("up");
  const auto arrival = decode_remote_write(request.SerializeAsString());
  ASSERT_TRUE(arrival) << arrival.error().message;
  EXPECT_THAT(
      arrival->records,
      ElementsAre(
          R"({"labels":{"__name__":"up","job":"a\"b"},"timestamp":1700000000123,"value":1,"stale":false})",
          R"({"labels":{"__name__":"up","job":"a\"b"},"timestamp":1700000015123,"value":0.1,"stale":false})",
          R"({"labels":{"__name__":"odd"},"timestamp":-5,"value":"NaN","stale":true})",
          R"({"labels":{"__name__":"odd"},"timestamp":1,"value":"NaN","stale":false})",
          R"({"labels":{"__name__":"odd"},"timestamp":2,"value":"-Inf","stale":false})"));
  EXPECT_EQ(arrival->stale_markers, 1U);
  EXPECT_EQ(arrival->metadata, 1U);
  EXPECT_EQ(arrival->samples[0].series, arrival->samples[1].series);
  EXPECT_NE(arrival->samples[0].series, arrival->samples[2].series);
}

TEST(DecodeRemoteWrite, RefusesWhatAReceiverMayRefuse) {
  using Labels = std::vector<std::pair<std::string, std::string>>;
  const struct {
    const char* name;
    Labels labels;
    const char* reason;
  } cases[] = {
      {"no name", {{"job", "x"}}, "timeseries[0]: the series has no __name__"},
      {"no labels", {}, "the series has no __name__"},
      {"not sorted", {{"__name__", "a"}, {"b", "1"}, {"a", "1"}}, "label \"a\" is not in order"},
      {"twice", {{"__name__", "a"}, {"b", "1"}, {"b", "2"}}, "label \"b\" is given twice"},
      {"empty value", {{"__name__", "a"}, {"b", ""}}, "label \"b\" is empty"},
      {"empty name", {{"", "x"}, {"__name__", "a"}}, "a label without a name"},
      {"not UTF-8", {{"__name__", "\xff"}}, "is not UTF-8"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    proto::WriteRequest request;
    add_sample(*add_series(request, c.labels), 1, 1);
    const auto arrival = decode_remote_write(request.SerializeAsString());
    ASSERT_FALSE(arrival);
    EXPECT_EQ(arrival.error().kind, ErrorKind::Input);
    EXPECT_THAT(arrival.error().message, HasSubstr(c.reason));
  }
  EXPECT_FALSE(decode_remote_write("\x0a\xff\xff\xff\xff\x0f"));
  EXPECT_TRUE(decode_remote_write(""));
}

TEST(DecodeRemoteWrite, RendersHistograms) {
  proto::WriteRequest request;
  auto* histogram = add_series(request, {{"__name__", "h"}})->add_histograms();
  histogram->set_count_int(4);
  histogram->set_sum(2.5);
  histogram->set_schema(3);
  histogram->set_timestamp(7);
  const auto arrival = decode_remote_write(request.SerializeAsString());
  ASSERT_TRUE(arrival);
  EXPECT_THAT(
      arrival->records,
      ElementsAre(
          R"({"labels":{"__name__":"h"},"timestamp":7,"histogram":{"count":4,"sum":2.5,"schema":3},"stale":false})"));
  EXPECT_EQ(arrival->histograms, 1U);
}

proto::RequestV2 second_version() {
  proto::RequestV2 request;
  for (const char* symbol : {"", "__name__", "up", "job", "x"})
    request.add_symbols(symbol);
  auto* series = request.add_timeseries();
  for (const std::uint32_t ref : {1U, 2U, 3U, 4U})
    series->add_labels_refs(ref);
  auto* sample = series->add_samples();
  sample->set_timestamp(9);
  sample->set_value(2);
  return request;
}

TEST(DecodeRemoteWriteV2, ResolvesSymbols) {
  const auto arrival = decode_remote_write_v2(second_version().SerializeAsString());
  ASSERT_TRUE(arrival) << arrival.error().message;
  EXPECT_THAT(
      arrival->records,
      ElementsAre(
          R"({"labels":{"__name__":"up","job":"x"},"timestamp":9,"value":2,"stale":false})"));
}

TEST(DecodeRemoteWriteV2, RefusesBrokenReferences) {
  const struct {
    const char* name;
    std::function<void(proto::RequestV2&)> spoil;
    const char* reason;
  } cases[] = {
      {"past the end", [](auto& r) { r.mutable_timeseries(0)->set_labels_refs(3, 5); },
       "symbol 5 does not exist"},
      {"an odd number", [](auto& r) { r.mutable_timeseries(0)->add_labels_refs(1); }, "odd number"},
      {"first symbol", [](auto& r) { r.set_symbols(0, "x"); }, "symbols[0]: it must be empty"},
      {"no sample", [](auto& r) { r.mutable_timeseries(0)->clear_samples(); }, "not both"},
      {"both kinds", [](auto& r) { r.mutable_timeseries(0)->add_histograms(); }, "not both"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto request = second_version();
    c.spoil(request);
    const auto arrival = decode_remote_write_v2(request.SerializeAsString());
    ASSERT_FALSE(arrival);
    EXPECT_THAT(arrival.error().message, HasSubstr(c.reason));
  }
}

}  // namespace
}  // namespace agent::sink
