#include "agent/model/label_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/model/status.h"

namespace agent::model {
namespace {

TEST(LabelSet, IsSortedAndHoldsEachNameOnce) {
  LabelSet set{{"b", "2"}, {"a", "1"}, {"B", "0"}, {"b", "3"}};
  EXPECT_EQ(to_string(set), R"({B="0", a="1", b="3"})");
  EXPECT_EQ(set.size(), 3U);
  EXPECT_EQ(set.get("b"), "3");
  EXPECT_EQ(set.get("c"), "");
}

TEST(LabelSet, AnEmptyValueIsAnAbsentLabel) {
  LabelSet set{{"a", "1"}, {"b", ""}};
  EXPECT_EQ(set.size(), 1U);
  EXPECT_FALSE(set.has("b"));
  set.set("a", "");
  set.set("never", "");
  set.erase("never");
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set, LabelSet());
}

TEST(LabelSet, AValueMayComeFromTheSetItself) {
  LabelSet set{{"m", std::string(40, 'v')}};
  set.set("a", set.get("m"));
  set.set("m", set.get("m"));
  EXPECT_EQ(set.get("a"), std::string(40, 'v'));
  EXPECT_EQ(set.get("m"), std::string(40, 'v'));
}

TEST(LabelSet, HashDependsOnContentAlone) {
  LabelSet a{{"x", "1"}, {"y", "2"}};
  LabelSet b{{"y", "2"}};
  EXPECT_NE(hash_of(a), hash_of(b));
  b.set("x", "1");
  EXPECT_EQ(hash_of(a), hash_of(b));
  EXPECT_NE(hash_of({{"ab", "c"}}), hash_of({{"a", "bc"}}));
  EXPECT_EQ(to_string(LabelSet{{"a", "q\"\\\n"}}), R"({a="q\"\\\n"})");
}

TEST(LedgerEntry, BalanceIsZeroOnlyWhenEveryRecordIsAccountedFor) {
  LedgerEntry entry;
  entry.in = {{"file", 10}, {"otlp", 5}};
  entry.created = 1;
  entry.merged = 2;
  entry.delivered = 8;
  entry.dropped = {{"queue_full", 3}, {"stage", 1}};
  entry.held = 2;
  EXPECT_EQ(entry.balance(), 0);
  entry.held = 1;
  EXPECT_EQ(entry.balance(), 1);
  entry.held = 4;
  EXPECT_EQ(entry.balance(), -2);
}

}  // namespace
}  // namespace agent::model
