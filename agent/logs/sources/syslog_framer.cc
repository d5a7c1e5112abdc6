#include "agent/logs/sources/syslog_framer.h"

#include <algorithm>

namespace agent::logs {
namespace {

constexpr std::size_t kNotYet = std::string_view::npos;
constexpr std::size_t kLineEndBytes = 2;
// A longer count is no count: nobody sends a message of 100 MB.
constexpr std::size_t kMaxCountDigits = 8;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_line_end(char c) { return c == '\n' || c == '\r'; }

// The digits of a count at the start of `text`.
std::size_t digits_at(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && size <= kMaxCountDigits && is_digit(text[size]))
    ++size;
  return size;
}

std::uint64_t number_of(std::string_view digits) {
  std::uint64_t out = 0;
  for (const char c : digits)
    out = out * 10 + static_cast<std::uint64_t>(c - '0');
  return out;
}

}  // namespace

bool SyslogFramer::feed(std::string_view bytes, const OnFrame& on_frame) {
  if (bytes.empty()) return true;
  if (state_ == State::Unknown) {
    if (bytes.front() != '<' && !is_digit(bytes.front())) return false;
    state_ = bytes.front() == '<' ? State::Text : State::Count;
  }
  if (held_.empty()) {
    while (step(bytes, on_frame)) {
    }
    held_ = bytes;
    return true;
  }
  held_ += bytes;
  std::string_view rest = held_;
  while (step(rest, on_frame)) {
  }
  held_.erase(0, held_.size() - rest.size());
  return true;
}

// One message, or a part of one that is skipped; false when it takes more bytes.
bool SyslogFramer::step(std::string_view& rest, const OnFrame& on_frame) {
  switch (state_) {
    case State::Text:
    case State::Line:
      return step_text(rest, on_frame);
    case State::Count:
      return step_count(rest, on_frame);
    case State::Skip: {
      const std::uint64_t size = std::min<std::uint64_t>(skip_bytes_, rest.size());
      rest.remove_prefix(size);
      skip_bytes_ -= size;
      if (skip_bytes_ > 0) return false;
      state_ = State::Count;
      return true;
    }
    case State::Unknown:
      break;
  }
  return false;
}

// Where the LF stands that ends the text; kNotYet. What was looked at is not looked at again.
std::size_t SyslogFramer::find_end(std::string_view text) {
  while (true) {
    const std::size_t at = text.find('\n', scanned_);
    if (at == std::string_view::npos) {
      scanned_ = text.size();
      return kNotYet;
    }
    scanned_ = at;
    if (state_ == State::Line) return at;
    if (at + 1 == text.size()) return kNotYet;  // the byte behind it decides
    if (text[at + 1] == '<') return at;
    scanned_ = at + 1;
  }
}

bool SyslogFramer::step_text(std::string_view& rest, const OnFrame& on_frame) {
  if (scanned_ == 0 && !too_long_)
    while (!rest.empty() && is_line_end(rest.front()))
      rest.remove_prefix(1);
  const std::size_t end = find_end(rest);
  if (end != kNotYet) {
    // As below, where it arrives in pieces: what ends it counts with it.
    if (!too_long_ && end + 1 > max_bytes_ + kLineEndBytes) {
      on_frame({{}, SyslogFrame::Kind::TooLong});
    } else if (!too_long_) {
      emit_text(rest.substr(0, end), on_frame);
    }
    rest.remove_prefix(end + 1);
    scanned_ = 0;
    too_long_ = false;
    if (state_ == State::Line) state_ = State::Count;
    return true;
  }
  if (!too_long_ && rest.size() <= max_bytes_ + kLineEndBytes) return false;
  if (!too_long_) on_frame({{}, SyslogFrame::Kind::TooLong});
  too_long_ = true;
  rest.remove_prefix(scanned_);  // an LF that may be the end stays
  scanned_ = 0;
  return false;
}

bool SyslogFramer::step_count(std::string_view& rest, const OnFrame& on_frame) {
  while (!rest.empty() && is_line_end(rest.front()))
    rest.remove_prefix(1);
  if (rest.empty()) return false;
  const std::size_t digits = digits_at(rest);
  if (digits == rest.size() && digits <= kMaxCountDigits) return false;
  if (digits == 0 || digits > kMaxCountDigits || rest[digits] != ' ') {
    state_ = State::Line;
    return true;
  }
  const std::uint64_t size = number_of(rest.substr(0, digits));
  const std::string_view body = rest.substr(digits + 1);
  if (size > max_bytes_) {
    on_frame({{}, SyslogFrame::Kind::TooLong});
    rest = body;
    skip_bytes_ = size;
    state_ = State::Skip;
    return true;
  }
  if (body.size() < size) return false;
  emit_text(body.substr(0, size), on_frame);
  rest = body.substr(size);
  return true;
}

void SyslogFramer::emit_text(std::string_view text, const OnFrame& on_frame) const {
  while (!text.empty() && is_line_end(text.back()))
    text.remove_suffix(1);
  if (text.size() > max_bytes_) return on_frame({{}, SyslogFrame::Kind::TooLong});
  on_frame({text, SyslogFrame::Kind::Message});
}

bool SyslogFramer::waits_for_silence() const {
  return (state_ == State::Text || state_ == State::Line) && (!held_.empty() || too_long_);
}

void SyslogFramer::on_silence(const OnFrame& on_frame) {
  if (!waits_for_silence()) return;
  if (!too_long_) emit_text(held_, on_frame);
  held_.clear();
  scanned_ = 0;
  too_long_ = false;
  if (state_ == State::Line) state_ = State::Count;
}

void SyslogFramer::finish(const OnFrame& on_frame) {
  on_silence(on_frame);
  if (state_ != State::Count || held_.empty()) return;
  std::string_view rest = held_;
  rest.remove_prefix(digits_at(rest));
  if (rest.size() > 1) on_frame({rest.substr(1), SyslogFrame::Kind::CutOff});
  held_.clear();
}

void SyslogFramer::reset() {
  state_ = State::Unknown;
  held_.clear();
  scanned_ = 0;
  skip_bytes_ = 0;
  too_long_ = false;
}

}  // namespace agent::logs
