#include "agent/model/packed_labels.h"

#include <gtest/gtest.h>

namespace agent::model {
namespace {

TEST(PackedLabels, UnpacksWhatWasPacked) {
  // Lengths around the steps of a varint.
  for (const std::size_t length : {1U, 127U, 128U, 300U, 16'383U, 16'384U}) {
    SCOPED_TRACE(length);
    const LabelSet labels{{"__name__", "up"}, {std::string(length, 'n'), std::string(length, 'v')}};
    const PackedLabels packed(labels);
    EXPECT_EQ(packed.unpack(), labels);
    EXPECT_EQ(packed.get(std::string(length, 'n')), std::string(length, 'v'));
    EXPECT_EQ(packed.get("__name__"), "up");
    EXPECT_EQ(packed.get("absent"), "");
  }
}

TEST(PackedLabels, EqualSetsHaveEqualBytes) {
  EXPECT_EQ(PackedLabels({{"a", "1"}, {"b", "2"}}), PackedLabels({{"b", "2"}, {"a", "1"}}));
  EXPECT_NE(PackedLabels({{"a", "12"}}).bytes(), PackedLabels({{"a1", "2"}}).bytes());
  EXPECT_TRUE(PackedLabels(LabelSet()).empty());
  EXPECT_TRUE(PackedLabels().unpack().empty());
}

TEST(PackedLabels, VisitsInOrder) {
  std::string seen;
  for (const LabelView label : PackedLabels({{"b", "2"}, {"a", "1"}}))
    seen += std::string(label.name) + "=" + std::string(label.value) + ";";
  EXPECT_EQ(seen, "a=1;b=2;");
}

}  // namespace
}  // namespace agent::model
