#include "agent/codec/prom_text.h"

#include <bit>

#include <gtest/gtest.h>

#include "agent/model/sample_batch.h"

#include "tests/unit/codec/page_recorder.h"

namespace agent::codec {
namespace {

using Events = std::vector<std::string>;

PageResult read(std::string_view page, std::size_t piece = std::string_view::npos) {
  return read_page(ExpositionFormat::PrometheusText, page, piece);
}

// A page with one of everything that the format allows.
constexpr std::string_view kPage =
    "# HELP req_total Requests \\\\ by \\n route.\n"
    "# TYPE req_total counter\r\n"
    "req_total{route=\"/a\"} 10 1700000000000\r\n"
    "\n"
    "# a comment, \"open\n"
    "  req_total {route = \"/b\\\"\",} 2e1\t \n"
    "# TYPE lat histogram\n"
    "lat_bucket{le=\"0.1\"}1\n"
    "lat_bucket{le=\"+Inf\"} 2\n"
    "lat_sum 0.25\n"
    "lat_count 2\n"
    "multi{a=\"x\ny\\\\\"} 3\n"
    "{\"dis.k\",\"a\nb\"=\"1\"} NaN\n"
    "last -1 -5";

const Events kPageEvents = {
    "HELP req_total [Requests \\ by \n route.]",
    "TYPE req_total counter",
    "req_total{route=\"/a\"} = 10 @1700000000000 counter",
    "req_total {route = \"/b\\\"\",} = 20 counter",
    "TYPE lat histogram",
    "lat_bucket{le=\"0.1\"} = 1 histogram",
    "lat_bucket{le=\"+Inf\"} = 2 histogram",
    "lat_sum = 0.25 histogram",
    "lat_count = 2 histogram",
    "multi{a=\"x\ny\\\\\"} = 3 unknown",
    "{\"dis.k\",\"a\nb\"=\"1\"} = NaN unknown",
    "last = -1 @-5 unknown",
};

TEST(PrometheusText, ReadsEverythingTheFormatHas) {
  const auto result = read(kPage);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.events, kPageEvents);
}

TEST(PrometheusText, ReadsAPageInPiecesOfAnySize) {
  for (std::size_t piece = 1; piece <= kPage.size(); ++piece) {
    SCOPED_TRACE(piece);
    const auto result = read(kPage, piece);
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.events, kPageEvents);
  }
}

TEST(PrometheusText, TellsMetadataFromComments) {
  const struct {
    const char* page;
    Events events;
  } cases[] = {
      {"#\n#x\n# \n#TYPE a gauge\n# TYPE\n# HELP\n# EOF\n# UNIT a b\n# TYPEs a\n", {}},
      {"#  TYPE\ta   gauge  \n", {"TYPE a gauge"}},
      {"# TYPE \"a b\" untyped\n", {"TYPE a b unknown"}},
      {"# HELP a\n", {"HELP a []"}},
      {"# HELP a  two words \n", {"HELP a [two words ]"}},
      {"# HELP a:b \\d\n", {"HELP a:b [\\d]"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.page);
    const auto result = read(c.page);
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.events, c.events);
  }
}

TEST(PrometheusText, KnowsTheTypeByTheFamily) {
  const auto result = read(
      "# TYPE a counter\na 1\na_total 1\na_created 1\na_sum 1\nab 1\n"
      "# TYPE a_total gauge\na_total 1\n"
      "# TYPE h summary\nh 1\nh_sum 1\nh_count 1\nh_bucket 1\n_sum 1\n"
      "# TYPE h gauge\nh_sum 1\nh 1\n"
      "{\"a\"} 1\n");
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.events, (Events{"TYPE a counter", "a = 1 counter", "a_total = 1 counter",
                                   "a_created = 1 counter", "a_sum = 1 unknown", "ab = 1 unknown",
                                   "TYPE a_total gauge", "a_total = 1 gauge", "TYPE h summary",
                                   "h = 1 summary", "h_sum = 1 summary", "h_count = 1 summary",
                                   "h_bucket = 1 unknown", "_sum = 1 unknown", "TYPE h gauge",
                                   "h_sum = 1 unknown", "h = 1 gauge", "{\"a\"} = 1 counter"}));
}

