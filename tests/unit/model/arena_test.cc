#include "agent/model/arena.h"

#include <gtest/gtest.h>

namespace agent::model {
namespace {

TEST(Arena, ViewsLiveUntilClear) {
  Arena arena(16);
  std::vector<std::string_view> views;
  for (int i = 0; i < 100; ++i)
    views.push_back(arena.copy("text " + std::to_string(i)));
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(views[static_cast<std::size_t>(i)], "text " + std::to_string(i));
  EXPECT_EQ(arena.copy(""), "");
}

TEST(Arena, ReusedAfterClearItAsksForNothingMore) {
  Arena arena(64);
  const auto fill = [&] {
    for (const std::size_t size : {40U, 40U, 500U, 10U, 64U})
      std::memset(arena.allocate(size), 'x', size);
  };
  fill();
  const std::size_t held = arena.capacity();
  EXPECT_GE(held, 500U);
  for (int i = 0; i < 10; ++i) {
    arena.clear();
    fill();
    EXPECT_EQ(arena.capacity(), held);
  }
}

TEST(Arena, AdoptsTextWithoutCopyingIt) {
  Arena arena;
  std::string text(100, 'x');
  const char* const bytes = text.data();
  const std::string_view long_view = arena.adopt(std::move(text));
  EXPECT_EQ(long_view.data(), bytes);
  const std::string_view short_view = arena.adopt("short");
  for (int i = 0; i < 100; ++i)
    arena.adopt("more");
  const Arena moved(std::move(arena));
  EXPECT_EQ(long_view, std::string(100, 'x'));
  EXPECT_EQ(short_view, "short");
  EXPECT_GE(moved.capacity(), 100U);
}

TEST(Arena, LetsGoOfAdoptedTextWhenCleared) {
  Arena arena;
  arena.adopt(std::string(1000, 'x'));
  arena.clear();
  EXPECT_EQ(arena.capacity(), 0U);
}

TEST(Arena, GivesBackTheTailOfTheLatest) {
  Arena arena(64);
  char* first = arena.allocate(60);
  arena.give_back(50);
  EXPECT_EQ(arena.allocate(50), first + 10);
  EXPECT_EQ(arena.capacity(), 64U);
}

TEST(Arena, MovingKeepsViewsAndLeavesAnEmptyArena) {
  Arena arena(16);
  const auto a = arena.copy("twelve bytes");
  const auto b = arena.copy("twelve more.");
  Arena moved = std::move(arena);
  EXPECT_EQ(a, "twelve bytes");
  // A batch is filled again after its push: NOLINTNEXTLINE(bugprone-use-after-move)
  EXPECT_EQ(arena.capacity(), 0U);
  EXPECT_EQ(arena.copy("fresh"), "fresh");
  arena = std::move(moved);
  EXPECT_EQ(b, "twelve more.");
  EXPECT_EQ(moved.copy("again"), "again");  // NOLINT(bugprone-use-after-move): as above
}

}  // namespace
}  // namespace agent::model
