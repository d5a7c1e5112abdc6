#include "agent/logs/stages/pipeline.h"

#include <gtest/gtest.h>

#include "tests/unit/logs/stages/harness.h"

namespace agent::logs {
namespace {

using namespace std::chrono_literals;

constexpr const char* kCaseStudy = R"(
- match:
    selector: '{job="checkout"}'
    stages:
      - json:
          expressions:
            status: .status
            message: .msg
      - drop:
          expression: "status=200"
)";

TEST(Pipeline, DoesWhatTheCaseStudyMeans) {
  Bench bench(kCaseStudy);
  ASSERT_EQ(bench.error, "");
  ASSERT_EQ(bench.report.problems().size(), 1U);
  EXPECT_EQ(bench.report.problems()[0].severity, config::Severity::Note);
  EXPECT_EQ(bench.report.problems()[0].mark.line, 10);
  const model::LabelSet checkout{{"job", "checkout"}};
  bench.add(R"({"status":200,"msg":"ok"})", checkout);
  bench.add(R"({"status":503,"msg":"bad"})", checkout);
  bench.add(R"({"status":2000})", checkout);
  bench.add("plain status=200 text", checkout);
  bench.add(R"({"status":200})", {{"job", "cart"}});
  EXPECT_EQ(bench.run(),
            (Lines{R"({"status":503,"msg":"bad"})", R"({"status":2000})", R"({"status":200})"}));
  EXPECT_EQ(bench.ledger.dropped().values().at("stage_drop"), 2U);
  EXPECT_EQ(bench.metrics.counter("logentry_dropped_lines_total", "reason", "drop_stage").value(),
            2U);
  EXPECT_EQ(bench.metrics.counter("logs_stage_unparsed_total", "stage", "json").value(), 1U);
  EXPECT_EQ(bench.settled, 5);
  EXPECT_EQ(bench.receipts.open_receipts(), 0U);
}

TEST(Pipeline, NamesThePlaceOfEveryProblem) {
  const struct {
    const char *name, *yaml, *message;
  } cases[] = {
      {"unknown stage", "- jsn: {}",
       "stages.yaml:1:3: stages[0]: there is no stage \"jsn\"; did you mean \"json\"?"},
      {"plain text", "- docker",
       "stages.yaml:1:3: stages[0]: a stage is a map with one key, its "
       "name (\"docker: {}\")"},
      {"deep inside", "- match: {selector: '{a=\"b\"}', stages: [{regex: {expression: '('}}]}",
       "stages.yaml:1:62: stages[0].match.stages[0].regex.expression: \"(\" is no regular "
       "expression: missing ): ("},
      {"selector", "- match: {selector: '{a=b}', action: drop}",
       "stages.yaml:1:21: stages[0].match.selector: selector, column 4: a text in double quotes is "
       "asked here"},
      {"no list", "json: {}", "stages.yaml:1:1: stages: a list of stages is asked here"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Bench(c.yaml).error, c.message);
  }
}

TEST(Pipeline, TellsWhatEveryStageDid) {
  struct Watcher final : Pipeline::Observer {
    Lines out;
    void on_stage(std::string_view path, const Entry& entry) override {
      out.push_back(std::string(path) + ": " + std::string(entry.line));
    }
    void on_held(std::string_view path, std::size_t records) override {
      out.push_back(std::string(path) + " holds " + std::to_string(records));
    }
    void on_drop(const Entry& /*entry*/, std::string_view reason) override {
      out.push_back("dropped: " + std::string(reason));
    }
    void on_output(const Entry& entry) override {
      out.push_back("out: " + std::string(entry.line));
    }
  } watcher;
  Bench bench(R"(
- cri: {}
- match:
    selector: '{stream="stdout"}'
    stages: [{multiline: {firstline: '^A'}}, {drop: {expression: x}}]
)");
  bench.pipeline->set_observer(&watcher);
  const auto run = [&](const std::vector<const char*>& lines) {
    watcher.out.clear();
    for (const char* line : lines)
      bench.add(line);
    bench.run();
    return watcher.out;
  };
  EXPECT_EQ(run({"2024-05-06T07:08:01Z stdout P A"}), Lines{"stages[0].cri holds 1"});
  EXPECT_EQ(
      run({"2024-05-06T07:08:02Z stdout F 1", "2024-05-06T07:08:02Z stderr F e"}),
      (Lines{"stages[0].cri: A1", "stages[0].cri: e", "stages[1].match.stages[0].multiline holds 1",
             "stages[1].match: e", "stages[1].match holds 1", "out: e"}));
  EXPECT_EQ(
      run({"2024-05-06T07:08:03Z stdout F A2x"}),
      (Lines{"stages[0].cri: A2x", "stages[1].match.stages[0].multiline: A1",
             "stages[1].match.stages[0].multiline holds 1", "stages[1].match.stages[1].drop: A1",
             "stages[1].match: A1", "stages[1].match holds 1", "out: A1"}));
  watcher.out.clear();
  bench.flush();
  EXPECT_EQ(watcher.out,
            (Lines{"stages[1].match.stages[0].multiline: A2x", "dropped: drop_stage"}));
}

TEST(Pipeline, HeldEntriesKeepWhatWasKnownOfThem) {
  expect_outcomes({
      {"values of all kinds",
       R"(
- json: {expressions: {text: , number: , flag: , nothing: , list: }}
- structured_metadata: {text: , list: }
- multiline: {firstline: '^.'}
- labels: {text: , number: , flag: , nothing: , list: , job: }
)",
       R"({"text":"","number":1.5,"flag":true,"nothing":null,"list":[1,"<\u2028"]})",
       {R"({"text":"","number":1.5,"flag":true,"nothing":null,"list":[1,"<\u2028"]} )"
        R"({flag="true", job="web", list="[1,\"\\u003c\\u2028\"]", number="1.5"} )"
        R"([list=[1,"\u003c\u2028"]] [text=])"},
       {{"job", "web"}}},
      {"a label that was erased from them, not from the entry",
       "- template: {source: job, template: ''}\n- multiline: {firstline: '^.'}\n"
       "- labels: {other: job}",
       "x",
       {R"(x {job="web"})"},
       {{"job", "web"}}},
      {"a label that they had from the start, though the entry lost it",
       "- labeldrop: [job]\n- multiline: {firstline: '^.'}\n- labels: {other: job}",
       "x",
       {R"(x {other="web"})"},
       {{"job", "web"}}},
  });
}

