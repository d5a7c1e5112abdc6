#include "agent/codec/otlp_wire.h"

#include <gtest/gtest.h>

#include "tests/support/otlp_bytes.h"

namespace agent::codec {
namespace {

using testing::field;
using testing::varint;

std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i)
    out += text;
  return out;
}

int count_fields(std::string_view bytes, bool* failed) {
  WireReader reader(bytes);
  int count = 0;
  for (WireField each; reader.next(each);)
    ++count;
  *failed = reader.failed();
  return count;
}

TEST(WireReader, AcceptsAndRefusesByFraming) {
  const struct {
    const char* name;
    std::string bytes;
    int fields;
    bool failed;
  } cases[] = {
      {"empty", "", 0, false},
      {"varint", std::string("\x08\x01", 2), 1, false},
      {"varint of ten bytes", "\x08" + std::string(9, '\xff') + "\x01", 1, false},
      {"varint above 64 bits", "\x08" + std::string(9, '\xff') + "\x02", 0, true},
      {"varint of eleven bytes", "\x08" + std::string(10, '\x80') + "\x01", 0, true},
      {"varint cut off", "\x08\xff", 0, true},
      {"tag without value", "\x08", 0, true},
      {"fixed64", std::string("\x09") + std::string(8, 'x'), 1, false},
      {"fixed64 cut off", std::string("\x09") + std::string(7, 'x'), 0, true},
      {"fixed32", std::string("\x0d") + std::string(4, 'x'), 1, false},
      {"fixed32 cut off", std::string("\x0d") + std::string(3, 'x'), 0, true},
      {"length at the end", field(1, "abc"), 1, false},
      {"length past the end", field(1, "abc").substr(0, 4), 0, true},
      {"length of 2^63", "\x0a" + varint(1ULL << 63U), 0, true},
      {"field number 0", std::string("\x00\x01", 2), 0, true},
      {"largest field number", varint((1ULL << 29U) * 8 - 8) + "\x01", 1, false},
      {"field number past 2^29", varint((1ULL << 29U) * 8) + "\x01", 0, true},
      {"wire type 6", "\x0e\x01", 0, true},
      {"wire type 7", "\x0f\x01", 0, true},
      {"group", "\x0b\x10\x01\x0c", 1, false},
      {"group in a group", "\x0b\x13\x14\x0c", 1, false},
      {"group closed by another number", "\x0b\x14", 0, true},
      {"group that is not closed", "\x0b\x10\x01", 0, true},
      {"end of a group that is not open", "\x0c", 0, true},
      {"groups 64 deep", repeat("\x0b", 64) + repeat("\x0c", 64), 1, false},
      {"groups 65 deep", repeat("\x0b", 65) + repeat("\x0c", 65), 0, true},
      {"a good field before a bad one", "\x08\x01\x0c", 1, true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    bool failed = false;
    EXPECT_EQ(count_fields(c.bytes, &failed), c.fields);
    EXPECT_EQ(failed, c.failed);
  }
}

TEST(WireReader, GivesValuesAndTheWholeField) {
  const std::string bytes = "\x08\x96\x01" + field(2, "text") + testing::fixed64_field(3, 77);
  WireReader reader(bytes);
  WireField each;
  ASSERT_TRUE(reader.next(each));
  EXPECT_TRUE(each.is(1, WireType::Varint));
  EXPECT_EQ(each.value, 150U);
  EXPECT_EQ(each.whole, "\x08\x96\x01");
  ASSERT_TRUE(reader.next(each));
  EXPECT_TRUE(each.is(2, WireType::Length));
  EXPECT_EQ(each.bytes, "text");
  EXPECT_EQ(each.whole, field(2, "text"));
  ASSERT_TRUE(reader.next(each));
  EXPECT_TRUE(each.is(3, WireType::Fixed64));
  EXPECT_EQ(each.value, 77U);
  EXPECT_FALSE(reader.next(each));
}

TEST(WireWriter, PutsLengthsInFront) {
  for (const std::size_t size : {0U, 1U, 127U, 128U, 16383U, 16384U}) {
    SCOPED_TRACE(size);
    const std::string content(size, 'x');
    std::string out = "before";
    const std::size_t begun = begin_message(out, 17);
    out += content;
    end_message(out, begun);
    EXPECT_EQ(out, "before" + field(17, content));
    EXPECT_EQ(varint_size(size), varint(size).size());
  }
  EXPECT_EQ(varint_size(~0ULL), 10U);
}

}  // namespace
}  // namespace agent::codec
