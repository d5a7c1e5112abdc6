#pragma once
// The log of a container as the Docker Engine streams it, taken apart into lines.
//
// DESIGN. Without a terminal the stream is frames: a byte for the output (1 stdout, 2 stderr),
// three of no meaning, the length as four bytes big endian, then that many bytes. A frame is
// "<RFC 3339 time> <text>"; the text ends in a newline unless the line goes on in the next frame of
// that output, which has the same time. With a terminal there are no frames: lines, each with its
// time. Pure; pieces may be cut anywhere.
#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/base/rfc3339.h"

namespace agent::logs {

class DockerFrames {
 public:
  enum class Form { Frames, Terminal };
  enum class Output { Terminal, Stdout, Stderr };
  struct Line {
    Output output = Output::Terminal;
    Timestamp time{};
    std::string_view text;  ///< without line end; good during the call
    bool cut = false;       ///< it was longer than the limit; what follows of it is skipped
  };
  using OnLine = std::function<void(const Line&)>;

  /// Lines are at most `limit_bytes` long.
  DockerFrames(Form form, std::size_t limit_bytes, OnLine on_line);

  /// The next bytes of the stream. Errors: Input, for what is no such stream; nothing can be read
  /// of it any more.
  Status add(std::string_view bytes);
  /// The stream has ended: lines that are not finished are lines now.
  void end();
  /// Frames and lines without a time, which were skipped.
  std::uint64_t malformed() const { return malformed_; }

 private:
  struct Pending {  // of one output: a line whose end has not come
    std::string text;
    Timestamp time{};
    bool skipping = false;  // the rest of a line that was cut
  };
  Status add_frames(std::string_view bytes);
  Status begin_frame();
  void add_terminal(std::string_view bytes);
  void keep(std::string_view bytes);
  void finish_frame(Output output);
  void take(Output output, std::string_view frame, bool ends_line);
  void emit(Output output, Pending& pending, bool cut);
  Pending& pending_of(Output output) { return pending_[static_cast<std::size_t>(output)]; }

  static constexpr std::size_t kHeaderBytes = 8;
  const Form form_;
  const std::size_t limit_bytes_;
  OnLine on_line_;
  Rfc3339Reader times_;
  std::array<Pending, 3> pending_;
  std::string header_;          // of a frame, as far as it has come
  std::size_t frame_left_ = 0;  // bytes that are missing of it
  Output output_ = Output::Terminal;
  std::string frame_;  // its bytes, as far as they can be of use
  char last_ = 0;      // its last byte, kept or not
  std::uint64_t malformed_ = 0;
};

}  // namespace agent::logs
