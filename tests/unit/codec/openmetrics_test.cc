#include "agent/codec/openmetrics.h"

#include <gtest/gtest.h>

#include "tests/unit/codec/page_recorder.h"

namespace agent::codec {
namespace {

using Events = std::vector<std::string>;

PageResult read(std::string_view page, std::size_t piece = std::string_view::npos) {
  return read_page(ExpositionFormat::OpenMetrics, page, piece);
}

constexpr std::string_view kPage =
    "# TYPE req_bytes counter\n"
    "# HELP req_bytes A \\\"word\\\"\\n.\n"
    "# UNIT req_bytes bytes\n"
    "req_bytes_total{a=\"1\",} 5 1.5e3 # {trace_id=\"x\",\"b c\"=\"\"} 0.5 -1.5\n"
    "req_bytes_created 1700000000.25\n"
    "req_bytes_total 6 # {} 1\n"
    "# TYPE \"p.q\" info\n"
    "{\"p.q_info\",v=\"\\n\"} 1\n"
    "# HELP e \n"
    "# EOF\n";
const Events kPageEvents = {
    "TYPE req_bytes counter",
    "HELP req_bytes [A \"word\"\n.]",
    "UNIT req_bytes [bytes]",
    "req_bytes_total{a=\"1\",} = 5 @1500000 counter # b c= trace_id=x 0.5 @-1500",
    "req_bytes_created = 1700000000.25 counter",
    "req_bytes_total = 6 counter # 1",
    "TYPE p.q info",
    "{\"p.q_info\",v=\"\\n\"} = 1 info",
    "HELP e []",
};

TEST(OpenMetrics, ReadsAPageInPiecesOfAnySize) {
  for (std::size_t piece = 1; piece <= kPage.size(); ++piece) {
    SCOPED_TRACE(piece);
    const auto result = read(kPage, piece);
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.events, kPageEvents);
  }
  EXPECT_EQ(read(kPage.substr(0, kPage.size() - 1)).error, "");
}

TEST(OpenMetrics, CountsEveryCutAsAnError) {
  // The last newline alone may be missing.
  for (std::size_t size = 0; size + 1 < kPage.size(); ++size) {
    SCOPED_TRACE(size);
    EXPECT_NE(read(kPage.substr(0, size)).error, "");
  }
}

TEST(OpenMetrics, KnowsAllTypes) {
  for (const char* type : {"counter", "gauge", "histogram", "gaugehistogram", "summary", "info",
                           "stateset", "unknown"}) {
    SCOPED_TRACE(type);
    const auto result = read("# TYPE a " + std::string(type) + "\na 1\n# EOF\n");
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.events.back(), std::string("a = 1 ") + type);
  }
}

TEST(OpenMetrics, DropsALongExemplarAndKeepsItsSample) {
  const auto page = [](std::size_t characters) {
    std::string value;
    for (std::size_t i = 1; i < characters; ++i)
      value += "é";
    return "a 1 # {t=\"" + value + "\"} 1\n# EOF\n";
  };
  EXPECT_EQ(read(page(128)).events.size(), 1U);
  EXPECT_NE(read(page(128)).events[0].find(" # t="), std::string::npos);
  EXPECT_EQ(read(page(129)).events, (Events{"exemplar dropped", "a = 1 unknown"}));
}

TEST(OpenMetrics, NamesLineAndColumnOfAnError) {
  const struct {
    const char *page, *error;
  } cases[] = {
      {"", "line 1, column 1: the page has no # EOF"},
      {"a 1\n", "line 2, column 1: the page has no # EOF"},
      {"a 1\n# EOF\n\n", "line 3, column 1: nothing may follow # EOF"},
      {"# EOF ", "line 1, column 1: expected # HELP"},
      {"\n# EOF\n", "line 1, column 1: expected a metric name"},
      {"a 1\r\n# EOF\n", "line 1, column 3: expected a number"},
      {"a  1\n# EOF\n", "line 1, column 3: expected a number"},
      {"a 1 \n# EOF\n", "line 1, column 5: expected a timestamp"},
      {"a\t1\n# EOF\n", "line 1, column 2: expected one blank"},
      {"a 1 NaN\n# EOF\n", "line 1, column 5: expected a timestamp"},
      {"a 1 +Inf\n# EOF\n", "line 1, column 5: expected a timestamp"},
      {"a 1 1e16\n# EOF\n", "line 1, column 5: expected a timestamp"},
      {"a 1 2 3\n# EOF\n", "line 1, column 7: expected the end of the line, or an exemplar"},
      {"a{b=\"c\nd\"} 1\n# EOF\n", "line 1, column 5: the text in quotes has no end"},
      {"a 1 # {\"b\"} 1\n# EOF\n", "line 1, column 11: expected = behind"},
      {"a 1 # {b=\"1\",b=\"2\"} 1\n# EOF\n", "line 1, column 8: a label name stands twice"},
      {"a 1 # {b=\"\xFF\"} 1\n# EOF\n", "line 1, column 8: a label is not valid UTF-8"},
      {"a 1 # {b=\"1\"}\n# EOF\n", "line 1, column 14: expected one blank"},
      {"a 1 # {b=\"1\"} 1 2 3\n# EOF\n", "line 1, column 18: expected the end"},
      {"a 1 # {} 1 # {} 1\n# EOF\n", "line 1, column 12: expected a timestamp"},
      {"# TYPE a untyped\n# EOF\n", "line 1, column 10: expected a metric type"},
      {"# TYPE a  gauge\n# EOF\n", "line 1, column 10: expected a metric type"},
      {"# HELP a\n# EOF\n", "line 1, column 9: expected one blank"},
      {"# UNIT a_s ss\n# EOF\n", "line 1, column 12: the metric's name does not end"},
      {"# UNIT s s\n# EOF\n", "line 1, column 10: the metric's name does not end"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.page);
    for (const std::size_t piece : {std::string_view::npos, std::size_t{1}})
      EXPECT_EQ(read(c.page, piece).error.substr(0, std::string_view(c.error).size()), c.error);
  }
}

}  // namespace
}  // namespace agent::codec
