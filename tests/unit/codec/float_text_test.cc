#include "agent/codec/float_text.h"

#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "agent/model/sample_batch.h"

namespace agent::codec {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(ParseFloat, TakesWhatGoTakes) {
  const struct {
    const char* text;
    double value;
  } cases[] = {
      {"0", 0},
      {"12", 12},
      {"+12", 12},
      {"-7", -7},
      {"00042", 42},
      {".25", 0.25},
      {"25.", 25},
      {"2.5e-3", 0.0025},
      {"1E+2", 100},
      {"1e0000000000000000000002", 100},
      {"1.7976931348623157e308", std::numeric_limits<double>::max()},
      {"1.7976931348623158e308", std::numeric_limits<double>::max()},
      {"5e-324", std::numeric_limits<double>::denorm_min()},
      {"2.2250738585072014e-308", std::numeric_limits<double>::min()},
      {"1e-400", 0},
      {"-1e-400", 0},
      {"0e999999", 0},
      {"3.14159265358979323846264338327950288419716939937510", 3.141592653589793},
      {"9007199254740993", 9007199254740992},
      {"inf", kInfinity},
      {"+Inf", kInfinity},
      {"-iNfInItY", -kInfinity},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto value = parse_float(c.text);
    ASSERT_TRUE(value);
    EXPECT_EQ(*value, c.value);
  }
  EXPECT_TRUE(std::signbit(*parse_float("-0")));
}

TEST(ParseFloat, RefusesTheRest) {
  for (const char* text :
       {"",     "+",       "-",     ".",    "e5",     "1e",     "1e+",     "1.2.3", "--1", "+-1",
        "0x10", "0x1p4",   "1_000", "1p4",  "1e400",  "-1e400", "1.8e308", "1 ",    " 1",  "1,5",
        "infi", "infinit", "+nan",  "-nan", "nan(1)", "nanx",   "yes",     "1d",    "1f"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_float(text));
  }
}

TEST(ParseFloat, MakesOneQuietNanOfEverySpelling) {
  for (const char* text : {"nan", "NaN", "NAN"}) {
    const auto value = parse_float(text);
    ASSERT_TRUE(value);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(*value), model::kNormalNanBits);
  }
}

TEST(FormatFloat, IsShortestAndReadsBack) {
  const struct {
    double value;
    const char* text;
  } cases[] = {
      {0, "0"},     {1, "1"},           {0.1, "0.1"},     {kInfinity, "+Inf"}, {-kInfinity, "-Inf"},
      {NAN, "NaN"}, {0.0025, "0.0025"}, {-61.5, "-61.5"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(format_float(c.value), c.text);
  for (const double value : {1e300, 1.7976931348623157e308, 5e-324, 0.1 + 0.2, 123456789012345.6})
    EXPECT_EQ(parse_float(format_float(value)), value);
}

TEST(FormatBound, HasAnExponentOnlyWhereGoPutsOne) {
  const struct {
    double value;
    const char* text;
  } cases[] = {
      {1, "1.0"},
      {2.5, "2.5"},
      {1000, "1000.0"},
      {100000, "100000.0"},
      {999999, "999999.0"},
      {1e6, "1e+06"},
      {1234567, "1.234567e+06"},
      {0.0001, "0.0001"},
      {0.00001, "1e-05"},
      {0.00012345, "0.00012345"},
      {-0.5, "-0.5"},
      {0, "0.0"},
      {1e100, "1e+100"},
      {123456.5, "123456.5"},
      {kInfinity, "+Inf"},
      {-kInfinity, "-Inf"},
      {NAN, "NaN"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(format_bound(c.value), c.text);
}

}  // namespace
}  // namespace agent::codec
