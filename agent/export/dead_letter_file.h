#pragma once
// Where records go that a backend has refused for good. The format: docs/dead-letters.md.
//
// DESIGN. The loop thread makes lines and adds them to `pending`; a thread of libuv's pool appends
// what is pending to the file, one write at a time. The file is opened for each write: it is rare,
// and whoever moves or deletes the file needs no signal. Past its size the file becomes
// `<path>.1`, in place of the one before. A letter is a courtesy and no promise: what does not fit
// or cannot be written is counted, and nothing waits for it.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/base/log.h"
#include "agent/loop/offload.h"
#include "agent/selfmon/metrics.h"

namespace agent::exporter {

/// One file for all destinations of a signal. Loop thread.
class DeadLetterFile {
 public:
  struct Limits {
    std::uint64_t file_bytes = 8U << 20U;  ///< of the newest file; there is one older
    std::uint64_t pending_bytes = 1U << 20U;
  };
  /// `loop` and `log` outlive it; nothing is created before there is a letter.
  DeadLetterFile(std::string path, loop::EventLoop& loop, Logger& log, const selfmon::Scope& scope,
                 Limits limits);
  DeadLetterFile(const DeadLetterFile&) = delete;
  DeadLetterFile& operator=(const DeadLetterFile&) = delete;
  /// Writes what is pending.
  ~DeadLetterFile();

  /// Adds a line (without its end) that stands for `records` records.
  void add(std::string_view line, std::uint64_t records);

 private:
  struct State;
  void write_later();
  void on_written();

  loop::EventLoop& loop_;
  Logger& log_;
  std::uint64_t pending_limit_;
  selfmon::Counter& written_;
  selfmon::Counter& lost_;
  std::shared_ptr<State> state_;  // shared with the write that is under way
  loop::Offload writing_;
};

}  // namespace agent::exporter
