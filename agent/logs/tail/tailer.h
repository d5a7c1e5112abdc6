#pragma once
// Reads one file, slice by slice, and knows how much of it is delivered.
//
// DESIGN. Nothing of the file is kept between turns but offsets: a slice is read into the arena of
// the batch and its lines are views into it; the unterminated text at its end is read again with
// the next slice. So an idle file costs a descriptor, and the file itself is the buffer.
//   read offset       start of the first line that was not handed over
//   committed offset  end of the oldest slices whose receipts are all settled
// Lines of another encoding are split as raw bytes and decoded one by one, so that all offsets are
// those of the file; what decodes them is chosen by the first bytes, as soon as they are there.
// A line over the limit is handed over cut, and the rest of it is skipped as it comes (mid_line).
// A file that is smaller than the read offset, or whose first bytes or those before the read offset
// changed, was written anew: the tailer says so and reads no more. What it handed over is still
// waited for.
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "agent/base/unique_fd.h"
#include "agent/logs/tail/file_reader.h"
#include "agent/logs/tail/position_record.h"
#include "agent/logs/tail/slice_receipts.h"
#include "agent/logs/tail/text_encoding.h"
#include "agent/model/log_batch.h"
#include "agent/model/receipt_book.h"
#include "agent/selfmon/metrics.h"

namespace agent::logs {

/// What all tailers of a source count together.
struct TailCounters {
  explicit TailCounters(const selfmon::Scope& scope);
  selfmon::Counter& cut_lines;
  selfmon::Counter& cut_bytes;
  selfmon::Counter& truncations;
  selfmon::Counter& hole_bytes;
  selfmon::Counter& read_errors;
  selfmon::Counter& replaced_characters;
};

class Tailer final : public FileReader {
 public:
  /// How many bytes one turn reads of one file.
  static constexpr std::size_t kSliceBytes = 256UL * 1024;

  struct Config {
    std::string path;            ///< as matched; of the `filename` label
    model::PinnedLabels labels;  ///< of every entry, with `filename`
    std::size_t line_limit_bytes = 1 << 20;
    const TextEncoding* encoding = nullptr;  ///< null: lines go on as they are; outlives the tailer
  };
  /// `start` says where the file is taken up: its offset and mid_line; its identity is that of
  /// `fd`. The receipts, counters and `position_moved` (called when the committed offset or the
  /// identity changes, possibly from inside ReceiptBook::settle()) outlive the tailer.
  Tailer(Config config, UniqueFd fd, PositionRecord start, model::ReceiptBook& receipts,
         TailCounters& counters, std::function<void(const PositionRecord&)> position_moved);

  /// At most kSliceBytes or one line.
  Result<Slice> read_slice(model::LogBatch& batch, Timestamp now, Tail tail = Tail::Waits) override;
  void open_receipt(model::LogBatch& batch) override;

  bool has_news() override;
  bool replaced() override;
  UniqueFd detach() override { return std::move(fd_); }
  void close() override { fd_.reset(); }
  bool closed() const override { return !fd_; }
  void reopen(UniqueFd fd) override { fd_ = std::move(fd); }
  void set_path(std::string path) override;
  bool set_labels(const model::PinnedLabels& labels, std::uint64_t hash) override;

  bool settled() const override { return slices_.all_settled(); }
  const std::string& path() const override { return config_.path; }
  const FileIdentity& identity() const override { return record_.identity; }
  std::uint64_t size_bytes() const override { return size_; }
  std::uint64_t read_offset() const override { return read_offset_; }
  std::uint64_t committed_bytes() const override { return record_.offset; }
  std::uint64_t unread_bytes() const override {
    return size_ > read_offset_ ? size_ - read_offset_ : 0;
  }
  std::uint64_t looked_at_bytes() const override { return looked_at_; }
  PositionRecord read_position() const override;
  /// The committed offset.
  const PositionRecord& record() const override { return record_; }

 private:
  struct Window {
    const char* data = nullptr;
    std::size_t size = 0;
    bool whole = false;  // reaches the end of the file
  };

  Result<bool> is_the_same();
  Result<bool> check_fingerprints();
  Status take_read_mark();
  Result<bool> choose_decoder();
  Result<Window> fill(model::LogBatch& batch, std::size_t wanted);
  std::uint64_t zeros_at(std::uint64_t offset) const;
  std::uint64_t skip_hole() const;
  std::size_t cut_length(std::string_view line) const;
  Result<std::uint64_t> read_on(model::LogBatch& batch, Timestamp now, Tail tail);
  std::size_t skip_rest_of_line(const Window& window, Tail tail);
  std::size_t split(const Window& window, model::LogBatch& batch, Timestamp now);
  void add_line(std::string_view line, model::LogBatch& batch, Timestamp now);
  void add_cut(std::string_view start, model::LogBatch& batch, Timestamp now);
  std::size_t find_newline(std::string_view text) const {
    return decoder_ == nullptr ? text.find('\n') : decoder_->find_newline(text);
  }
  std::size_t newline_bytes() const { return decoder_ == nullptr ? 1 : decoder_->unit_bytes(); }
  std::size_t line_limit() const {
    return config_.line_limit_bytes - config_.line_limit_bytes % newline_bytes();
  }
  Result<std::size_t> read_lines(model::LogBatch& batch, Timestamp now, Tail tail);
  void commit(const ReadMark& end);

  Config config_;
  UniqueFd fd_;
  LineDecoder* decoder_ = nullptr;  // null: UTF-8 as it is, or not known yet
  TailCounters& counters_;
  std::function<void(const PositionRecord&)> position_moved_;
  PositionRecord record_;  // what is committed
  std::uint64_t size_ = 0;
  std::uint64_t read_offset_ = 0;
  Fingerprint read_mark_;        // of the bytes before read_offset_
  std::uint64_t looked_at_ = 0;  // end of the bytes that were looked at
  std::uint64_t seen_size_ = 0;  // at the last look
  std::int64_t seen_modified_ns_ = 0;
  std::int64_t checked_modified_ns_ = 0;  // at the last check of the fingerprints
  bool mid_line_ = false;                 // of read_offset_
  SliceReceipts slices_;
};

}  // namespace agent::logs
