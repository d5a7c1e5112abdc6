#include "agent/traces/tracestate.h"

#include <gtest/gtest.h>

namespace agent::traces {
namespace {

std::string members(int count) {
  std::string out;
  for (int i = 0; i < count; ++i)
    out += (i > 0 ? ",k" : "k") + std::to_string(i) + "=v";
  return out;
}

std::string written(const std::string& text, std::string_view threshold) {
  std::string out;
  TraceState(text).write_with_threshold(threshold, out);
  return out;
}

TEST(ThresholdText, KeepsLeadingZerosAndCutsTrailingOnes) {
  EXPECT_EQ(threshold_text(0), "0");
  EXPECT_EQ(threshold_text(std::uint64_t{8} << 52U), "8");
  EXPECT_EQ(threshold_text(0x028f6000000000), "028f6");
  EXPECT_EQ(threshold_text(kTwo56 - 1), "ffffffffffffff");
  EXPECT_EQ(threshold_text(1), "00000000000001");
}

TEST(TraceState, ReadsByItsGrammar) {
  const std::string longest(256, 'a');
  const struct {
    const char* name;
    std::string text;
    bool readable;
  } cases[] = {
      {"empty", "", true},
      {"one member", "a=b", true},
      {"blanks and tabs around members", " a=b \t,\tc=d ,, ", true},
      {"no equals sign", "a", false},
      {"two equals signs", "a=b=c", false},
      {"empty key", "=b", false},
      {"empty value", "a=", false},
      {"blank before the equals sign", "a =b", false},
      {"blank inside a value", "a=b c", true},
      {"key of 256", longest + "=v", true},
      {"key of 257", longest + "a=v", false},
      {"key starts with a digit", "1a=v", false},
      {"key in upper case", "A=v", false},
      {"key with every character", "a_-*/0=v", true},
      {"tenant starts with a digit", "1a@b=v", true},
      {"tenant of 241", std::string(241, 'a') + "@b=v", true},
      {"tenant of 242", std::string(242, 'a') + "@b=v", false},
      {"system of 14", "a@" + std::string(14, 'b') + "=v", true},
      {"system of 15", "a@" + std::string(15, 'b') + "=v", false},
      {"system starts with a digit", "a@1=v", false},
      {"empty system", "a@=v", false},
      {"value of 256", "a=" + longest, true},
      {"value of 257", "a=" + longest + "a", false},
      {"value with a control character", "a=b\x01", false},
      {"value with DEL", "a=b\x7f", false},
      {"value outside ASCII", "a=\xc3\xa9", false},
      {"32 members", members(32), true},
      {"33 members", members(33), false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(TraceState(c.text).readable(), c.readable);
  }
}

TEST(TraceState, ReadsThresholdAndRandomness) {
  using Value = std::optional<std::uint64_t>;
  const Value none;
  const struct {
    const char* name;
    std::string text;
    Value threshold;
    Value randomness;
  } cases[] = {
      {"both", "ot=th:8;rv:00000000000001", Value(std::uint64_t{8} << 52U), Value(1)},
      {"14 digits", "ot=th:00000000000001", Value(1), none},
      {"15 digits", "ot=th:000000000000001", none, none},
      {"empty", "ot=th:", none, none},
      {"upper case", "ot=th:C;rv:FFFFFFFFFFFFFF", none, none},
      {"rv of 13 digits", "ot=rv:0000000000001", none, none},
      {"another member", "xot=th:8,o=th:8", none, none},
      {"the first ot counts", "a=b,ot=th:8,ot=th:c", Value(std::uint64_t{8} << 52U), none},
      {"a broken first ot hides the second", "ot=th,ot=th:c", none, none},
      {"sub-key twice", "ot=th:8;th:8", none, none},
      {"unknown sub-key twice", "ot=a:1;a:2;th:8", none, none},
      {"empty sub-key", "ot=th:8;", none, none},
      {"sub-key in upper case", "ot=A:1;th:8", none, none},
      {"value with a slash", "ot=a:/;th:8", none, none},
      {"unreadable list", "ot=th:8,bad", none, none},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const TraceState state(c.text);
    EXPECT_EQ(state.threshold(), c.threshold);
    EXPECT_EQ(state.randomness(), c.randomness);
  }
}

TEST(TraceState, WritesTheThreshold) {
  const std::string full = "ot=a:" + std::string(248, 'x');  // with ";th:" two digits fit
  const struct {
    const char* name;
    std::string text;
    const char* threshold;
    std::string after;
  } cases[] = {
      {"from nothing", "", "8", "ot=th:8"},
      {"removed from nothing", "", "", ""},
      {"in front of the others", " a=b , c=d", "8", "ot=th:8,a=b,c=d"},
      {"replaced, th last", "a=b,ot=th:c;rv:1;x:y", "8", "ot=rv:1;x:y;th:8,a=b"},
      {"removed", "ot=th:c;rv:1", "", "ot=rv:1"},
      {"removed with its member", "a=b,ot=th:c", "", "a=b"},
      {"a key that starts with th", "ot=thx:1", "8", "ot=thx:1;th:8"},
      {"a broken ot is replaced", "ot=bad,a=b", "8", "ot=th:8,a=b"},
      {"a second ot goes", "ot=th:8,a=b,ot=x:y", "c", "ot=th:c,a=b"},
      {"the 32nd member falls off", members(32), "8", "ot=th:8," + members(31)},
      {"ot among 32", members(31) + ",ot=th:0", "8", "ot=th:8," + members(31)},
      {"ot of 256 characters", full, "f", full + ";th:f"},
      {"ot would have 257", full, "ffff", full},
      {"no room for a longer th", full + ";th:8", "ffff", full},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(written(c.text, c.threshold), c.after);
  }
  std::string out = "before ";
  TraceState("a=b").write_with_threshold("8", out);
  EXPECT_EQ(out, "before ot=th:8,a=b");
}

}  // namespace
}  // namespace agent::traces
