#pragma once
// A journal in memory, and what may go wrong with one.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "agent/base/check.h"
#include "agent/base/unique_fd.h"
#include "agent/logs/sources/journal_reader.h"

namespace agent::testing {

/// The files that readers look at.
struct FakeJournal {
  struct Entry {
    std::uint64_t sequence = 0;
    Timestamp time{};
    std::vector<std::pair<std::string, std::string>> fields;
    bool unreadable = false;
  };

  FakeJournal() {
    int ends[2];
    AGENT_CHECK(::pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
    changed_read = UniqueFd(ends[0]);
    changed_write = UniqueFd(ends[1]);
  }

  static std::string cursor_of(const Entry& entry) {
    const auto hex = [](std::uint64_t value) {
      char text[20];
      std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(value));
      return std::string(text);
    };
    const auto time = std::chrono::floor<std::chrono::microseconds>(entry.time.time_since_epoch());
    return "s=one;i=" + hex(entry.sequence) + ";t=" + hex(static_cast<std::uint64_t>(time.count()));
  }
  void add(Timestamp time, std::vector<std::pair<std::string, std::string>> fields) {
    entries.push_back({++last_sequence, time, std::move(fields), false});
  }
  /// Tells the readers that there is something new.
  void announce() const { AGENT_CHECK(::write(changed_write.get(), "x", 1) == 1); }

  std::vector<Entry> entries;
  std::uint64_t last_sequence = 0;
  UniqueFd changed_read, changed_write;
  int failing_nexts = 0;  ///< so many next() fail
  int failing_opens = 0;
  int opened = 0;
  int nexts = 0;
};

class FakeJournalReader final : public logs::JournalReader {
 public:
  explicit FakeJournalReader(FakeJournal& journal) : journal_(journal) {}

  Status seek_time(Timestamp time) override {
    return go([&](const auto& entry) { return entry.time >= time; });
  }
  Status seek_cursor(const std::string& cursor) override {
    if (!cursor.starts_with("s=")) return failure("no cursor");
    const std::size_t number = cursor.find(";i=") + 3;
    const auto sequence = std::stoull(cursor.substr(number), nullptr, 16);
    return go([&](const auto& entry) { return entry.sequence >= sequence; });
  }
  Result<bool> next() override {
    ++journal_.nexts;
    if (journal_.failing_nexts > 0 && journal_.failing_nexts-- > 0) return failure("next");
    // Entries may have gone meanwhile: the place is a sequence number, not an index.
    const auto at = std::find_if(journal_.entries.begin(), journal_.entries.end(),
                                 [&](const auto& e) { return e.sequence >= next_sequence_; });
    if (at == journal_.entries.end()) return false;
    current_ = *at;
    next_sequence_ = at->sequence + 1;
    return true;
  }
  bool is_at(const std::string& cursor) override {
    return FakeJournal::cursor_of(current_) == cursor;
  }
  Result<Timestamp> time() override { return current_.time; }
  Result<std::string> cursor() override { return FakeJournal::cursor_of(current_); }
  Status fields(const OnField& on_field) override {
    if (current_.unreadable) return failure("data");
    for (const auto& [name, value] : current_.fields)
      on_field(name, value);
    return {};
  }
  Result<Timestamp> oldest() override {
    return journal_.entries.empty() ? Timestamp{} : journal_.entries.front().time;
  }
  bool is_empty() override { return journal_.entries.empty(); }
  int descriptor() const override { return journal_.changed_read.get(); }
  bool has_to_be_polled() const override { return false; }
  Status take_notice() override {
    char bytes[64];
    while (::read(journal_.changed_read.get(), bytes, sizeof bytes) > 0) {
    }
    return {};
  }

 private:
  static Error failure(const char* what) { return {ErrorKind::Io, what}; }
  template <typename Test>
  Status go(Test test) {
    const auto at = std::find_if(journal_.entries.begin(), journal_.entries.end(), test);
    next_sequence_ = at == journal_.entries.end() ? journal_.last_sequence + 1 : at->sequence;
    return {};
  }
  FakeJournal& journal_;
  FakeJournal::Entry current_;
  std::uint64_t next_sequence_ = 0;
};

inline logs::OpenJournal opener(FakeJournal& journal) {
  return [&journal](
             const logs::JournalPlace& /*place*/) -> Result<std::unique_ptr<logs::JournalReader>> {
    ++journal.opened;
    if (journal.failing_opens > 0 && journal.failing_opens-- > 0)
      return Error{ErrorKind::Io, "open"};
    return std::unique_ptr<logs::JournalReader>(std::make_unique<FakeJournalReader>(journal));
  };
}

}  // namespace agent::testing
