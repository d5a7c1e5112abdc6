#include "agent/scrape/series_labels.h"

#include <gtest/gtest.h>

#include "agent/scrape/job_settings.h"

namespace agent::scrape {
namespace {

using model::LabelSet;

struct Labelled {
  model::ScrapeJob job;
  LabelSet target{{"instance", "h:1"}, {"job", "j"}};

  Result<std::optional<LabelSet>> resolve(std::string_view raw) const {
    const auto settings = make_job_settings(job);
    codec::ParsedSeries parsed;
    const Status read = codec::parse_series(codec::ExpositionFormat::PrometheusText, raw,
                                            codec::MetricType::Unknown, parsed);
    EXPECT_TRUE(read);
    return SeriesLabels((*settings)->job, (*settings)->metric_relabeling, target).resolve(parsed);
  }
};

TEST(SeriesLabels, MergesTargetAndPage) {
  const struct {
    const char* name;
    bool honor;
    LabelSet target;
    const char *raw, *result;
  } cases[] = {
      {"added", false, {{"job", "j"}}, R"(a{x="1"})", R"({__name__="a", job="j", x="1"})"},
      {"moved",
       false,
       {{"job", "j"}},
       R"(a{job="p"})",
       R"({__name__="a", exported_job="p", job="j"})"},
      {"moved further while taken",
       false,
       {{"job", "j"}},
       R"(a{job="p",exported_job="q"})",
       R"({__name__="a", exported_exported_job="p", exported_job="q", job="j"})"},
      {"shorter names move first",
       false,
       {{"job", "j"}, {"exported_job", "t"}},
       R"(a{job="p",exported_job="q"})",
       R"({__name__="a", exported_exported_exported_job="q", exported_exported_job="p", )"
       R"(exported_job="t", job="j"})"},
      {"an empty label does not move",
       false,
       {{"job", "j"}},
       R"(a{job=""})",
       R"({__name__="a", job="j"})"},
      {"honored",
       true,
       {{"job", "j"}, {"b", "t"}},
       R"(a{job="p"})",
       R"({__name__="a", b="t", job="p"})"},
      {"honored though empty", true, {{"instance", "h"}}, R"(a{instance=""})", R"({__name__="a"})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Labelled labelled;
    labelled.job.honor_labels = c.honor;
    labelled.target = c.target;
    const auto labels = labelled.resolve(c.raw);
    ASSERT_TRUE(labels);
    ASSERT_TRUE(labels->has_value());
    EXPECT_EQ(to_string(**labels), c.result);
  }
}

TEST(SeriesLabels, RelabelingMayDropASeriesOrTakeItsName) {
  Labelled dropped;
  dropped.job.metric_relabel_rules.emplace_back();
  dropped.job.metric_relabel_rules.back().action = model::RelabelAction::Drop;
  dropped.job.metric_relabel_rules.back().source_labels = {"__name__"};
  dropped.job.metric_relabel_rules.back().regex = "a";
  EXPECT_FALSE(dropped.resolve("a")->has_value());
  EXPECT_TRUE(dropped.resolve("b")->has_value());

  Labelled nameless;
  nameless.job.metric_relabel_rules.emplace_back();
  nameless.job.metric_relabel_rules.back().action = model::RelabelAction::LabelDrop;
  nameless.job.metric_relabel_rules.back().regex = "__name__";
  EXPECT_FALSE(nameless.resolve("a"));
  nameless.job.metric_relabel_rules.back().regex = ".*";
  EXPECT_FALSE(nameless.resolve("a")->has_value()) << "no label at all is a drop";
}

TEST(SeriesLabels, HoldsTheLimitsAtAndJustPast) {
  const struct {
    const char* name;
    model::ScrapeLimits limits;
    const char* raw;
    const char* error;  // null: none
  } cases[] = {
      {"count at", {0, 0, 4, 0, 0, 0}, R"(a{x="1"})", nullptr},
      {"count past", {0, 0, 3, 0, 0, 0}, R"(a{x="1"})", "label_limit exceeded: 4 labels, limit 3"},
      {"name at", {0, 0, 0, 8, 0, 0}, R"(a{x2345678="1"})", nullptr},
      {"name past", {0, 0, 0, 8, 0, 0}, R"(a{x23456789="1"})", "label_name_length_limit"},
      {"value at", {0, 0, 0, 0, 3, 0}, R"(a{x="123"})", nullptr},
      {"value past", {0, 0, 0, 0, 3, 0}, R"(a{x="1234"})", "label_value_length_limit"},
      {"the metric name is a value", {0, 0, 0, 0, 3, 0}, "abcd", "label_value_length_limit"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Labelled labelled;
    labelled.job.limits = c.limits;
    const auto labels = labelled.resolve(c.raw);
    ASSERT_EQ(labels.has_value(), c.error == nullptr);
    if (c.error == nullptr) continue;
    EXPECT_NE(labels.error().message.find(c.error), std::string::npos) << labels.error().message;
  }
}

TEST(SeriesLabels, LegacyNamesAreChecked) {
  Labelled labelled;
  labelled.job.name_validation = model::NameValidation::Legacy;
  labelled.job.name_escaping = "underscores";
  EXPECT_TRUE(labelled.resolve("a:b_9"));
  EXPECT_FALSE(labelled.resolve(R"({"a.b"})"));
  EXPECT_FALSE(labelled.resolve(R"(a{"x.y"="1"})"));
  EXPECT_FALSE(is_valid_label_name("a:b", model::NameValidation::Legacy));
  EXPECT_FALSE(is_valid_metric_name("9a", model::NameValidation::Legacy));
  EXPECT_TRUE(is_valid_metric_name("9a.ü", model::NameValidation::Utf8));
  EXPECT_FALSE(is_valid_metric_name("\xff", model::NameValidation::Utf8));
  EXPECT_FALSE(is_valid_label_name("", model::NameValidation::Utf8));
}

}  // namespace
}  // namespace agent::scrape
