#include "agent/app/start_pages.h"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace agent::app {
namespace {

// What is left to test of a call whose success nobody can see: that all still works behind it.
TEST(StartPages, TheProgramGoesOnWithoutThem) {
  EXPECT_GT(drop_start_pages(), 100'000U);
  std::string text = "constants";
  EXPECT_THROW(static_cast<void>(text.at(100)), std::out_of_range);  // unwinds through libstdc++
  EXPECT_EQ(text + " and code", "constants and code");
  EXPECT_GT(drop_start_pages(), 100'000U);
}

}  // namespace
}  // namespace agent::app
