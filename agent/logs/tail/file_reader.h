#pragma once
// What a FileSource needs of whatever reads one file: as it grows, or once through a decompressor.
#include <cstdint>
#include <optional>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/base/unique_fd.h"
#include "agent/logs/tail/position_record.h"
#include "agent/model/log_batch.h"

namespace agent::logs {

/// Reads one file, slice by slice, and knows how much of it is delivered.
class FileReader {
 public:
  FileReader() = default;
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;
  /// What is not settled will be read again by the next process.
  virtual ~FileReader() = default;

  enum class Tail {
    Waits,  ///< text after the last newline waits for its newline
    Ends,   ///< it is a line: nobody will write the rest
  };
  struct Slice {
    std::uint64_t bytes = 0;  ///< the read offset moved by
    bool more = false;        ///< the file holds more that can be read now
    bool replaced = false;    ///< other bytes lie there by now: this reader is done with the file
  };
  /// Reads the next slice into the empty `batch`, about a quarter of a MiB or one line. Errors: Io;
  /// Input (bytes that are not what the configuration says). What `batch` holds then is good.
  virtual Result<Slice> read_slice(model::LogBatch& batch, Timestamp now,
                                   Tail tail = Tail::Waits) = 0;
  /// Opens the receipt of the slice that was just read and writes it into the batch's entries. Call
  /// it once for each slice, also for one without entries, before the batch goes on.
  virtual void open_receipt(model::LogBatch& batch) = 0;

  /// Asks the file system whether there is something to read.
  virtual bool has_news() = 0;
  /// True where other bytes lie there by now, as read_slice() would say.
  virtual bool replaced() { return false; }
  /// When to ask again though nothing changes; nullopt: as for any file.
  virtual std::optional<SteadyTime> look_again_at() const { return std::nullopt; }
  /// The handle is no longer needed; what was handed over is still waited for.
  virtual void close() = 0;
  virtual bool closed() const = 0;
  /// As close(); gives the handle to whoever reads what lies there now.
  virtual UniqueFd detach() {
    close();
    return {};
  }
  /// The same file again, after close().
  virtual void reopen(UniqueFd fd) = 0;
  /// The file was renamed, within the glob.
  virtual void set_path(std::string path) = 0;

  /// Entries have other labels from now on. False: this reader cannot, and is as it was.
  virtual bool set_labels(const model::PinnedLabels& /*labels*/, std::uint64_t /*hash*/) {
    return false;
  }

  virtual bool settled() const = 0;
  virtual const std::string& path() const = 0;
  virtual const FileIdentity& identity() const = 0;
  virtual std::uint64_t size_bytes() const = 0;
  virtual std::uint64_t read_offset() const = 0;
  /// Bytes of the file up to which everything is settled.
  virtual std::uint64_t committed_bytes() const = 0;
  virtual std::uint64_t unread_bytes() const = 0;
  /// Bytes of the file that were looked at; an unterminated line is, and not read yet.
  virtual std::uint64_t looked_at_bytes() const { return size_bytes(); }
  /// Where reading is, delivered or not.
  virtual PositionRecord read_position() const { return record(); }
  /// As it has to be saved now.
  virtual const PositionRecord& record() const = 0;
};

}  // namespace agent::logs