TEST(PrometheusText, NamesLineAndColumnOfAnError) {
  const struct {
    const char *page, *error;
  } cases[] = {
      {"ok 1\nlonely\n", "line 2, column 7: expected a number"},
      {"9lives 1\n", "line 1, column 1: expected a metric name"},
      {"\n\n  -x 1\n", "line 3, column 3: expected a metric name"},
      {"a-b 1\n", "line 1, column 2: expected a number"},
      {"a{b='c'} 1\n", "line 1, column 5: expected a label value"},
      {"a{b=\"c\"\n", "line 1, column 8: expected }"},
      {"a{b=\"c} 1\nd 2\n", "line 1, column 5: the text in quotes has no end"},
      {"a{b=\"x\ny\" c} 1\n", "line 2, column 5: expected ="},
      {"a{b=\"x\ny\"} 1\nbad\n", "line 3, column 4: expected a number"},
      {"a 1 2 3\n", "line 1, column 7: expected the end"},
      {"a 1 # x\n", "line 1, column 5: expected a timestamp"},
      {"a 1 1.5\n", "line 1, column 5: expected a timestamp"},
      {"a 1 9223372036854775808\n", "line 1, column 5: expected a timestamp"},
      {"a 1e400\n", "line 1, column 3: expected a number"},
      {"# TYPE a Gauge\n", "line 1, column 10: expected counter"},
      {"# TYPE a\n", "line 1, column 9: expected counter"},
      {"# TYPE 5 gauge\n", "line 1, column 8: expected a metric name"},
      {"# TYPE \"a\n\" gauge\n", "line 1, column 8: the text in quotes"},
      {"# HELP \"\xFF\" x\n", "line 1, column 11: the metric name is not valid"},
      {"# HELP a \xFF\n", "line 1, column 10: the help text is not valid UTF-8"},
      {"a 1\r", "line 1, column 3: expected a number"},
      {"a\r1\n", "line 1, column 2: expected a number"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.page);
    for (const std::size_t piece : {std::string_view::npos, std::size_t{1}}) {
      const auto result = read(c.page, piece);
      EXPECT_EQ(result.error.substr(0, std::string_view(c.error).size()), c.error);
    }
  }
}

TEST(PrometheusText, TakesTheLargestTimestamp) {
  EXPECT_EQ(read("a 1 9223372036854775807\n").events, Events{"a = 1 @9223372036854775807 unknown"});
}

TEST(PrometheusText, NeverLetsAPageForgeAStaleMarker) {
  PageRecorder recorder;
  const auto parser = make_prometheus_parser(recorder);
  ASSERT_TRUE(parser->feed("a NaN\n"));
  EXPECT_EQ(std::bit_cast<std::uint64_t>(recorder.last_value), model::kNormalNanBits);
}

TEST(PrometheusText, EndsAtALineThatIsTooLong) {
  constexpr std::size_t kLimit = 8U << 20U;
  std::string line = "a{b=\"";
  line.append(kLimit - line.size() - 4, 'x');
  line += "\"} 1";
  ASSERT_EQ(line.size(), kLimit);
  EXPECT_EQ(read(line).error, "");
  EXPECT_EQ(read("ok 1\n" + line + "1").error, "line 2, column 1: the line is longer than 8 MiB");
  EXPECT_EQ(read(line + "1", 65536).error, "line 1, column 1: the line is longer than 8 MiB");
}

TEST(PrometheusText, EndsAtTheFirstError) {
  PageRecorder recorder;
  const auto parser = make_prometheus_parser(recorder);
  EXPECT_FALSE(parser->feed("bad\ngood 1\n"));
  EXPECT_FALSE(parser->feed("good 1\n"));
  EXPECT_FALSE(parser->finish());
  EXPECT_TRUE(recorder.events.empty());
  EXPECT_EQ(parser->line(), 1U);
  EXPECT_EQ(parser->column(), 4U);
}

TEST(PrometheusText, ReadsNewlinesInQuotesInLinearTime) {
  std::string page = "a{";
  for (int i = 0; i < 200000; ++i)
    page += "l" + std::to_string(i) + "=\"\n\",";
  page += "} 1\nb\n";
  // Quadratic work would take minutes here.
  EXPECT_EQ(read(page, 4096).error.substr(0, 23), "line 200002, column 2: ");
}

}  // namespace
}  // namespace agent::codec
