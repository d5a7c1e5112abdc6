#include "agent/scrape/job_settings.h"

#include <gtest/gtest.h>

namespace agent::scrape {
namespace {

TEST(JobSettings, AsksForTheProtocolsInTheirOrder) {
  EXPECT_EQ(accept_header({"OpenMetricsText1.0.0", "OpenMetricsText0.0.1", "PrometheusText1.0.0",
                           "PrometheusText0.0.4"},
                          "allow-utf-8"),
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
            "application/openmetrics-text;version=0.0.1;q=0.5,"
            "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
            "text/plain;version=0.0.4;q=0.3,*/*;q=0.2");
  EXPECT_EQ(accept_header({"PrometheusText1.0.0"}, "dots"),
            "text/plain;version=1.0.0;escaping=dots;q=0.6,*/*;q=0.5");
}

TEST(JobSettings, ContentTypePicksTheFormat) {
  const auto text = codec::ExpositionFormat::PrometheusText;
  const auto open = codec::ExpositionFormat::OpenMetrics;
  const struct {
    const char *content_type, *fallback;
    std::optional<codec::ExpositionFormat> format;
  } cases[] = {
      {"text/plain; version=0.0.4; charset=utf-8", "", text},
      {"Application/OpenMetrics-Text;version=1.0.0", "", open},
      {"text/plain", "OpenMetricsText1.0.0", text},
      {"", "PrometheusText0.0.4", text},
      {"", "OpenMetricsText0.0.1", open},
      {"text/html", "PrometheusText1.0.0", text},
      {"", "", std::nullopt},
      {"text/html; charset=utf-8", "", std::nullopt},
      {"application/vnd.google.protobuf", "", std::nullopt},
      {";;;", "", std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.content_type) + " / " + c.fallback);
    const auto format = choose_format(c.content_type, c.fallback);
    ASSERT_EQ(format.has_value(), c.format.has_value());
    if (c.format) {
      EXPECT_EQ(*format, *c.format);
    }
  }
}

TEST(JobSettings, SecondsAreShort) {
  EXPECT_EQ(format_seconds(std::chrono::seconds(10)), "10");
  EXPECT_EQ(format_seconds(std::chrono::milliseconds(250)), "0.25");
  EXPECT_EQ(format_seconds(std::chrono::hours(8760)), "31536000");
}

TEST(JobSettings, ABadRuleIsNamed) {
  model::ScrapeJob job;
  job.name = "shop";
  job.metric_relabel_rules.emplace_back();
  job.metric_relabel_rules.back().target_label = "x";
  job.metric_relabel_rules.back().regex = "(";
  const auto settings = make_job_settings(job);
  ASSERT_FALSE(settings);
  EXPECT_NE(settings.error().message.find("job \"shop\": metric_relabel_configs"),
            std::string::npos)
      << settings.error().message;
}

TEST(JobSettings, SeriesKeepTheirLabelsUnlessASettingTouchesThem) {
  const model::ScrapeJob base;
  model::ScrapeJob timing = base;
  timing.scrape_interval = std::chrono::seconds(5);
  timing.limits.samples = 10;
  timing.http.follow_redirects = false;
  EXPECT_TRUE(label_series_alike(base, timing));
  model::ScrapeJob honor = base;
  honor.honor_labels = true;
  EXPECT_FALSE(label_series_alike(base, honor));
  model::ScrapeJob rules = base;
  rules.metric_relabel_rules.emplace_back();
  EXPECT_FALSE(label_series_alike(base, rules));
  model::ScrapeJob limit = base;
  limit.limits.label_value_length = 1;
  EXPECT_FALSE(label_series_alike(base, limit));
}

}  // namespace
}  // namespace agent::scrape
