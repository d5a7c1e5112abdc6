#include "agent/base/result.h"

#include <memory>

#include <gtest/gtest.h>

#include "agent/base/clock.h"

namespace agent {
namespace {

Result<std::unique_ptr<int>> make(bool good) {
  if (!good) return Error{ErrorKind::Io, "no"};
  return std::make_unique<int>(5);
}

TEST(Result, HoldsAValueOrAnError) {
  auto good = make(true);
  ASSERT_TRUE(good);
  EXPECT_EQ(**good, 5);
  const std::unique_ptr<int> taken = *std::move(good);
  EXPECT_EQ(*taken, 5);
  const auto bad = make(false);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().within("queue").within("remote_write[0]").message,
            "remote_write[0]: queue: no");
  EXPECT_EQ(bad.error().within("x").kind, ErrorKind::Io);
  EXPECT_STREQ(to_string(ErrorKind::Config), "config");
  EXPECT_STREQ(to_string(ErrorKind::Internal), "internal");
}

TEST(ResultDeathTest, ReadingTheOtherSideAborts) {
  EXPECT_DEATH(static_cast<void>(*make(false)), "internal error: has_value");
  EXPECT_DEATH(static_cast<void>(make(true).error()), "internal error");
  EXPECT_DEATH(static_cast<void>(Status().error()), "internal error");
}

TEST(Clock, MillisecondsRoundDownOnBothSidesOfTheEpoch) {
  EXPECT_EQ(to_unix_ms(Timestamp(std::chrono::nanoseconds(1'999'999))), 1);
  EXPECT_EQ(to_unix_ms(Timestamp(std::chrono::nanoseconds(-1))), -1);
  EXPECT_EQ(to_unix_ms(from_unix_ms(1'700'000'000'123)), 1'700'000'000'123);
}

}  // namespace
}  // namespace agent
