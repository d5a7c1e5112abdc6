#include "agent/config/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::config {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Fixture {
  explicit Fixture(const std::string& text, Keys keys = Keys::Strict, const std::string& path = {})
      : in(*parse(text, "f"), keys, report, path) {}
  std::vector<std::string> problems() const {
    std::vector<std::string> out;
    for (const auto& problem : report.problems())
      out.push_back(to_string(problem));
    return out;
  }
  Report report;
  Reader in;
};

TEST(Reader, ReadsEveryKindOfValue) {
  Fixture f(
      "s: 8443\nb: yes\ni: -5\nn: 1.5e1\nd: 1h30m\nz: 1.5KiB\nl: [a, 'b', 3]\nm: {x: 1, y: 2}\n"
      "nothing: ~\n");
  EXPECT_EQ(f.in.string("s"), "8443");
  EXPECT_TRUE(f.in.boolean("b", false));
  EXPECT_EQ(f.in.integer("i", 0, -5, 5), -5);
  EXPECT_EQ(f.in.number("n", 0, 0, 100), 15);
  EXPECT_EQ(f.in.duration("d", 0s), 90min);
  EXPECT_EQ(f.in.byte_size("z", 0), 1536U);
  EXPECT_THAT(f.in.strings("l"), ElementsAre("a", "b", "3"));
  EXPECT_EQ(f.in.map("m").size(), 2U);
  EXPECT_FALSE(f.in.has("nothing"));
  EXPECT_EQ(f.in.string("nothing", "default"), "default");
  EXPECT_TRUE(f.in.finish()) << f.in.finish().error().message;
}

TEST(Reader, IntegersAreThoseOfYaml) {
  const struct {
    const char* text;
    std::optional<std::int64_t> expected;
  } cases[] = {
      {"0", 0},
      {"+5", 5},
      {"-5", -5},
      {"1_000_000", 1'000'000},
      {"0x100000", 1 << 20},
      {"0XfF", 255},
      {"-0x10", -16},
      {"0b101", 5},
      {"0o17", 15},
      {"017", 15},
      {"080", 80},
      {"9223372036854775807", INT64_MAX},
      {"-9223372036854775808", INT64_MIN},
      {"9223372036854775808", std::nullopt},
      {"-9223372036854775809", std::nullopt},
      {"0x", std::nullopt},
      {"0xg", std::nullopt},
      {"--1", std::nullopt},
      {"+-1", std::nullopt},
      {"0-1", std::nullopt},
      {"_1", std::nullopt},
      {"1.5", std::nullopt},
      {"1k", std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    Fixture f(std::string("i: ") + c.text);
    EXPECT_EQ(parse_integer(c.text), c.expected);
    EXPECT_EQ(f.in.integer("i", 42, INT64_MIN, INT64_MAX), c.expected.value_or(42));
    EXPECT_EQ(f.problems().empty(), c.expected.has_value());
  }
  for (const char* text : {"", "-", "+", "0x-1"})
    EXPECT_FALSE(parse_integer(text)) << text;
}

TEST(Reader, AbsentKeysGiveTheirDefaults) {
  for (const char* text : {"", "{}", "~"}) {
    Fixture f(text);
    EXPECT_EQ(f.in.string("s", "x"), "x");
    EXPECT_FALSE(f.in.optional_string("s"));
    EXPECT_FALSE(f.in.optional_duration("d"));
    EXPECT_TRUE(f.in.boolean("b", true));
    EXPECT_EQ(f.in.integer("i", 7, 0, 1), 7);  // a default is not measured
    EXPECT_EQ(f.in.number("n", 0.5, 0, 1), 0.5);
    EXPECT_TRUE(f.in.strings("l").empty());
    EXPECT_TRUE(f.in.finish());
  }
}

TEST(Reader, NamesPlaceAndPathOfEveryFault) {
  Fixture f("a: [1]\nb: maybe\nc: 11\nd: soon\ne: 5XB\nf: text\ng: [~, {x: 1}]\nh: {}\n",
            Keys::Strict, "top[0]");
  f.in.string("a");
  EXPECT_TRUE(f.in.boolean("b", true));
  EXPECT_EQ(f.in.integer("c", 3, 0, 10), 3);
  f.in.duration("d", 1s);
  f.in.byte_size("e", 0);
  f.in.list("f");
  f.in.strings("g");
  f.in.number("h", 0, 0, 1);
  f.in.required_string("i");
  const Status done = f.in.finish();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::Config);
  EXPECT_EQ(done.error().message, f.problems().front());
  EXPECT_THAT(f.problems(),
              ElementsAre("f:1:4: top[0].a: text is asked here, not a list",
                          "f:2:4: top[0].b: true or false is asked here, not \"maybe\"",
                          "f:3:4: top[0].c: a whole number from 0 to 10 is asked here, not \"11\"",
                          HasSubstr("f:4:4: top[0].d: \"soon\" is no duration"),
                          HasSubstr("f:5:4: top[0].e: \"5XB\" is no size"),
                          "f:6:4: top[0].f: a list is asked here, not \"text\"",
                          HasSubstr("top[0].g[0]: this element is empty"),
                          HasSubstr("text is asked here, not a map"),
                          "f:8:4: top[0].h: a number is asked here, not a map",
                          "f:1:1: top[0].i: this key is required"));
}

