#include "agent/logs/tail/position_slot.h"

#include <string>

#include <gtest/gtest.h>

namespace agent::logs {
namespace {

PositionsState some_state() {
  PositionsState state;
  PositionRecord& odd = state.files[7];
  odd.job = "a job";
  odd.path = "/a b%\n\xff.log";
  odd.labels_hash = 0xfedcba9876543210;
  odd.identity = {65, 12, -123, {77, 1024}};
  odd.offset = 10;
  odd.mid_line = true;
  odd.size = 20;
  odd.mark = {99, 10};
  odd.unit = PositionUnit::Lines;
  state.files[9] = {};
  state.cursors["cursor-x"] = "1 2";
  state.cursors[""] = "";
  state.text = {{"/var/log/a.log", "{job=\"x\"}", 11}};
  state.yaml_hashes = {42, 43};
  return state;
}

void expect_same(const PositionsState& a, const PositionsState& b) {
  EXPECT_EQ(a.files, b.files);
  EXPECT_EQ(a.cursors, b.cursors);
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.yaml_hashes, b.yaml_hashes);
}

TEST(PositionSlot, ComesBackAsItWas) {
  const auto slot =
      decode_position_slot(encode_position_slot(3, render_positions_state(some_state())));
  ASSERT_TRUE(slot) << slot.error().message;
  EXPECT_EQ(slot->generation, 3U);
  EXPECT_EQ(slot->frames, 1U);
  EXPECT_EQ(slot->unused_bytes, 0U);
  expect_same(slot->state, some_state());
}

// A state, then one frame each for: a move, a new file, a cursor, a file that went.
std::vector<std::string> frames_of_changes() {
  PositionRecord moved = some_state().files[7];
  moved.offset = 15;
  moved.mid_line = false;
  moved.mark = {100, 15};
  PositionRecord fresh = moved;
  fresh.path = "/new.log";
  return {at_line(7, moved), file_line(8, fresh), cursor_line("cursor-x", "3"), gone_line(9)};
}

std::string slot_with_changes() {
  std::string bytes = encode_position_slot(3, render_positions_state(some_state()));
  std::uint64_t number = 0;
  for (const auto& lines : frames_of_changes())
    bytes += encode_position_frame(3, ++number, lines);
  return bytes;
}

TEST(PositionSlot, ChangesAreApplied) {
  const auto slot = decode_position_slot(slot_with_changes());
  ASSERT_TRUE(slot);
  EXPECT_EQ(slot->frames, 5U);
  EXPECT_EQ(slot->state.files.size(), 2U);
  const PositionRecord& moved = slot->state.files.at(7);
  EXPECT_EQ(moved.offset, 15U);
  EXPECT_FALSE(moved.mid_line);
  EXPECT_EQ(moved.mark, (Fingerprint{100, 15}));
  EXPECT_EQ(moved.path, some_state().files[7].path);
  EXPECT_EQ(slot->state.files.at(8).path, "/new.log");
  EXPECT_EQ(slot->state.cursors.at("cursor-x"), "3");
}

// What is read of a damaged slot is the state after some of its frames, or nothing.
void expect_a_prefix(const std::string& bytes, std::size_t untouched, const std::string& what) {
  SCOPED_TRACE(what);
  const auto slot = decode_position_slot(bytes);
  if (!slot) return;
  PositionsState expected = some_state();
  ASSERT_GE(slot->frames, 1U);
  const auto changes = frames_of_changes();
  for (std::uint64_t i = 1; i < slot->frames; ++i)
    ASSERT_TRUE(apply_positions_lines(changes[i - 1], expected));
  expect_same(slot->state, expected);
  EXPECT_LE(bytes.size() - slot->unused_bytes, untouched);
}

TEST(PositionSlot, NoticesEveryCut) {
  const std::string whole = slot_with_changes();
  for (std::size_t size = 0; size < whole.size(); ++size)
    expect_a_prefix(whole.substr(0, size), size, "cut at " + std::to_string(size));
}

TEST(PositionSlot, NoticesEveryFlippedBit) {
  const std::string whole = slot_with_changes();
  for (std::size_t i = 0; i < whole.size() * 8; ++i) {
    std::string flipped = whole;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << i % 8));
    expect_a_prefix(flipped, i / 8, "bit " + std::to_string(i));
  }
}

TEST(PositionSlot, FramesOfAnOlderGenerationAreNotTaken) {
  std::string bytes = encode_position_slot(4, render_positions_state(some_state()));
  bytes += encode_position_frame(3, 1, gone_line(9));
  const auto slot = decode_position_slot(bytes);
  ASSERT_TRUE(slot);
  EXPECT_EQ(slot->frames, 1U);
  EXPECT_EQ(slot->state.files.size(), 2U);
}

TEST(PositionSlot, RefusesWhatANewerVersionWrote) {
  // Version 2, generation 1, and the checksum that goes with it.
  const std::string newer("dunlinps\x02\0\0\0\x28\x1e\x85\x4a\x01\0\0\0\0\0\0\0", 24);
  const auto slot = decode_position_slot(newer);
  ASSERT_FALSE(slot);
  EXPECT_EQ(slot.error().kind, ErrorKind::Rejected) << slot.error().message;
}

TEST(PositionSlot, RefusesLinesThatAreNone) {
  const char* lines[] = {
      "yaml 1 2",  // no end of line
      "yaml 1\n",
      "nothing\n",
      "\n",
      "gone x\n",
      "at 1 5 0 5 0 0\n",  // of no file
      "cursor a\n",
      "cursor %4 a\n",
      "text x % /a\n",
      "file 1 5 2 5 0 0 65 1 2 0 0 0 job /a\n",     // mid_line is 0 or 1
      "file 1 5 0 5 0 1025 65 1 2 0 0 0 job /a\n",  // longer than a fingerprint is
      "file 1 5 0 5 0 0 65 1 2 0 0 0 job\n",
      "file 1 5 0 5 0 0 65 1 2 0 0 0 job /a bytes\n",  // the unit nobody writes
      "file 1 5 0 5 0 0 65 1 2 0 0 0 job /a lines x\n",
  };
  for (const char* text : lines) {
    PositionsState state;
    EXPECT_FALSE(apply_positions_lines(text, state)) << text;
    EXPECT_FALSE(decode_position_slot(encode_position_slot(1, text))) << text;
  }
}

}  // namespace
}  // namespace agent::logs
