#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/base/unique_fd.h"

namespace agent::sink {

/// How the lines of a log file look.
enum class ShopLogForm {
  Plain,  ///< the JSON line as it is
  Cri,    ///< behind "TIME stdout F ", as a container runtime writes it
};

/// A log file that rotates by rename: FILE becomes FILE.1 when it is long enough.
class ShopLog {
 public:
  /// Makes the folder too. Errors: Io.
  static Result<ShopLog> open(std::string path, ShopLogForm form,
                              std::uint64_t rotate_bytes = 256ULL << 10U);
  /// Appends one line. A line that cannot be written is counted, not thrown.
  void write(Timestamp time, std::string_view json);
  std::uint64_t lines() const { return lines_; }

 private:
  ShopLog(std::string path, ShopLogForm form, std::uint64_t rotate_bytes, UniqueFd fd)
      : path_(std::move(path)), form_(form), rotate_bytes_(rotate_bytes), fd_(std::move(fd)) {}
  void rotate();

  std::string path_;
  ShopLogForm form_;
  std::uint64_t rotate_bytes_;
  UniqueFd fd_;
  std::uint64_t size_ = 0;
  std::uint64_t lines_ = 0;
};

/// "2026-01-02T03:04:05.000000006Z".
std::string rfc3339_nano(Timestamp time);

}  // namespace agent::sink