TEST(Reader, TellsNothingThatFollowsFromAValueItCouldNotRead) {
  Fixture f("a: [x]\nb: soon\nc: 1\n");
  if (f.in.string("a").empty()) f.in.error("a", "it must not be empty");
  f.in.error("", "one of b and d is needed");
  f.in.error("c", "it must not be 1");
  f.in.duration("b", 1s);
  f.in.error("b", "it must be above 0");
  EXPECT_FALSE(f.in.finish());
  EXPECT_THAT(f.problems(),
              ElementsAre("f:1:4: a: text is asked here, not a list", "f:3:4: c: it must not be 1",
                          HasSubstr("f:2:4: b: \"soon\" is no duration")));
  Fixture whole("a: 1\n");
  whole.in.string("a");
  whole.in.error("", "b is needed");
  EXPECT_THAT(whole.problems(), ElementsAre("f:1:1: b is needed"));
}

TEST(Reader, SaysOnlyLimitsThatThereAre) {
  Fixture f("a: x\nb: x\nc: x\nd: x\n");
  using Whole = std::numeric_limits<std::int64_t>;
  using Real = std::numeric_limits<double>;
  f.in.integer("a", 0, Whole::lowest(), Whole::max());
  f.in.integer("b", 0, 1, Whole::max());
  f.in.number("c", 0, Real::lowest(), 0.5);
  f.in.number("d", 0, Real::lowest(), Real::max());
  EXPECT_FALSE(f.in.finish());
  EXPECT_THAT(f.problems(), ElementsAre("f:1:4: a: a whole number is asked here, not \"x\"",
                                        "f:2:4: b: a whole number from 1 is asked here, not \"x\"",
                                        "f:3:4: c: a number up to 0.5 is asked here, not \"x\"",
                                        "f:4:4: d: a number is asked here, not \"x\""));
}

