#include "agent/model/receipt_book.h"

#include <utility>

#include "agent/base/check.h"

namespace agent::model {

ReceiptId ReceiptBook::open(std::uint32_t records, Closed closed) {
  receipts_.emplace(++last_, Receipt{records, std::move(closed), {}});
  return last_;
}

void ReceiptBook::add(ReceiptId id, std::uint32_t records) {
  if (id == 0) return;
  const auto at = receipts_.find(id);
  if (at != receipts_.end()) at->second.open += records;
}

void ReceiptBook::settle(ReceiptId id, std::uint32_t records) {
  const auto open = receipts_.find(id);
  if (id == 0 || open == receipts_.end()) return;
  if (open->second.open > records) {
    open->second.open -= records;
    return;
  }
  // A receipt that closes may settle others, and those again: a list instead of recursion.
  std::vector<ReceiptShare> todo{{id, records}};
  while (!todo.empty()) {
    const ReceiptShare share = todo.back();
    todo.pop_back();
    const auto at = receipts_.find(share.id);
    if (share.id == 0 || at == receipts_.end()) continue;
    AGENT_CHECK(at->second.open >= share.records);
    at->second.open -= share.records;
    if (at->second.open > 0) continue;
    const Receipt done = std::move(at->second);
    receipts_.erase(at);
    for (const ReceiptId earlier : done.with)
      todo.push_back({earlier, 1});
    if (done.closed) done.closed();
  }
}

void ReceiptBook::settle_with(ReceiptId earlier, ReceiptId later) {
  const auto at = receipts_.find(later);
  if (earlier == later || at == receipts_.end()) return settle(earlier);
  at->second.with.push_back(earlier);
}

void ReceiptBook::forget(ReceiptId id) {
  const auto at = receipts_.find(id);
  if (at != receipts_.end()) at->second.closed = nullptr;
}

void add_share(std::vector<ReceiptShare>& shares, ReceiptId id, std::uint32_t records) {
  if (id == 0) return;
  if (!shares.empty() && shares.back().id == id) {
    shares.back().records += records;
  } else {
    shares.push_back({id, records});
  }
}

}  // namespace agent::model
