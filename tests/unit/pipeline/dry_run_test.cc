#include "agent/pipeline/dry_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::pipeline {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A pipeline that is looked at, on the bench.
class InspectedStages {
 public:
  explicit InspectedStages(const std::string& yaml) {
    const auto list = config::parse(yaml);
    EXPECT_TRUE(list);
    auto made = logs::make_pipeline(*list, {.report = report_,
                                            .path = "pipeline_stages",
                                            .metrics = scope_,
                                            .labels = labels_,
                                            .receipts = receipts_,
                                            .ledger = ledger_});
    EXPECT_TRUE(made) << made.error().message;
    stages_ = std::move(*made);
    stages_->set_observer(&inspector_);
  }
  std::string of(std::string_view line) {
    printed_.clear();
    model::LogBatch batch;
    batch.entries.push_back(
        {Timestamp(std::chrono::seconds(1)), line, labels_.intern({{"a", "b"}}), {}, 0});
    stages_->process(batch, Timestamp(std::chrono::seconds(1)));
    return printed_;
  }

 private:
  config::Report report_;
  selfmon::Scope scope_;
  selfmon::Ledger ledger_{"logs", scope_};
  model::LabelTable labels_;
  model::ReceiptBook receipts_;
  std::string printed_;
  StageInspector inspector_{[this](const std::string& text) { printed_ += text; }};
  std::unique_ptr<logs::Pipeline> stages_;
};

TEST(EntryPrinter, PrintsWhatWouldBeSentAndSettlesIt) {
  model::LabelTable labels;
  model::ReceiptBook receipts;
  bool settled = false;
  const auto receipt = receipts.open(1, [&] { settled = true; });
  std::string printed;
  EntryPrinter printer([&](const std::string& text) { printed += text; }, receipts);
  model::LogBatch batch;
  batch.entries.push_back({Timestamp(std::chrono::milliseconds(1'500'000'000'250)),
                           "a \x1b[31mline",
                           labels.intern({{"job", "x"}, {"app", "y"}}),
                           {},
                           receipt});
  EXPECT_EQ(printer.push(batch), model::Push::Taken);
  EXPECT_THAT(printed, AllOf(HasSubstr(":00.25"), EndsWith("\t{app=\"y\", job=\"x\"}\ta "
                                                           "\\x1b[31mline\n")));
  EXPECT_TRUE(settled);
}

TEST(StageInspector, PrintsWhatEachStageChanged) {
  InspectedStages stages(
      "[{json: {expressions: {m: msg}}}, {labels: {m: }}, {output: {source: m}}, "
      "{drop: {value: gone, source: m}}]");
  EXPECT_EQ(stages.of(R"({"msg":"hello"})"),
            "[inspect: json stage]:\nExtracted[\"m\"]:\n\t+: hello\n"
            "[inspect: labels stage]:\nLabels[\"m\"]:\n\t+: hello\n"
            "[inspect: output stage]:\nLine:\n\t-: {\"msg\":\"hello\"}\n\t+: hello\n"
            "[inspect: drop stage]: none\n");
  EXPECT_THAT(stages.of(R"({"msg":"gone"})"),
              EndsWith("[inspect: dropped, reason drop_stage]: gone\n"));
  EXPECT_THAT(stages.of("no json"), StartsWith("[inspect: json stage]: none\n"));
}

}  // namespace
}  // namespace agent::pipeline
