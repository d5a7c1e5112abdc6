#include "agent/traces/ratio_sampler.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "agent/traces/tracestate.h"

#include "tests/support/otlp_bytes.h"

namespace agent::traces {
namespace {

constexpr std::uint64_t kHalf = std::uint64_t{1} << 55U;

TEST(ParseRatio, TakesPlainDecimalsFromZeroToOne) {
  for (const char* text : {"0", "1", "0.5", ".5", "1.", "1.0", "5e-1", "5E-1", "1e-400", "0e9"})
    EXPECT_TRUE(parse_ratio(text)) << text;
  for (const char* text : {"", ".", "-0", "-0.5", "+0.5", "1.0000001", "2", "1e1", "nan", "inf",
                           "0x1", "50%", "0.5 ", " 0.5", "0,5", "1e", "e1", "1e400", "0.5.5"})
    EXPECT_FALSE(parse_ratio(text)) << text;
  EXPECT_EQ(*parse_ratio("5e-1"), 0.5);
}

// The published table of traces.md 6.2, and 1 in N as the scheme gives it.
TEST(RatioThreshold, EqualsThePublishedOnes) {
  const struct {
    double ratio;
    const char* text;
  } cases[] = {{1, "0"},
               {0.999, "004189"},
               {0.99, "028f6"},
               {0.9, "199a"},
               {0.75, "4"},
               {0.5, "8"},
               {1.0 / 3, "aaab"},
               {0.25, "c"},
               {0.2, "cccd"},
               {0.125, "e"},
               {0.1, "e666"},
               {0.0625, "f"},
               {0.05, "f3333"},
               {0.01, "fd70a"},
               {0.001, "ffbe77"},
               {0.0001, "fff9724"},
               {0.00001, "ffff583a"},
               {0.000001, "ffffef39"},
               {std::ldexp(1, -56), "ffffffffffffff"},
               {std::ldexp(1, -57), "ffffffffffffff"},
               {5e-324, "ffffffffffffff"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.ratio);
    EXPECT_EQ(threshold_text(ratio_threshold(c.ratio)), c.text);
  }
}

struct Case {
  const char* name;
  double ratio;
  std::uint64_t randomness;
  std::string state;
  bool keep;
  std::string after;  // the tracestate sent on
  bool inconsistent = false;
};

void check(const Case& c, SamplerMode mode) {
  SCOPED_TRACE(c.name);
  const RatioSampler sampler(c.ratio, mode);
  std::string out;
  const auto decision = sampler.decide(testing::trace_id(c.randomness), c.state, out);
  EXPECT_EQ(decision.keep, c.keep);
  EXPECT_EQ(decision.inconsistent, c.inconsistent);
  if (decision.keep) {
    EXPECT_EQ(decision.rewrite ? out : c.state, c.after);
  }
}

TEST(RatioSampler, DecidesByTheTable) {
  const Case cases[] = {
      {"at the threshold", 0.5, kHalf, "", true, "ot=th:8"},
      {"one below", 0.5, kHalf - 1, "", false, ""},
      {"ratio 1 changes nothing", 1, 0, "ot=th:c,bad", true, "ot=th:c,bad"},
      {"ratio 0", 0, kTwo56 - 1, "ot=rv:ffffffffffffff", false, ""},
      {"rv wins over the id", 0.5, 0, "ot=rv:80000000000000", true, "ot=rv:80000000000000;th:8"},
      {"rv below", 0.5, kTwo56 - 1, "ot=rv:7fffffffffffff", false, ""},
      {"lower th is raised", 0.5, kHalf, "ot=th:4", true, "ot=th:8"},
      {"lower th does not save", 0.5, kHalf - 1, "ot=th:4", false, ""},
      {"higher th stays", 0.5, kTwo56 - 1, "a=b,ot=th:c", true, "a=b,ot=th:c"},
      {"equal th stays", 0.5, kHalf, "a=b,ot=th:8", true, "a=b,ot=th:8"},
      {"inconsistent, kept", 0.5, kHalf, "ot=th:c", true, "", true},
      {"inconsistent, dropped", 0.5, kHalf - 1, "ot=th:c", false, "", true},
      {"consistent at its own th", 0.5, std::uint64_t{12} << 52U, "ot=th:c", true, "ot=th:c"},
      {"unreadable, kept", 0.5, kHalf, "bad", true, "bad"},
      {"unreadable, dropped", 0.5, kHalf - 1, "bad", false, ""},
  };
  for (const auto& c : cases)
    check(c, SamplerMode::Equalizing);
}

TEST(RatioSampler, ProportionalTakesAShareOfWhatArrives) {
  const std::uint64_t c = std::uint64_t{12} << 52U;
  const Case cases[] = {
      {"no th", 0.5, kHalf, "", true, "ot=th:8"},
      {"half of a half", 0.5, c, "ot=th:8", true, "ot=th:c"},
      {"half of a half, below", 0.5, c - 1, "ot=th:8", false, ""},
      {"inconsistent", 0.5, kHalf, "ot=th:c", true, "", true},
      {"below 2^-56", 0.25, kTwo56 - 1, "ot=th:ffffffffffffff", false, ""},
      {"tiny ratio", 5e-324, kTwo56 - 1, "ot=th:8", false, ""},
  };
  for (const auto& each : cases)
    check(each, SamplerMode::Proportional);
}

// Kept at p1 implies kept at every p2 >= p1; and the share is right within 4 standard deviations.
TEST(RatioSampler, SharesNest) {
  constexpr int kTraces = 20'000;
  const double ratios[] = {0.0001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.99};
  std::mt19937_64 random(7);
  int kept[std::size(ratios)] = {};
  for (int i = 0; i < kTraces; ++i) {
    const std::string id = testing::trace_id(random() >> 8U);
    bool before = false;
    for (std::size_t r = 0; r < std::size(ratios); ++r) {
      std::string out;
      const bool keep = RatioSampler(ratios[r]).decide(id, "", out).keep;
      EXPECT_TRUE(keep || !before);
      before = keep;
      kept[r] += keep ? 1 : 0;
    }
  }
  for (std::size_t r = 0; r < std::size(ratios); ++r) {
    const double expected = ratios[r] * kTraces;
    EXPECT_NEAR(kept[r], expected, 4 * std::sqrt(expected * (1 - ratios[r]))) << ratios[r];
  }
}

TEST(RatioSampler, SecondPassChangesNothing) {
  const RatioSampler sampler(0.5);
  std::string first;
  const std::string id = testing::trace_id(kTwo56 - 1);
  ASSERT_TRUE(sampler.decide(id, "v=1", first).rewrite);
  std::string second;
  const auto again = sampler.decide(id, first, second);
  EXPECT_TRUE(again.keep);
  EXPECT_FALSE(again.rewrite);
}

}  // namespace
}  // namespace agent::traces
