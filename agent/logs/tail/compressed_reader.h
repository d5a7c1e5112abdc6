#pragma once
// Reads one compressed file from its start to its end. Spec: logs.md 3.5.
//
// DESIGN. A pass decompresses the file in steps and counts lines; those that the position covers
// are passed over, so a pass that was cut short goes on after a restart. Memory is the window of
// the format, 64 KiB of input and the line under way; only a few passes of a job run at a time.
//   Delayed   initial_delay is not over
//   Passing   a pass runs, or waits for its turn
//   Resting   the file ended, was cut off, or is broken: it is read again when its size changed and
//             nothing was written for a while (its start being the same: behind the lines that were
//             taken). A file that is cut off may still be written: what it broke off with becomes a
//             line, and an error, when it was quiet for a while.
// The position counts lines. Its record holds the size of the file once that was read to its end,
// so that it is not opened again for nothing.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/unique_fd.h"
#include "agent/codec/decompressor.h"
#include "agent/logs/tail/file_reader.h"
#include "agent/logs/tail/line_assembler.h"
#include "agent/logs/tail/slice_receipts.h"
#include "agent/logs/tail/tailer.h"
#include "agent/logs/tail/text_encoding.h"

namespace agent::logs {

/// `decompression` of a job. Spec: logs.md 3.5.
struct DecompressionConfig {
  std::optional<codec::Compression> format;  ///< nullopt: told by the first bytes
  Duration initial_delay{};
};

class CompressedReader final : public FileReader {
 public:
  /// How many passes may still begin; shared by the readers of a job.
  struct PassLimit {
    int free = 4;
  };
  struct Config {
    std::string path;            ///< as matched; of the `filename` label
    model::PinnedLabels labels;  ///< of every entry, with `filename`
    std::size_t line_limit_bytes = 2'000'000;
    const TextEncoding* encoding = nullptr;  ///< null: bytes go on as they are; outlives the reader
    DecompressionConfig decompression;
  };
  struct Environment {
    const Clock& clock;
    PassLimit& passes;
    model::ReceiptBook& receipts;
    TailCounters& counters;
    /// Called when the committed position or the identity changes, possibly from inside
    /// ReceiptBook::settle().
    std::function<void(const PositionRecord&)> position_moved;
  };
  /// `start` says how many lines are taken, and the size at which the file was read to its end; its
  /// identity is that of `fd`. The references outlive the reader.
  CompressedReader(Config config, UniqueFd fd, PositionRecord start, Environment environment);
  ~CompressedReader() override;

  Result<Slice> read_slice(model::LogBatch& batch, Timestamp now, Tail tail) override;
  void open_receipt(model::LogBatch& batch) override;
  bool has_news() override;
  std::optional<SteadyTime> look_again_at() const override;
  void close() override;
  bool closed() const override { return !fd_; }
  void reopen(UniqueFd fd) override { fd_ = std::move(fd); }
  void set_path(std::string path) override;

  bool settled() const override { return slices_.all_settled(); }
  const std::string& path() const override { return config_.path; }
  const FileIdentity& identity() const override { return record_.identity; }
  std::uint64_t size_bytes() const override { return size_; }
  std::uint64_t read_offset() const override;
  std::uint64_t committed_bytes() const override { return committed_bytes_; }
  std::uint64_t unread_bytes() const override;
  const PositionRecord& record() const override { return record_; }

 private:
  enum class State { Delayed, Passing, Resting };
  enum class End { None, Complete, CutOff };
  struct Pass;

  bool due(SteadyTime now, Tail tail) const;
  bool begin_pass();
  Status check_identity();
  void forget_content();
  Status refill();
  Status choose_format();
  Result<bool> provide_input();
  bool advance(std::span<char> out, std::size_t& made);
  Result<std::size_t> fill(std::span<char> out, End& end);
  void rest(bool final);
  void try_later();
  Result<Slice> end_of_cut_off(model::LogBatch& batch, Timestamp now);
  void take_line(std::string_view line, model::LogBatch& batch, Timestamp now);
  void commit(const ReadMark& end);
  ReadMark mark() const;
  bool changed() const { return size_ != rested_size_; }

  Config config_;
  UniqueFd fd_;
  Environment env_;
  PositionRecord record_;
  LineAssembler assembler_;
  State state_ = State::Delayed;
  SteadyTime delayed_until_;
  std::unique_ptr<Pass> pass_;     // null: none runs
  std::uint64_t lines_ = 0;        // that the newest pass came to the end of
  std::uint64_t taken_lines_ = 0;  // handed over by any
  std::uint64_t size_ = 0;
  std::uint64_t rested_size_ = 0;  // when the newest pass ended
  bool final_ = false;             // all that can be read at that size is read
  SteadyTime changed_at_{};
  SteadyTime rested_at_{};
  std::uint64_t committed_bytes_ = 0;
  SliceReceipts slices_;
};

}  // namespace agent::logs
