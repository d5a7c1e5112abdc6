#pragma once
// Follows a systemd journal. Spec: logs.md 2.3.
//
// DESIGN. The journal is the buffer: a turn reads some entries, at most 256 KiB and 5 ms, and hands
// them on; while the sink has no room nothing more is read. The saved cursor moves with receipts.
//
//   Reading   next() gives entries; a turn follows a turn
//   Waiting   at the end: the journal's descriptor wakes it
//   Broken    the reader failed: another one is opened after a pause that doubles to a minute, and
//             goes on behind the last entry that was read
//
// What is missing is counted: an entry that cannot be read, a cursor whose entry was vacuumed and,
// where no matches hide entries on purpose, the sequence numbers between two entries.
#include <memory>
#include <optional>
#include <string>

#include "agent/base/backoff.h"
#include "agent/logs/source.h"
#include "agent/logs/sources/batch_outlet.h"
#include "agent/logs/sources/cursor_receipts.h"
#include "agent/logs/sources/journal_config.h"
#include "agent/logs/sources/journal_entry.h"
#include "agent/logs/sources/stream_labels.h"
#include "agent/loop/poll.h"

namespace agent::logs {

class JournalSource final : public Source {
 public:
  struct Parts {
    JournalConfig config;
    OpenJournal open;
    relabel::RuleSet rules;
    UsedLabels used;
  };
  JournalSource(Parts parts, SourceEnvironment environment, model::Sink<model::LogBatch>& next);

  Status start() override;
  void stop() override;
  bool ready() const override { return started_; }
  bool stalled() const override { return outlet_.stalled(); }
  void add_status(model::PipelineStatus& out) const override;

 private:
  enum class Step { Entry, End, Broken };

  // Where to begin
  Status open();
  Status go_behind(const std::string& cursor);
  Status go_to_oldest_wanted();
  void look_for_vacuum(const std::string& cursor);

  // When
  void on_change();
  void schedule_turn();
  void turn();
  void break_off(const Error& error);
  void reopen();

  // What
  Step read_one();
  Status read_entry();
  void add_entry(Timestamp time);
  void count_missing(const std::string& before, const std::string& cursor);
  void lose(const char* error, const char* ledger_reason);
  bool hand_on();

  const JournalConfig config_;
  const OpenJournal open_;
  const SourceEnvironment env_;
  const std::string position_name_;
  StreamLabels labels_;
  JournalEntry entry_;
  selfmon::Counter& in_;
  selfmon::Counter& lines_;
  selfmon::Counter& missing_;
  BatchOutlet outlet_;
  CursorReceipts receipts_;
  Random random_ = Random::from_system();
  Backoff pause_;

  std::unique_ptr<JournalReader> reader_;  // null while Broken
  std::optional<loop::Poll> poll_;         // of the reader: goes first
  bool at_entry_ = false;                  // next() went there already
  std::string last_cursor_;                // of the last entry that was read
  std::string handed_cursor_;              // up to which all is with the sink or the outlet
  bool in_sequence_ = false;               // the next entry follows the one of last_cursor_
  std::size_t batch_bytes_ = 0;
  std::uint64_t unreadable_ = 0;  // entries in a row
  std::uint64_t read_ = 0;
  std::uint64_t kept_ = 0;
  std::uint64_t lost_ = 0;
  bool started_ = false;
  bool running_ = false;
  bool turn_scheduled_ = false;
  loop::Timer turn_timer_;
  loop::Timer reopen_timer_;
  loop::Timer look_timer_;
};

/// The `journal` key of a job.
SourceMaker read_journal_source(const config::Node& options, const SourceSite& site);

}  // namespace agent::logs
