#pragma once
// Cuts what a syslog connection brings into messages.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace agent::logs {

/// One message as it was framed.
struct SyslogFrame {
  enum class Kind {
    Message,
    CutOff,   ///< the connection ended before the bytes that were counted
    TooLong,  ///< over the limit; `bytes` is empty, the rest is skipped
  };
  std::string_view bytes;  ///< without CR and LF at its end: rsyslog counts its LF as well
  Kind kind = Kind::Message;
};

/// Tells the framing from the first byte. `<`: a message ends at an LF that is followed by `<`, so
/// that it may hold LFs itself, or when the peer is silent or ends. A digit: octet counting, an LF
/// between messages is skipped; what is no count there is a message up to its LF, so that one bad
/// count does not cost the connection. Holds one unfinished message at most.
/// Spec: logs.md 2.4; RFC 6587, 3.4.
class SyslogFramer {
 public:
  /// Gets each message; the view is good until it returns. It must not call the framer.
  using OnFrame = std::function<void(const SyslogFrame&)>;
  explicit SyslogFramer(std::size_t max_message_bytes) : max_bytes_(max_message_bytes) {}

  /// False when the very first byte tells no framing: nothing was taken.
  bool feed(std::string_view bytes, const OnFrame& on_frame);
  /// True while a message waits that silence would end.
  bool waits_for_silence() const;
  /// The peer has been silent for a while: what waits without a count is a message.
  void on_silence(const OnFrame& on_frame);
  /// The peer has ended.
  void finish(const OnFrame& on_frame);
  /// As new: another connection or datagram.
  void reset();

 private:
  enum class State {
    Unknown,
    Text,   // newline framing
    Count,  // octet counting, at the start of a message
    Skip,   // in a counted message over the limit
    Line,   // no count where one was due: text up to the next LF
  };
  bool step(std::string_view& rest, const OnFrame& on_frame);
  bool step_text(std::string_view& rest, const OnFrame& on_frame);
  bool step_count(std::string_view& rest, const OnFrame& on_frame);
  std::size_t find_end(std::string_view text);
  void emit_text(std::string_view text, const OnFrame& on_frame) const;

  std::size_t max_bytes_;
  State state_ = State::Unknown;
  std::string held_;         // the unfinished message
  std::size_t scanned_ = 0;  // of it, for its end
  std::uint64_t skip_bytes_ = 0;
  bool too_long_ = false;  // in a text over the limit
};

}  // namespace agent::logs
