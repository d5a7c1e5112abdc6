#include "agent/selfmon/ledger.h"

namespace agent::selfmon {
namespace {

constexpr const char* kMetric = "records_total";

}  // namespace

Counter& Drops::reason(std::string_view reason) {
  const auto at = by_reason_.find(reason);
  if (at != by_reason_.end()) return *at->second;
  Counter& made = scope_.counter(kMetric, "reason", reason);
  by_reason_.emplace(std::string(reason), &made);
  return made;
}

std::map<std::string, std::uint64_t> Drops::values() const {
  std::map<std::string, std::uint64_t> out;
  for (const auto& [reason, counter] : by_reason_)
    if (counter->value() > 0) out[reason] = counter->value();
  return out;
}

Account::Account(const Scope& scope)
    : delivered_(scope.with("stage", "delivered").counter(kMetric)),
      dropped_(scope.with("stage", "dropped")) {}

Ledger::Ledger(std::string_view signal, const Scope& scope)
    : signal_(signal),
      scope_(scope.with("signal", signal)),
      dropped_(scope_.with("stage", "dropped")),
      merged_(scope_.with("stage", "merged").counter(kMetric)),
      created_(scope_.with("stage", "created").counter(kMetric)) {}

Counter& Ledger::in(std::string_view source) {
  const auto at = in_.find(source);
  if (at != in_.end()) return *at->second;
  Scope scope = scope_.with("stage", "in").with("source", source);
  Counter& made = scope.counter(kMetric, "Records by signal and what became of them (the ledger).");
  in_.emplace(std::string(source), &made);
  return made;
}

Account& Ledger::destination(std::string_view name) {
  const auto at = destinations_.find(name);
  if (at != destinations_.end()) return *at->second;
  auto made = std::make_unique<Account>(scope_.with("destination", name));
  return *destinations_.emplace(std::string(name), std::move(made)).first->second;
}

// Records that have reached the fan-out so far.
std::uint64_t Ledger::passed(std::uint64_t held_before) const {
  std::uint64_t in = created_.value();
  for (const auto& [source, counter] : in_)
    in += counter->value();
  std::uint64_t gone = merged_.value() + held_before;
  for (const auto& [reason, count] : dropped_.values())
    gone += count;
  return in - gone;
}

void Ledger::join(std::string_view name, std::uint64_t held_before) {
  Account& account = destination(name);
  if (account.place_ == Account::Place::Joined) return;
  account.missed_ += passed(held_before) - account.left_at_;
  account.place_ = Account::Place::Joined;
}

void Ledger::leave(std::string_view name, std::uint64_t held_before) {
  Account& account = destination(name);
  account.left_at_ = passed(held_before);
  account.place_ = Account::Place::Left;
}

std::vector<model::LedgerEntry> Ledger::snapshot(std::uint64_t held_before,
                                                 const std::vector<Held>& held) const {
  std::vector<model::LedgerEntry> out;
  for (const Held& at : held) {
    model::LedgerEntry entry;
    entry.signal = signal_;
    entry.destination = at.destination;
    for (const auto& [source, counter] : in_)
      entry.in[source] = counter->value();
    entry.created = created_.value();
    entry.merged = merged_.value();
    entry.dropped = dropped_.values();
    entry.held = held_before + at.records;
    const auto account = destinations_.find(at.destination);
    if (account != destinations_.end()) {
      const Account& books = *account->second;
      entry.missed = books.missed_;
      if (books.place_ == Account::Place::Left)
        entry.missed += passed(held_before) - books.left_at_;
      entry.delivered = books.delivered().value();
      for (const auto& [reason, count] : books.dropped().values())
        entry.dropped[reason] += count;
    }
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace agent::selfmon
