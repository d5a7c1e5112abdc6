#pragma once
// From the bytes of a file in some encoding to lines of UTF-8. iconv stays inside.
//
// DESIGN. Lines are split before they are decoded, at the newline as the encoding writes it and on
// the boundary of a unit (two bytes in UTF-16). So offsets are those of the raw bytes, no state of
// a decoder has to survive a restart, and what is broken in one line stays in that line. No
// encoding in use here has a newline's bytes inside another character.
#include <memory>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/model/arena.h"
#include "agent/selfmon/metrics.h"

namespace agent::logs {

/// One encoding with its byte order. Loop thread.
class LineDecoder {
 public:
  /// `converter` is a name of iconv's. `replaced` counts U+FFFD that were put in; it outlives this.
  /// Errors: Config (this system's iconv has no such converter).
  static Result<std::unique_ptr<LineDecoder>> open(const char* converter,
                                                   selfmon::Counter& replaced);
  LineDecoder(const LineDecoder&) = delete;
  LineDecoder& operator=(const LineDecoder&) = delete;
  ~LineDecoder();

  /// The bytes of a newline.
  std::string_view newline() const;
  /// Characters begin at multiples of this.
  std::size_t unit_bytes() const;
  /// Where the first newline of `text` is; npos: none. `text` begins on the boundary of a unit.
  std::size_t find_newline(std::string_view text) const;

  enum class End { Whole, Cut };
  /// The line as UTF-8, in `arena`. What cannot be decoded becomes U+FFFD; of a line that was cut
  /// the half of a character at its end is left out.
  std::string_view decode(std::string_view line, model::Arena& arena, End end = End::Whole);

 private:
  struct State;
  explicit LineDecoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The encoding of a job's files, as configured; the byte order mark of a file may decide for it.
class TextEncoding {
 public:
  /// Bytes of a file that choose() wants to see, where there are so many.
  static constexpr std::size_t kLongestMark = 4;

  /// `name` is a known one. Errors: Config (nothing decodes it here).
  static Result<std::unique_ptr<TextEncoding>> open(std::string_view name,
                                                    selfmon::Counter& replaced);
  struct Choice {
    LineDecoder* decoder = nullptr;
    std::size_t mark_bytes = 0;  ///< a byte order mark, which is no text
  };
  /// By the first bytes of a file. No decoder: there are too few of them yet.
  Choice choose(std::string_view first_bytes) const;

 private:
  enum class Family { Other, Utf16, Utf32 };
  Family family_ = Family::Other;
  bool mark_decides_ = false;
  std::unique_ptr<LineDecoder> decoder_;  // big-endian where the mark decides
  std::unique_ptr<LineDecoder> little_;   // where the mark decides
};

}  // namespace agent::logs
