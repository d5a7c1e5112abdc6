#include "agent/logs/sources/journal_source.h"

#include <string>
#include <vector>

#include "tests/unit/logs/sources/fake_journal.h"
#include "tests/unit/logs/sources/source_harness.h"

namespace agent::logs {
namespace {

using namespace std::chrono_literals;
using testing::FakeJournal;

constexpr const char* kKey = "journal";
constexpr const char* kUnitRule =
    "[{source_labels: [__journal__systemd_unit], target_label: unit}]";

class JournalSourceTest : public testing::SourceHarness {
 protected:
  // `open`: where to look; a source that was there goes first.
  void open(const std::string& options, const std::string& rules = "[]") {
    source_.reset();
    config::Report report;
    rules_ = relabel::read_rules(*config::parse(rules), report, "relabel_configs",
                                 relabel::Spelling::SnakeCase);
    JournalConfig config = read_journal_config(*config::parse(options), {report, kKey, rules_, 0});
    ASSERT_FALSE(report.has_errors()) << config::to_string(report.problems().front());
    source_ = std::make_unique<JournalSource>(
        JournalSource::Parts{std::move(config), testing::opener(journal_),
                             *relabel::RuleSet::compile(rules_), UsedLabels(rules_)},
        SourceEnvironment{"test", loop_, nullptr, clock_, log_, scope_, ledger_, table_, receipts_,
                          positions_},
        keeper_);
    const Status started = source_->start();
    ASSERT_TRUE(started) << started.error().message;
  }
  void add(const std::string& message, Duration age = 0s) {
    journal_.add(clock_.wall_now() - age,
                 {{"MESSAGE", message}, {"_SYSTEMD_UNIT", "a.service"}, {"PRIORITY", "3"}});
  }
  bool sees_lines(std::size_t count) {
    return testing::run_until(loop_, [&] { return keeper_.lines.size() >= count; });
  }
  // Turns the loop long enough for all that is due at once.
  void settle_down() {
    for (int i = 0; i < 20; ++i)
      loop_.run_for(1ms);
  }
  std::string saved() const { return positions_.cursor("cursor-test").value_or("none"); }
  std::string cursor(std::size_t index) const {
    return FakeJournal::cursor_of(journal_.entries.at(index));
  }
  std::uint64_t errors(const char* error) const {
    return scope_.counter("journal_target_parsing_errors_total", "error", error).value();
  }
  std::uint64_t gaps(const char* reason) const {
    return scope_.counter("journal_gaps_total", "reason", reason).value();
  }

