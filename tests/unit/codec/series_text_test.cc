#include "agent/codec/series_text.h"

#include <gtest/gtest.h>

namespace agent::codec {
namespace {

constexpr auto kText = ExpositionFormat::PrometheusText;
constexpr auto kOpenMetrics = ExpositionFormat::OpenMetrics;

std::string labels_of(ExpositionFormat format, std::string_view raw,
                      MetricType type = MetricType::Unknown) {
  ParsedSeries series;
  const auto parsed = parse_series(format, raw, type, series);
  if (!parsed) return "error: " + parsed.error().message;
  std::string out;
  for (const auto& label : series.labels)
    out += (out.empty() ? "" : ",") + label.name + "=" + label.value;
  return out;
}

TEST(ParseSeries, SplitsAndSorts) {
  const struct {
    const char *name, *raw, *labels;
  } cases[] = {
      {"name alone", "up", "__name__=up"},
      {"empty braces", "up{}", "__name__=up"},
      {"sorted", "m{z=\"1\",a=\"2\"}", "__name__=m,a=2,z=1"},
      {"capitals before underscores", "m{A=\"1\"}", "A=1,__name__=m"},
      {"empty value is kept", "m{a=\"\"}", "__name__=m,a="},
      {"trailing comma", "m{a=\"1\",}", "__name__=m,a=1"},
      {"blanks", "m \t{ a = \"1\" , b = \"2\" , }", "__name__=m,a=1,b=2"},
      {"no comma", "m{a=\"1\" b=\"2\"c=\"3\"}", "__name__=m,a=1,b=2,c=3"},
      {"quoted name", "{\"disk.free\"}", "__name__=disk.free"},
      {"quoted name behind labels", "{a=\"1\",\"disk.free\",}", "__name__=disk.free,a=1"},
      {"quoted label", "m{\"a b\"=\"1\"}", "__name__=m,a b=1"},
      {"escapes", "m{a=\"\\\\ \\\" \\n \\d \\\\n\"}", "__name__=m,a=\\ \" \n \\d \\n"},
      {"escapes in names", "{\"a\\\"b\",\"c\\nd\"=\"1\"}", "__name__=a\"b,c\nd=1"},
      {"raw newline", "m{a=\"x\ny\"}", "__name__=m,a=x\ny"},
      {"braces and commas in a value", "m{a=\"},{\"}", "__name__=m,a=},{"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(labels_of(kText, c.raw), c.labels);
  }
}

TEST(ParseSeries, FindsWhatIsWrongWithTheText) {
  const struct {
    const char *raw, *error;
  } cases[] = {
      {"", "expected a metric name"},
      {"{}", "expected a metric name"},
      {"{a=\"1\"}", "expected a metric name"},
      {"9m", "expected a metric name"},
      {"m{a=\"1\",a=\"2\"}", "a label name stands twice"},
      {"m{a=\"1\",\"a\"=\"2\"}", "a label name stands twice"},
      {"m{__name__=\"x\"}", "a label name stands twice"},
      {"{\"m\",\"__name__\"=\"x\"}", "a label name stands twice"},
      {"m{\"\"=\"x\"}", "a label name is empty"},
      {"m{a=\"\xFF\"}", "a label is not valid UTF-8"},
      {"m{\"\xC3\"=\"a\"}", "a label is not valid UTF-8"},
      {"{\"\xED\xA0\x80\"}", "a label is not valid UTF-8"},
      {"m{\"x\"}", "there is a metric name already"},
      {"{\"m\",\"n\"}", "there is a metric name already"},
      {"{\"\"}", "the metric name is empty"},
      {"{\"m\" a=\"1\"}", "expected a comma"},
      {"m{,a=\"1\"}", "expected a label name"},
      {"m{a=\"1\",,}", "expected a label name"},
      {"m{a=\"1\"", "expected }"},
      {"m{a=1}", "expected a label value"},
      {"m{a='1'}", "expected a label value"},
      {"m{a}", "expected = behind"},
      {"m{a=\"1}", "has no end"},
      {"m{a=\"1\\\"}", "has no end"},
      {"m{a=\"1\\", "has no end"},
      {"m x", "expected the end"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.raw);
    EXPECT_NE(labels_of(kText, c.raw).find(c.error), std::string::npos) << labels_of(kText, c.raw);
  }
}

TEST(ParseSeries, AllowsNoBlanksInOpenMetrics) {
  EXPECT_EQ(labels_of(kOpenMetrics, "m{a=\"1\",}"), "__name__=m,a=1");
  EXPECT_EQ(labels_of(kOpenMetrics, "{\"m.n\",\"b c\"=\"1\"}"), "__name__=m.n,b c=1");
  for (const char* raw : {"m {a=\"1\"}", "m{ a=\"1\"}", "m{a =\"1\"}", "m{a= \"1\"}", "m{a=\"1\" }",
                          "m{a=\"1\", b=\"2\"}", "m{a=\"1\"b=\"2\"}", "m{ }"}) {
    SCOPED_TRACE(raw);
    EXPECT_EQ(labels_of(kOpenMetrics, raw).substr(0, 6), "error:");
  }
}

TEST(ParseSeries, WritesBoundsInTheirCanonicalForm) {
  const struct {
    const char* raw;
    MetricType type;
    const char* labels;
  } cases[] = {
      {"b{le=\"1\"}", MetricType::Histogram, "__name__=b,le=1.0"},
      {"b{le=\"1e3\"}", MetricType::Histogram, "__name__=b,le=1000.0"},
      {"b{le=\"+inf\"}", MetricType::Histogram, "__name__=b,le=+Inf"},
      {"b{le=\"\"}", MetricType::Histogram, "__name__=b,le="},
      {"b{le=\"soon\"}", MetricType::Histogram, "__name__=b,le=soon"},
      {"b{quantile=\"1\"}", MetricType::Histogram, "__name__=b,quantile=1"},
      {"b{quantile=\"0.90\"}", MetricType::Summary, "__name__=b,quantile=0.9"},
      {"b{le=\"1\"}", MetricType::Summary, "__name__=b,le=1"},
      {"b{le=\"1\"}", MetricType::GaugeHistogram, "__name__=b,le=1"},
      {"b{le=\"1\"}", MetricType::Unknown, "__name__=b,le=1"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.raw);
    EXPECT_EQ(labels_of(kText, c.raw, c.type), c.labels);
  }
}

}  // namespace
}  // namespace agent::codec