TEST(Pipeline, WarnsOfUnknownOptions) {
  const Bench bench("- json: {Expressions: {a: }, sourc: b}");
  EXPECT_EQ(bench.error, "");
  ASSERT_EQ(bench.report.problems().size(), 1U);
  EXPECT_EQ(config::to_string(bench.report.problems()[0]),
            "stages.yaml:1:30: stages[0].json.sourc: unknown option, ignored; did you mean "
            "\"source\"?");
}

TEST(Pipeline, AllocatesNothingNewForTheSameLabels) {
  Bench bench("- static_labels: {env: prod}\n- labels: {copy: job}");
  for (int i = 0; i < 3; ++i) {
    bench.add("x");
    bench.run();
    EXPECT_EQ(bench.last_labels, R"({copy="web", env="prod", job="web"})");
    EXPECT_EQ(bench.labels.size(), 3U);
  }
}

TEST(MatchStage, PutsEntriesBackInOrderAroundDroppedOnes) {
  Bench bench(R"(
- match:
    selector: '{k="1"}'
    stages:
      - match: {selector: '{k="1"} |= "b"', stages: [{static_labels: {m: inner}}]}
      - drop: {expression: x}
)");
  const model::LabelSet one{{"k", "1"}};
  const model::LabelSet two{{"k", "2"}};
  bench.add("1a", one);
  bench.add("2x", two);
  bench.add("3x", one);
  bench.add("4b", one);
  bench.add("5", two);
  bench.add("6", one);
  EXPECT_EQ(bench.run(), (Lines{"1a", "2x", "4b", "5", "6"}));
}

TEST(MatchStage, ReadsLabelsAgainOverExtractedValues) {
  Bench bench(R"(
- logfmt: {mapping: {level: }}
- labeldrop: [job]
- match: {selector: '{level=~".+"}', stages: [{labels: {inner: level}}]}
- labels: {outer: level, kept: job}
)");
  bench.add("level=line", {{"job", "j"}, {"level", "label"}});
  bench.run();
  EXPECT_EQ(bench.last_labels, R"({inner="label", kept="j", level="label", outer="label"})");
}