  // Keeps the receipts too.
  class Keeper final : public model::Sink<model::LogBatch> {
   public:
    model::Push push(model::LogBatch&& batch) override {
      if (full) return model::Push::Full;
      const model::LogBatch taken = std::move(batch);
      for (const auto& entry : taken.entries) {
        lines.emplace_back(entry.line);
        labels.push_back(entry.labels->set());
        times.push_back(entry.timestamp);
        receipts.push_back(entry.receipt);
      }
      return model::Push::Taken;
    }
    bool full = false;
    std::vector<std::string> lines;
    std::vector<model::LabelSet> labels;
    std::vector<Timestamp> times;
    std::vector<model::ReceiptId> receipts;
  };
  FakeJournal journal_;
  Keeper keeper_;
};

using Lines = std::vector<std::string>;

TEST_F(JournalSourceTest, FollowsTheJournal) {
  add("one");
  open("{labels: {job: j}}", kUnitRule);
  ASSERT_TRUE(sees_lines(1));
  add("two");
  journal_.announce();
  ASSERT_TRUE(sees_lines(2));
  EXPECT_EQ(keeper_.lines, (Lines{"one", "two"}));
  EXPECT_EQ(keeper_.labels[0], (model::LabelSet{{"job", "j"}, {"unit", "a.service"}}));
  EXPECT_EQ(keeper_.times[0], clock_.wall_now());
  EXPECT_EQ(ledger_.in("journal").value(), 2U);
  EXPECT_EQ(counted("journal_target_lines_total"), 2U);
  EXPECT_TRUE(source_->ready());
  EXPECT_EQ(receiver().records, 2U);
}

TEST_F(JournalSourceTest, ReadsNothingOlderThanItsAge) {
  add("old", 7h + 1s);
  add("at the limit", 7h);
  add("new");
  open("{labels: {job: j}}");
  ASSERT_TRUE(sees_lines(2));
  EXPECT_EQ(keeper_.lines, (Lines{"at the limit", "new"}));
}

TEST_F(JournalSourceTest, SavesTheCursorWhenAllBeforeItIsDelivered) {
  add("one");
  add("two");
  open("{labels: {job: j}}");
  ASSERT_TRUE(sees_lines(2));
  add("three");
  journal_.announce();
  ASSERT_TRUE(sees_lines(3));
  EXPECT_EQ(saved(), "none");
  receipts_.settle(keeper_.receipts[2]);
  EXPECT_EQ(saved(), "none") << "the older ones are under way";
  receipts_.settle(keeper_.receipts[0]);
  EXPECT_EQ(saved(), "none");
  receipts_.settle(keeper_.receipts[1]);
  EXPECT_EQ(saved(), cursor(2));
}

TEST_F(JournalSourceTest, SkippedEntriesMoveTheCursorToo) {
  add("one");
  journal_.add(clock_.wall_now(), {{"NO", "message"}});
  open("{labels: {job: j}}");
  ASSERT_TRUE(sees_lines(1));
  receipts_.settle(keeper_.receipts[0]);
  EXPECT_EQ(saved(), cursor(1));
  journal_.add(clock_.wall_now(), {{"NO", "message"}});
  journal_.announce();
  EXPECT_TRUE(testing::run_until(loop_, [&] { return saved() == cursor(2); }));
  EXPECT_EQ(errors("no_message"), 2U);
  EXPECT_EQ(dropped("parse_error"), 2U);
}

TEST_F(JournalSourceTest, GoesOnBehindTheSavedCursor) {
  add("one");
  add("two");
  positions_.set_cursor("cursor-test", cursor(0));
  open("{labels: {job: j}}");
  ASSERT_TRUE(sees_lines(1));
  settle_down();
  EXPECT_EQ(keeper_.lines, Lines{"two"});
  EXPECT_EQ(gaps("vacuumed"), 0U);
}

TEST_F(JournalSourceTest, WhatWasNotDeliveredIsReadAgain) {
  add("one");
  add("two");
  open("{labels: {job: j}}");
  ASSERT_TRUE(sees_lines(2));
  open("{labels: {job: j}}");
  ASSERT_TRUE(sees_lines(4));
  EXPECT_EQ(keeper_.lines, (Lines{"one", "two", "one", "two"}));
  receipts_.settle(keeper_.receipts[0]);
  receipts_.settle(keeper_.receipts[1]);
  EXPECT_EQ(saved(), "none") << "those of the source that is gone count for nothing";
}

TEST_F(JournalSourceTest, UsesNoCursorThatIsTooOldOrNone) {
  const struct {
    const char* name;
    bool garbage;
    Duration age;
    Lines lines;
  } cases[] = {
      {"fresh enough", false, 7h, {"two", "three"}},
      {"too old", false, 7h + 1us, {"three"}},
      {"no cursor", true, 7h + 1us, {"three"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    journal_.entries.clear();
    keeper_.lines.clear();
    add("one", c.age);
    add("two", c.age);
    add("three");
    positions_.set_cursor("cursor-test", c.garbage ? "garbage" : cursor(0));
    open("{labels: {job: j}}");
    ASSERT_TRUE(sees_lines(c.lines.size()));
    settle_down();
    EXPECT_EQ(keeper_.lines, c.lines);
  }
}

TEST_F(JournalSourceTest, CountsWhatWasVacuumed) {
  for (const char* message : {"one", "two", "three", "four"}) {
    add(message);
    clock_.advance(1s);
  }
  positions_.set_cursor("cursor-test", cursor(0));
  journal_.entries.erase(journal_.entries.begin(), journal_.entries.begin() + 3);
  open("{labels: {job: j}}");
  ASSERT_TRUE(sees_lines(1));
  EXPECT_EQ(keeper_.lines, Lines{"four"});
  EXPECT_EQ(gaps("vacuumed"), 1U);
  EXPECT_EQ(counted("journal_missing_entries_total"), 2U);
}

TEST_F(JournalSourceTest, CountsMissingNumbersUnlessMatchesHideThem) {
  for (const char* options : {"{labels: {job: j}}", "{labels: {job: j}, matches: A=b}"}) {
    SCOPED_TRACE(options);
    journal_.entries.clear();
    add("one");
    open(options);
    ASSERT_TRUE(sees_lines(1));
    journal_.last_sequence += 4;
    add("six");
    journal_.announce();
    ASSERT_TRUE(sees_lines(2));
    EXPECT_EQ(counted("journal_missing_entries_total"), 4U);
    keeper_.lines.clear();
  }
}

TEST_F(JournalSourceTest, SkipsEntriesThatCannotBeRead) {
  add("one");
  add("broken");
  journal_.entries.back().unreadable = true;
  add("three");
  open("{labels: {job: j}}");
  ASSERT_TRUE(sees_lines(2));
  EXPECT_EQ(keeper_.lines, (Lines{"one", "three"}));
  EXPECT_EQ(errors("corrupt"), 1U);
  EXPECT_EQ(dropped("corrupt"), 1U);
  EXPECT_EQ(ledger_.in("journal").value(), 3U);
}

TEST_F(JournalSourceTest, OpensAnotherReaderAfterAPauseAndGoesOn) {
  add("one");
  open("{labels: {job: j}}");
  ASSERT_TRUE(sees_lines(1));
  add("two");
  journal_.failing_nexts = 1;
  journal_.failing_opens = 1;
  journal_.announce();
  ASSERT_TRUE(sees_lines(2));
  settle_down();
  EXPECT_EQ(keeper_.lines, (Lines{"one", "two"}));
  EXPECT_EQ(journal_.opened, 3);
  EXPECT_EQ(gaps("corrupt"), 2U);
}

TEST_F(JournalSourceTest, DoesNotSpinWhereNothingCanBeRead) {
  add("one");
  open("{labels: {job: j}}");
  ASSERT_TRUE(sees_lines(1));
  for (int i = 0; i < 3000; ++i) {
    add("broken");
    journal_.entries.back().unreadable = true;
  }
  const int before = journal_.nexts;
  journal_.announce();
  ASSERT_TRUE(testing::run_until(loop_, [&] { return errors("corrupt") >= 1000; }));
  settle_down();
  EXPECT_LE(journal_.nexts - before, 1001) << "a pause comes first";
  EXPECT_TRUE(testing::run_until(loop_, [&] { return errors("corrupt") == 3000; }));
}

TEST_F(JournalSourceTest, WaitsWhileThereIsNoRoom) {
  keeper_.full = true;
  add("one");
  open("{labels: {job: j}}");
  ASSERT_TRUE(testing::run_until(loop_, [&] { return source_->stalled(); }));
  const int nexts = journal_.nexts;
  add("two");
  journal_.announce();
  settle_down();
  EXPECT_EQ(journal_.nexts, nexts) << "the journal is the buffer";
  EXPECT_EQ(ledger_.in("journal").value(), 0U);
  keeper_.full = false;
  ASSERT_TRUE(sees_lines(2));
  EXPECT_EQ(keeper_.lines, (Lines{"one", "two"}));
}

TEST_F(JournalSourceTest, ALongJournalIsReadInTurns) {
  const std::string text(1000, 'x');
  for (int i = 0; i < 2000; ++i)
    add(text);
  open("{labels: {job: j}}");
  loop_.run_for(0ms);
  EXPECT_LT(keeper_.lines.size(), 300U);
  EXPECT_TRUE(sees_lines(2000));
}

TEST_F(JournalSourceTest, EntriesWithoutLabelsAreCounted) {
  add("one");
  open("{}");
  ASSERT_TRUE(testing::run_until(loop_, [&] { return errors("empty_labels") == 1; }));
  EXPECT_EQ(dropped("no_labels"), 1U);
  add("two");
  open("{labels: {job: j}}",
       "[{source_labels: [__journal_priority_keyword], regex: error, action: drop}]");
  ASSERT_TRUE(testing::run_until(loop_, [&] { return errors("empty_labels") == 2; }));
  EXPECT_EQ(dropped("relabel_drop"), 1U);
}

TEST_F(JournalSourceTest, StopReadsNoMore) {
  add("one");
  open("{labels: {job: j}}");
  ASSERT_TRUE(sees_lines(1));
  source_->stop();
  add("two");
  journal_.announce();
  settle_down();
  EXPECT_EQ(keeper_.lines, Lines{"one"});
  receipts_.settle(keeper_.receipts[0]);
  EXPECT_EQ(saved(), cursor(0));
}

TEST_F(JournalSourceTest, NamesWhatIsWrongWithItsOptions) {
  const struct {
    const char* options;
    const char* problem;
  } cases[] = {
      {"{max_age: soon}", "journal.max_age"},
      {"{max_age: -1h}", "journal.max_age"},
      {"{json: perhaps}", "journal.json"},
      {"{matches: _TRANSPORT}", "journal.matches: \"_TRANSPORT\" is not FIELD=value"},
      {"{matches: =x}", "journal.matches"},
      {"{matches: 9A=x}", "journal.matches"},
      {"{matches: a=x}", "journal.matches"},
      {"{matches: A=x + B=y}", "journal.matches: + is not supported"},
      {"{labels: {a: {}}}", "journal.labels.a"},
      {"{pth: /x}", "journal.pth"},
  };
  for (const auto& c : cases)
    EXPECT_NE(problem_of(c.options, kKey).find(c.problem), std::string::npos)
        << c.options << " " << problem_of(c.options, kKey);
  EXPECT_EQ(problem_of("{max_age: 12h, json: true, labels: {a: b}, path: /var/log/journal, "
                       "matches: '_TRANSPORT=journal  A=b=c'}",
                       kKey),
            "");
}

TEST_F(JournalSourceTest, AFolderThatIsNotThereIsAnErrorAtStart) {
  make("{journal: {path: /no/such/folder, labels: {job: j}}}", kKey);
  const Status started = source_->start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::Config);
  EXPECT_NE(started.error().message.find("/no/such/folder"), std::string::npos);
}

}  // namespace
}  // namespace agent::logs