TEST(Reader, LimitsHoldAtTheirEdges) {
  const struct {
    const char* text;
    bool good;
  } cases[] = {
      {"0", true},    {"10", true}, {"-1", false}, {"11", false}, {"1.5", false},
      {"0xb", false}, {"1 ", true}, {"", true},    {"'5'", true}, {"99999999999999999999", false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    Fixture f(std::string("i: ") + c.text);
    f.in.integer("i", 0, 0, 10);
    EXPECT_EQ(static_cast<bool>(f.in.finish()), c.good);
  }
  for (const char* text : {"1.0000001", "-0.0001", ".nan", "nan", "inf", "1e999", "x"}) {
    SCOPED_TRACE(text);
    Fixture f(std::string("n: ") + text);
    EXPECT_EQ(f.in.number("n", 0.25, 0, 1), 0.25);
    EXPECT_FALSE(f.in.finish());
  }
}

TEST(Reader, DurationFormsAreToldApart) {
  const struct {
    const char* text;
    DurationForm form;
    bool good;
  } cases[] = {{"1d", DurationForm::Prometheus, true}, {"1.5h", DurationForm::Prometheus, false},
               {"1.5h", DurationForm::Go, true},       {"1d", DurationForm::Go, false},
               {"1d", DurationForm::Any, true},        {"1.5h", DurationForm::Any, true}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    Fixture f(std::string("d: ") + c.text);
    f.in.duration("d", 1s, c.form);
    EXPECT_EQ(static_cast<bool>(f.in.finish()), c.good);
  }
}

TEST(Reader, AnUnknownKeyIsAnErrorWithTheNearestKnownOne) {
  Fixture f("older_then: 1h\nqqqqqqqq: 1\n");
  f.in.string("older_than");
  EXPECT_FALSE(f.in.finish());
  EXPECT_THAT(f.problems(),
              ElementsAre("f:1:1: older_then: unknown key; did you mean \"older_than\"?",
                          "f:2:1: qqqqqqqq: unknown key"));
}

TEST(Reader, InAStageNamesHaveAnyCaseAndUnknownOnesWarn) {
  Fixture f("Expression: x\nolder_then: 1h\n", Keys::Stage);
  EXPECT_EQ(f.in.string("expression"), "x");
  f.in.string("older_than");
  EXPECT_TRUE(f.in.finish());
  ASSERT_EQ(f.report.problems().size(), 1U);
  EXPECT_EQ(f.report.problems()[0].severity, Severity::Warning);
  EXPECT_EQ(to_string(f.report.problems()[0]),
            "f:2:1: older_then: unknown option, ignored; did you mean \"older_than\"?");
}

TEST(Reader, StrictTextWantsQuotesAroundNumbers) {
  for (const char* text : {"5", "-1.5", "true", "False", "1e3"}) {
    SCOPED_TRACE(text);
    Fixture f(std::string("s: ") + text);
    EXPECT_FALSE(f.in.optional_string("s", Text::Strict));
    EXPECT_FALSE(f.in.finish());
  }
  for (const char* text :
       {"'5'", "\"true\"", "5s", "1.2.3", "-x", "text", "!!str 5", "No", "y", "on"}) {
    SCOPED_TRACE(text);
    Fixture f(std::string("s: ") + text);
    EXPECT_TRUE(f.in.optional_string("s", Text::Strict));
    EXPECT_TRUE(f.in.finish());
  }
}

TEST(Reader, ANodeThatIsNoMapIsOneError) {
  for (const char* text : {"[a]", "text"}) {
    SCOPED_TRACE(text);
    Fixture f(text, Keys::Strict, "here");
    f.in.string("a");
    EXPECT_FALSE(f.in.finish());
    ASSERT_EQ(f.problems().size(), 1U);
    EXPECT_THAT(f.problems()[0], HasSubstr("here: a map is asked here, not "));
  }
}

TEST(Reader, RefusesAndAcceptsByName) {
  Fixture f("sigv4: {x: 1}\noauth2:\nold: 1\n");
  f.in.refuse("sigv4", "signing requests is not supported");
  f.in.refuse("oauth2", "never said: the key is empty");
  f.in.accept("old");
  f.in.warning("old", "has no effect");
  EXPECT_FALSE(f.in.finish());
  EXPECT_THAT(f.problems(), ElementsAre("f:1:8: sigv4: signing requests is not supported",
                                        "f:3:6: old: has no effect"));
  EXPECT_EQ(f.report.errors(), 1);
}

TEST(Report, PrintsWithAndWithoutAPlace) {
  EXPECT_EQ(to_string(Problem{Severity::Error, {}, "a.b", "bad"}), "a.b: bad");
  EXPECT_EQ(to_string(Problem{Severity::Error, {"f", 0, 0}, "", "bad"}), "f: bad");
  EXPECT_EQ(to_string(Problem{Severity::Error, {"f", 2, 3}, "a", "bad"}), "f:2:3: a: bad");
  Report report;
  report.note({}, "", "n");
  report.warning({}, "", "w");
  EXPECT_TRUE(report.status());
  report.error({}, "", "first");
  report.error({}, "", "second");
  EXPECT_EQ(report.status().error().message, "first");
}

}  // namespace
}  // namespace agent::config