TEST(CriStage, JoinsPartsAcrossBatchesAndKeepsTheirReceipts) {
  Bench bench("- cri: {}");
  bench.add("2024-05-06T07:08:01Z stdout P one ");
  EXPECT_EQ(bench.run(), Lines{});
  EXPECT_EQ(bench.pipeline->held_records(), 1U);
  EXPECT_EQ(bench.settled, 0);
  bench.labels.sweep(0);
  bench.add("2024-05-06T07:08:02Z stderr F between");
  EXPECT_EQ(bench.run(), Lines{"between"});
  EXPECT_EQ(bench.settled, 1);
  bench.add("2024-05-06T07:08:03.5Z stdout F two");
  EXPECT_EQ(bench.run(), Lines{"one two"});
  EXPECT_EQ(bench.last_time, Timestamp(1'714'979'283'500ms));
  EXPECT_EQ(bench.settled, 3);
  EXPECT_EQ(bench.pipeline->held_records(), 0U);
  EXPECT_EQ(bench.ledger.merged().value(), 1U);
}

TEST(CriStage, SettlesPartsOfOneReceiptThatAreJoined) {
  Bench bench("- cri: {}");
  int closed = 0;
  const auto receipt = bench.receipts.open(2, [&] { ++closed; });
  bench.add("2024-05-06T07:08:01Z stdout P a");
  bench.add("2024-05-06T07:08:01Z stdout F b");
  for (auto& entry : bench.batch.entries)
    entry.receipt = receipt;
  EXPECT_EQ(bench.run(), Lines{"ab"});
  EXPECT_EQ(closed, 1);
}

TEST(CriStage, LetsEverythingGoAtTheEnd) {
  Bench bench("- cri: {}\n- labels: {s: stream}");
  bench.add("2024-05-06T07:08:01Z stdout P out");
  bench.add("2024-05-06T07:08:02Z stderr P err");
  EXPECT_EQ(bench.run(), Lines{});
  EXPECT_EQ(bench.flush(), (Lines{"out", "err"}));
  EXPECT_EQ(bench.last_labels, R"({job="web", s="stderr", stream="stderr"})");
  EXPECT_EQ(bench.receipts.open_receipts(), 0U + 2U - static_cast<unsigned>(bench.settled));
}

TEST(MultilineStage, LetsABlockGoWhenNoLineCame) {
  Bench bench("- multiline: {firstline: '^A', max_wait_time: 3s}");
  bench.add("A1");
  bench.add("b");
  EXPECT_EQ(bench.run(), Lines{});
  EXPECT_EQ(bench.pipeline->next_deadline(), kNow + 3s);
  bench.pipeline->release_due(bench.batch, kNow + 3s - 1ns);
  EXPECT_EQ(bench.take(), Lines{});
  bench.pipeline->release_due(bench.batch, kNow + 3s);
  EXPECT_EQ(bench.take(), Lines{"A1\nb"});
  EXPECT_EQ(bench.pipeline->next_deadline(), std::nullopt);
  EXPECT_EQ(bench.settled, 2);
  bench.add("c", {{"job", "web"}}, kNow + 4s);
  bench.add("orphan", {{"job", "other"}});
  EXPECT_EQ(bench.run(kNow + 4s), Lines{"orphan"});
  EXPECT_EQ(bench.flush(), Lines{"c"});
  EXPECT_EQ(bench.last_time, kNow) << "the first line's time";
}

TEST(LimitStage, WaitsForTokensWithoutDrop) {
  Bench bench("- limit: {rate: 1, burst: 1}");
  for (const char* line : {"1", "2", "3"})
    bench.add(line);
  EXPECT_EQ(bench.run(), Lines{"1"});
  EXPECT_EQ(bench.pipeline->held_records(), 2U);
  EXPECT_EQ(bench.pipeline->next_deadline(), kNow + 1s);
  bench.add("4");
  EXPECT_EQ(bench.run(kNow + 1s), Lines{"2"});
  EXPECT_EQ(bench.flush(kNow + 1s), (Lines{"3", "4"}));
}

