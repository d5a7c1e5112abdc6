#include "agent/model/label_table.h"

#include <gtest/gtest.h>

namespace agent::model {
namespace {

TEST(LabelTable, EqualSetsAreOneObject) {
  LabelTable table;
  const Labels* a = table.intern({{"job", "x"}, {"pod", "p"}});
  EXPECT_EQ(table.intern({{"pod", "p"}, {"job", "x"}}), a);
  EXPECT_NE(table.intern({{"job", "x"}}), a);
  EXPECT_EQ(a->get("pod"), "p");
  EXPECT_EQ(a->hash(), hash_of(a->set()));
  EXPECT_EQ(table.size(), 2U);
}

TEST(LabelTable, ChangesLeadToTheInternedSet) {
  LabelTable table;
  const Labels* base = table.intern({{"job", "x"}});
  const Labels* more = table.with(base, "level", "error");
  EXPECT_EQ(more, table.intern({{"job", "x"}, {"level", "error"}}));
  EXPECT_EQ(table.with(base, "level", "error"), more);
  EXPECT_EQ(table.without(more, "level"), base);
  EXPECT_EQ(table.with(more, "level", ""), base);
  EXPECT_EQ(table.without(base, "absent"), base);
  EXPECT_EQ(table.with(base, "job", "x"), base);
}

TEST(LabelTable, SweepForgetsWhatNobodyUsesOrPins) {
  LabelTable table;
  const Labels* pinned = table.intern({{"a", "pinned"}});
  const PinnedLabels pin(pinned);
  table.intern({{"a", "idle"}});
  table.sweep(0);  // used since the last but one sweep: all stay
  EXPECT_EQ(table.size(), 2U);
  const Labels* used = table.intern({{"a", "used"}});
  table.sweep(0);
  EXPECT_EQ(table.size(), 2U);  // "idle" has gone
  EXPECT_EQ(table.intern({{"a", "used"}}), used);
  EXPECT_EQ(table.intern({{"a", "pinned"}}), pinned);
}

TEST(LabelTable, SweepKeepsASmallTableWarm) {
  LabelTable table;
  for (int i = 0; i < 10; ++i)
    table.intern({{"a", std::to_string(i)}});
  for (int i = 0; i < 5; ++i)
    table.sweep(10);  // at the limit
  EXPECT_EQ(table.size(), 10U);
  table.intern({{"a", "one more"}});
  table.sweep(10);  // just past it; the ten are long unused
  EXPECT_EQ(table.size(), 1U);
}

TEST(LabelTable, ChangesAreUsableAfterASweep) {
  LabelTable table;
  const PinnedLabels base(table.intern({{"job", "x"}}));
  table.with(base.get(), "level", "info");
  for (int i = 0; i < 3; ++i)
    table.sweep(0);
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.with(base.get(), "level", "info")->get("level"), "info");
}

TEST(LabelTable, ManyChangesOfFewSetsAreForgottenToo) {
  LabelTable table;
  const PinnedLabels base(table.intern({{"job", "x"}}));
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 100; ++i)
      table.with(base.get(), "request", std::to_string(round * 100 + i));
    table.sweep(16);
  }
  EXPECT_LE(table.size(), 201U);
}

TEST(PinnedLabels, CountsCopiesAndMoves) {
  LabelTable table;
  PinnedLabels kept;
  {
    PinnedLabels first(table.intern({{"a", "1"}}));
    const PinnedLabels copy = first;
    PinnedLabels moved = std::move(first);
    kept = moved;
    EXPECT_EQ(copy.get(), moved.get());
  }
  for (int i = 0; i < 3; ++i)
    table.sweep(0);
  EXPECT_EQ(table.size(), 1U);
  kept = PinnedLabels();
  table.sweep(0);
  EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace agent::model
