#include "agent/model/receipt_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::model {
namespace {

using ::testing::ElementsAre;

TEST(ReceiptBook, ClosesOnceWhenAllIsSettled) {
  ReceiptBook book;
  int closed = 0;
  const ReceiptId id = book.open(3, [&] { ++closed; });
  book.settle(id);
  book.add(id, 2);  // a second destination
  book.settle(id, 3);
  EXPECT_EQ(closed, 0);
  EXPECT_EQ(book.open_receipts(), 1U);
  book.settle(id);
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(book.open_receipts(), 0U);
  book.settle(id);  // late news of a closed receipt
  book.add(id, 1);
  EXPECT_EQ(closed, 1);
}

TEST(ReceiptBook, MayStartEmptyAndGrow) {
  ReceiptBook book;
  int closed = 0;
  const ReceiptId id = book.open(0, [&] { ++closed; });
  book.add(id, 1);
  EXPECT_EQ(closed, 0);
  book.settle(id);
  EXPECT_EQ(closed, 1);
}

TEST(ReceiptBook, ZeroIsNobody) {
  ReceiptBook book;
  book.add(0, 5);
  book.settle(0);
  book.settle_with(0, 0);
  book.forget(0);
  EXPECT_EQ(book.open_receipts(), 0U);
}

TEST(ReceiptBook, JoinedRecordsSettleWithTheLaterOne) {
  ReceiptBook book;
  std::vector<int> closed;
  const ReceiptId first = book.open(1, [&] { closed.push_back(1); });
  const ReceiptId second = book.open(1, [&] { closed.push_back(2); });
  const ReceiptId third = book.open(1, [&] { closed.push_back(3); });
  book.settle_with(first, second);
  book.settle_with(second, third);
  EXPECT_TRUE(closed.empty());
  book.settle(third);
  EXPECT_THAT(closed, ElementsAre(3, 2, 1));
}

TEST(ReceiptBook, JoiningWithOneThatIsGoneSettlesAtOnce) {
  ReceiptBook book;
  int closed = 0;
  const ReceiptId id = book.open(2, [&] { ++closed; });
  book.settle_with(id, id);
  book.settle_with(id, 999);
  EXPECT_EQ(closed, 1);
}

TEST(ReceiptBook, AForgottenOwnerIsNotCalledButOthersAre) {
  ReceiptBook book;
  int closed = 0;
  const ReceiptId earlier = book.open(1, [&] { ++closed; });
  const ReceiptId later = book.open(1, [&] { FAIL() << "its owner is gone"; });
  book.settle_with(earlier, later);
  book.forget(later);
  book.settle(later);
  EXPECT_EQ(closed, 1);
}

TEST(ReceiptBook, TheCallbackMayOpenAndSettle) {
  ReceiptBook book;
  int closed = 0;
  const ReceiptId outer = book.open(1, [&] {
    const ReceiptId inner = book.open(1, [&] { ++closed; });
    book.settle(inner);
  });
  book.settle(outer);
  EXPECT_EQ(closed, 1);
}

TEST(ReceiptBook, AChainOfManyDoesNotRecurse) {
  ReceiptBook book;
  int closed = 0;
  ReceiptId last = 0;
  for (int i = 0; i < 200'000; ++i) {
    const ReceiptId next = book.open(1, [&] { ++closed; });
    if (last != 0) book.settle_with(last, next);
    last = next;
  }
  book.settle(last);
  EXPECT_EQ(closed, 200'000);
}

TEST(ReceiptBookDeathTest, SettlingMoreThanIsOpenIsOurBug) {
  ReceiptBook book;
  const ReceiptId id = book.open(1, [] {});
  EXPECT_DEATH(book.settle(id, 2), "internal error");
}

TEST(ReceiptBook, SharesOfOneReceiptJoin) {
  std::vector<ReceiptShare> shares;
  for (const ReceiptId id : {0U, 1U, 1U, 2U, 1U})
    add_share(shares, id);
  ASSERT_EQ(shares.size(), 3U);
  EXPECT_EQ(shares[0].records, 2U);
  EXPECT_EQ(shares[2].id, 1U);
}

}  // namespace
}  // namespace agent::model