TEST(LimitStage, ForgetsBucketsThatWereNotUsed) {
  Bench bench("- limit: {rate: 0.001, burst: 1, drop: true, by_label_name: pod}");
  const auto add = [&](int pod) { bench.add("x", {{"pod", std::to_string(pod)}}); };
  add(0);
  add(0);
  for (int pod = 1; pod < 10'000; ++pod)
    add(pod);
  EXPECT_EQ(bench.run().size(), 10'000U);
  const model::LabelSet labels{{"label_name", "pod"}, {"label_value", "0"}};
  EXPECT_EQ(bench.metrics.counter("logentry_dropped_lines_by_label_total", labels).value(), 1U);
  // The value that comes next is one too many since the start: buckets unused from here on go the
  // next time that many were seen.
  for (int pod = 10'000; pod < 20'001; ++pod)
    add(pod);
  add(0);
  EXPECT_EQ(bench.run().size(), 10'002U) << "the bucket of 0 is full again";
}

TEST(DropStage, ComparesAgeStrictly) {
  const struct {
    const char* name;
    Duration age;
    bool dropped;
  } cases[] = {{"just past", 1h + 1ns, true}, {"at the limit", 1h, false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Bench bench("- drop: {older_than: 1h}");
    bench.add("x", {}, kNow - c.age);
    EXPECT_EQ(bench.run().empty(), c.dropped);
  }
}

TEST(DropStage, TakesAnEmptyOptionAtItsWord) {
  const std::string extract = "- json: {expressions: {m: , aa: , bb: }}\n- drop: ";
  const struct {
    const char *drop, *line;
    bool dropped;
  } cases[] = {
      {"{source: m, value: ''}", R"({"m":"x"})", false},
      {"{source: m, value: ''}", R"({"m":""})", true},
      {"{source: m, value: ''}", R"({"m":null})", false},
      {"{source: m, expression: ''}", R"({"m":null})", false},
      {"{source: m, expression: ''}", R"({"m":"x"})", true},
      {"{source: [none, nothing], value: ''}", "{}", true},
      {"{source: [aa, bb], separator: '', value: xj}", R"({"aa":"x","bb":"j"})", true},
      {"{source: [aa, bb], value: x;j}", R"({"aa":"x","bb":"j"})", true},
      {"{expression: ''}", "any", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.drop) + " " + c.line);
    Bench bench(extract + c.drop);
    ASSERT_EQ(bench.error, "");
    bench.add(c.line);
    EXPECT_EQ(bench.run().empty(), c.dropped);
  }
  EXPECT_NE(Bench("- drop: {source: 1}").error, "");
}

TEST(PackStage, LeavesALabelThatItDidNotPack) {
  Bench bench(
      "- json: {expressions: {job: nope}}\n- pack: {labels: [job], ingest_timestamp: false}");
  bench.add("{}", {{"job", "j"}});
  EXPECT_EQ(bench.run(), Lines{R"({"_entry":"{}"})"});
  EXPECT_EQ(bench.last_labels, R"({job="j"})");
}

TEST(ReplaceStage, ReplacesInAnEmptyLine) {
  for (const char* expression : {"(.*)", "()", "(a*)b?", "^()$", "(?P<x>.*)"}) {
    SCOPED_TRACE(expression);
    Bench bench("- replace: {expression: '" + std::string(expression) + "', replace: X}");
    model::LogEntry entry;  // its line lies nowhere
    entry.labels = bench.labels.intern({});
    bench.batch.entries.push_back(entry);
    EXPECT_EQ(bench.run(), Lines{"X"});
  }
  Bench bench(R"(- template: {source: r, template: '{{ regexReplaceAll "x*" .Entry "-" }}'}
- output: {source: r})");
  bench.batch.entries.push_back({kNow, {}, bench.labels.intern({}), {}, 0});
  EXPECT_EQ(bench.run(), Lines{"-"});
}

TEST(DropStage, TellsTheLedgerItsOwnWords) {
  Bench bench("- drop: {expression: a, drop_counter_reason: noisy}\n- sampling: {rate: 0}");
  bench.add("a");
  bench.add("b");
  EXPECT_EQ(bench.run(), Lines{});
  const auto dropped = bench.ledger.dropped().values();
  EXPECT_EQ(dropped.at("stage_drop"), 1U);
  EXPECT_EQ(dropped.at("sampled_out"), 1U);
  EXPECT_EQ(bench.metrics.counter("logentry_dropped_lines_total", "reason", "noisy").value(), 1U);
  EXPECT_EQ(bench.settled, 2);
}

}  // namespace
}  // namespace agent::logs
