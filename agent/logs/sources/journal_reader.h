#pragma once
// A systemd journal as the source sees it: one entry after the other, and something to wait on.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/result.h"

namespace agent::logs {

/// Goes through the entries of one journal, oldest first. Where it is after a failed seek or next()
/// is not known: open another one. Errors: Io.
class JournalReader {
 public:
  JournalReader() = default;
  JournalReader(const JournalReader&) = delete;
  JournalReader& operator=(const JournalReader&) = delete;
  virtual ~JournalReader() = default;

  /// The next next() goes to the first entry at or behind that time.
  virtual Status seek_time(Timestamp time) = 0;
  /// The next next() goes to that entry or, where it is gone, to the one that follows it.
  virtual Status seek_cursor(const std::string& cursor) = 0;
  /// Goes to the next entry. False: there is none yet.
  virtual Result<bool> next() = 0;

  // Of the entry that next() went to:
  virtual bool is_at(const std::string& cursor) = 0;
  virtual Result<Timestamp> time() = 0;
  virtual Result<std::string> cursor() = 0;
  /// Called for each field; the views are good until it returns. A name may come more than once.
  using OnField = std::function<void(std::string_view name, std::string_view value)>;
  virtual Status fields(const OnField& on_field) = 0;

  /// Time of the oldest entry that is still there, whatever the matches.
  virtual Result<Timestamp> oldest() = 0;
  /// True where no file of the journal can be read: there is none, or it is not for us.
  virtual bool is_empty() = 0;
  /// Becomes readable when the journal changes; then take_notice() before the next next().
  virtual int descriptor() const = 0;
  /// True where changes are not told of (network file systems).
  virtual bool has_to_be_polled() const = 0;
  virtual Status take_notice() = 0;
};

/// Which journal, and what of it.
struct JournalPlace {
  std::string path;                         ///< a folder; "": the journal of this system
  std::vector<std::string> matches;         ///< "FIELD=value"; those of one field are alternatives
  std::size_t field_limit_bytes = 1 << 20;  ///< no more of a field is asked for
};

/// Errors: Io.
using OpenJournal = std::function<Result<std::unique_ptr<JournalReader>>(const JournalPlace&)>;

/// Opens journals with libsystemd, which this loads. Errors: Config, naming the package.
Result<OpenJournal> load_systemd_journals();

}  // namespace agent::logs
