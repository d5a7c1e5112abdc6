#include "agent/logs/tail/position_store.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "agent/base/files.h"

#include "tests/support/temp_dir.h"

namespace agent::logs {
namespace {

namespace fs = std::filesystem;

class PositionStoreTest : public ::testing::Test {
 protected:
  static PositionsState at(std::uint64_t offset) {
    PositionsState state;
    state.files[1].path = "/a.log";
    state.files[1].offset = offset;
    return state;
  }
  static void move(PositionStore& store, std::uint64_t offset) {
    ASSERT_TRUE(store.append(at_line(1, at(offset).files[1])));
  }
  static void write_synced(PositionStore& store, std::uint64_t offset) {
    ASSERT_TRUE(store.write(at(offset)));
    ASSERT_TRUE(store.sync_work()());
    store.synced();
  }
  // The offset that a new life finds; SIZE_MAX: none.
  std::uint64_t found() const {
    const auto loaded = make_file_position_store(path_)->load();
    if (!loaded || loaded->state.files.empty()) return SIZE_MAX;
    return loaded->state.files.at(1).offset;
  }
  static void put(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  agent::testing::TempDir folder_;
  std::string path_ = (folder_.path() / "state/positions").string();
};

TEST_F(PositionStoreTest, KeepsTheStateAndWhatChangedSince) {
  const auto store = make_file_position_store(path_);
  const auto first = store->load();
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->state.files.empty());
  EXPECT_EQ(first->damage, "");
  EXPECT_FALSE(store->append(at_line(1, at(1).files[1]))) << "a state comes first";
  write_synced(*store, 1);
  EXPECT_EQ(found(), 1U);
  move(*store, 2);
  move(*store, 3);
  EXPECT_EQ(found(), 3U);
  write_synced(*store, 4);
  EXPECT_EQ(found(), 4U);
}

// Slot A: state 1, moved to 2. Slot B, begun later: state 3, moved to 4 and 5.
TEST_F(PositionStoreTest, AnyDamageToOneSlotFallsBackToTheOther) {
  const auto store = make_file_position_store(path_);
  ASSERT_TRUE(store->load());
  write_synced(*store, 1);
  move(*store, 2);
  write_synced(*store, 3);
  move(*store, 4);
  move(*store, 5);
  for (const char* suffix : {".0", ".1"}) {
    const std::string path = path_ + suffix;
    const std::string whole = *read_file(path);
    put(path, "");
    const bool newer = found() == 2;
    put(path, whole);
    ASSERT_EQ(found(), 5U);
    const auto expect_fallback = [&](const std::string& bytes, std::size_t where) {
      put(path, bytes);
      const std::uint64_t offset = found();
      if (newer) {
        EXPECT_TRUE(offset >= 2 && offset <= 5) << path << " " << where << ": " << offset;
      } else {
        EXPECT_EQ(offset, 5U) << path << " " << where;
      }
    };
    for (std::size_t size = 0; size < whole.size(); ++size)
      expect_fallback(whole.substr(0, size), size);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      std::string flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
      expect_fallback(flipped, i);
    }
    fs::remove(path);
    EXPECT_EQ(found(), newer ? 2U : 5U);
    put(path, whole);
  }
}

TEST_F(PositionStoreTest, TheSlotThatWasSyncedLastIsNotWrittenOver) {
  const auto store = make_file_position_store(path_);
  ASSERT_TRUE(store->load());
  write_synced(*store, 1);
  const fs::path safe = fs::exists(path_ + ".1") ? path_ + ".1" : path_ + ".0";
  const std::string kept = *read_file(safe);
  for (std::uint64_t offset = 2; offset < 5; ++offset)
    ASSERT_TRUE(store->write(at(offset)));  // never synced
  EXPECT_EQ(*read_file(safe), kept);
  EXPECT_EQ(found(), 4U);
}

TEST_F(PositionStoreTest, GoesOnAfterDamage) {
  {
    const auto store = make_file_position_store(path_);
    ASSERT_TRUE(store->load());
    write_synced(*store, 1);
    move(*store, 2);
  }
  const std::string path = fs::exists(path_ + ".1") ? path_ + ".1" : path_ + ".0";
  fs::resize_file(path, fs::file_size(path) - 1);  // torn
  const auto store = make_file_position_store(path_);
  const auto loaded = store->load();
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->state.files.at(1).offset, 1U);
  EXPECT_NE(loaded->damage, "");
  write_synced(*store, 6);
  move(*store, 7);
  EXPECT_EQ(found(), 7U);
}

TEST_F(PositionStoreTest, WhatHoldsNothingIsMovedAside) {
  fs::create_directories(fs::path(path_).parent_path());
  put(path_ + ".0", std::string(500, '\0'));
  put(path_ + ".1", "");
  const auto store = make_file_position_store(path_);
  const auto loaded = store->load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::Input);
  EXPECT_TRUE(fs::exists(path_ + ".0.damaged"));
  write_synced(*store, 1);
  EXPECT_EQ(found(), 1U);
}

TEST_F(PositionStoreTest, WhatANewerVersionWroteStays) {
  fs::create_directories(fs::path(path_).parent_path());
  const std::string newer("dunlinps\x02\0\0\0\x28\x1e\x85\x4a\x01\0\0\0\0\0\0\0", 24);
  put(path_ + ".0", newer);
  const auto store = make_file_position_store(path_);
  const auto loaded = store->load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::Rejected);
  EXPECT_TRUE(store->write(at(1)));
  EXPECT_EQ(*read_file(path_ + ".0"), newer);
  EXPECT_FALSE(fs::exists(path_ + ".1"));
}

TEST_F(PositionStoreTest, AFolderThatWasRemovedIsMadeAgain) {
  const auto store = make_file_position_store(path_);
  ASSERT_TRUE(store->load());
  write_synced(*store, 1);
  fs::remove_all(fs::path(path_).parent_path());
  write_synced(*store, 2);
  EXPECT_EQ(found(), 2U);
}

TEST_F(PositionStoreTest, APlaceThatCannotBeWrittenIsAnError) {
  const auto store = make_file_position_store("/proc/nothing/positions");
  ASSERT_TRUE(store->load());
  EXPECT_FALSE(store->write(at(1)));
  EXPECT_FALSE(store->append(at_line(1, at(1).files[1])));
}

}  // namespace
}  // namespace agent::logs
