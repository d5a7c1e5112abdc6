#include "agent/logs/sources/docker_frames.h"

#include <algorithm>
#include <utility>

namespace agent::logs {
namespace {

// A time, a blank, a line end.
constexpr std::size_t kAroundTextBytes = 128;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Appends as much of `text` as `room` lets, without half a character.
void append_cut(std::string& out, std::string_view text, std::size_t room) {
  constexpr std::size_t kLongestTail = 3;
  out += text.substr(0, room);
  if (!is_continuation(text[room])) return;
  std::size_t keep = out.size();
  for (std::size_t i = 0; i < kLongestTail && keep > 0; ++i)
    if (!is_continuation(out[--keep])) return out.resize(keep);
}

}  // namespace

DockerFrames::DockerFrames(Form form, std::size_t limit_bytes, OnLine on_line)
    : form_(form), limit_bytes_(limit_bytes), on_line_(std::move(on_line)) {}

Status DockerFrames::add(std::string_view bytes) {
  if (form_ == Form::Frames) return add_frames(bytes);
  add_terminal(bytes);
  return {};
}

Status DockerFrames::add_frames(std::string_view bytes) {
  while (!bytes.empty()) {
    if (header_.size() < kHeaderBytes) {
      const auto part = bytes.substr(0, kHeaderBytes - header_.size());
      header_ += part;
      bytes.remove_prefix(part.size());
      if (header_.size() < kHeaderBytes) break;
      if (Status begun = begin_frame(); !begun) return begun;
    }
    const auto part = bytes.substr(0, frame_left_);
    bytes.remove_prefix(part.size());
    frame_left_ -= part.size();
    if (!part.empty()) last_ = part.back();
    if (frame_left_ == 0 && frame_.empty()) {  // all of it in one piece
      take(output_, part, last_ == '\n');
    } else {
      keep(part);
      if (frame_left_ > 0) break;
      finish_frame(output_);
    }
    header_.clear();
  }
  return {};
}

Status DockerFrames::begin_frame() {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(header_[at]); };
  constexpr unsigned kStderr = 2;
  constexpr unsigned kError = 3;
  if (byte(0) == kError)
    return Error{ErrorKind::Input, "the engine reports an error inside of the log"};
  if (byte(0) > kError) return Error{ErrorKind::Input, "this is no stream of frames"};
  output_ = byte(0) == kStderr ? Output::Stderr : Output::Stdout;
  frame_left_ = std::size_t{byte(4)} << 24U | std::size_t{byte(5)} << 16U |
                std::size_t{byte(6)} << 8U | std::size_t{byte(7)};
  last_ = 0;
  return {};
}

void DockerFrames::add_terminal(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos) return keep(bytes);
    const auto part = bytes.substr(0, end + 1);
    bytes.remove_prefix(part.size());
    if (frame_.empty()) {
      take(Output::Terminal, part, true);
    } else {
      keep(part);
      last_ = '\n';
      finish_frame(Output::Terminal);
    }
  }
}

void DockerFrames::keep(std::string_view bytes) {
  frame_ += bytes.substr(0, limit_bytes_ + kAroundTextBytes - frame_.size());
}

void DockerFrames::finish_frame(Output output) {
  take(output, frame_, last_ == '\n');
  frame_.clear();
}

void DockerFrames::take(Output output, std::string_view frame, bool ends_line) {
  Pending& pending = pending_of(output);
  std::size_t length = 0;
  const auto time = times_.take(frame, length);
  const bool timed = time && length < frame.size() && frame[length] == ' ';
  if (!timed && pending.text.empty() && !pending.skipping) {
    ++malformed_;
    return;
  }
  std::string_view text = timed ? frame.substr(length + 1) : frame;
  if (timed && *time != pending.time) {
    if (!pending.text.empty()) emit(output, pending, false);
    pending.skipping = false;
    pending.time = *time;
  }
  if (pending.skipping) {
    pending.skipping = !ends_line;
    return;
  }
  while (ends_line && !text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.remove_suffix(1);
  const std::size_t room = limit_bytes_ - pending.text.size();
  if (text.size() > room) {
    append_cut(pending.text, text, room);
    pending.skipping = !ends_line;
    return emit(output, pending, true);
  }
  if (ends_line && pending.text.empty()) return on_line_({output, pending.time, text, false});
  pending.text += text;
  if (ends_line) emit(output, pending, false);
}

void DockerFrames::emit(Output output, Pending& pending, bool cut) {
  on_line_({output, pending.time, pending.text, cut});
  pending.text.clear();
}

void DockerFrames::end() {
  if (form_ == Form::Terminal && !frame_.empty()) {
    take(Output::Terminal, frame_, true);
    frame_.clear();
  }
  for (const Output output : {Output::Terminal, Output::Stdout, Output::Stderr})
    if (Pending& pending = pending_of(output); !pending.text.empty()) emit(output, pending, false);
}

}  // namespace agent::logs
