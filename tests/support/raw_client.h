#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/loop/tcp.h"

#include "tests/support/run_until.h"

namespace agent::testing {

/// A client that says exactly what it is told to, on the same loop as the server under test.
class RawClient {
 public:
  RawClient(loop::EventLoop& loop, const loop::HostPort& address) : loop_(loop) {
    const loop::TcpConnect connect(loop, address, std::chrono::seconds(60), [this](auto result) {
      if (!result) {
        ended_ = result.error();
        return;
      }
      stream_ = std::move(*result);
      stream_->start_reading([this](std::string_view bytes) { received_ += bytes; },
                             [this](Status status) { ended_ = std::move(status); });
    });
    run_until(loop, [this] { return stream_ || ended_; });
  }

  void send(std::string_view bytes) {
    if (stream_) stream_->write(std::string(bytes));
  }
  /// Ends our direction.
  void shutdown() { stream_->shutdown(); }
  /// Goes away without a word.
  void abandon() { stream_.reset(); }

  /// True once `text` has been received.
  bool sees(std::string_view text) {
    return run_until(loop_, [&] { return received_.find(text) != std::string::npos || ended_; }) &&
           received_.find(text) != std::string::npos;
  }
  /// All that came until the server ended the connection; nullopt when it stayed open.
  std::optional<std::string> read_to_end() {
    if (!run_until(loop_, [&] { return ended_.has_value(); })) return std::nullopt;
    return received_;
  }
  bool ended() const { return ended_.has_value(); }
  const std::string& received() const { return received_; }
  void clear() { received_.clear(); }
  loop::TcpStream& stream() { return *stream_; }

 private:
  loop::EventLoop& loop_;
  std::unique_ptr<loop::TcpStream> stream_;
  std::string received_;
  std::optional<Status> ended_;
};

}  // namespace agent::testing
