#include "agent/net/server_connection.h"

#include <utility>

#include "agent/net/h1_session.h"
#include "agent/net/h2_session.h"

namespace agent::net {
namespace {

constexpr std::size_t kMaxUnwrittenBytes = 1 << 20U;
constexpr Duration kLingerTime = std::chrono::seconds(2);

}  // namespace

ServerConnection::ServerConnection(ServerCore& core, std::unique_ptr<loop::ByteStream> stream)
    : stream_(std::move(stream)),
      peer_(stream_->peer().host),
      since_(core.loop.now()),
      output_moved_(since_) {}

void ServerConnection::start(std::shared_ptr<ServerCore> core) {
  core_ = std::move(core);
  // The core holds the connection until close(), which ends the stream and these callbacks.
  stream_->start_reading([this](std::string_view bytes) { on_data(bytes); },
                         [this](const Status& status) { on_end(status); });
}

void ServerConnection::on_data(std::string_view bytes) {
  const auto self = shared_from_this();
  switch (state_) {
    case State::Sniffing:
      return sniff(bytes);
    case State::Serving:
      return serve(bytes);
    case State::Lingering:
    case State::Closed:
      return;
  }
}

void ServerConnection::sniff(std::string_view bytes) {
  first_bytes_ += bytes;
  const std::string_view seen = first_bytes_;
  const bool maybe_h2 = seen.substr(0, kH2Preface.size()) == kH2Preface.substr(0, seen.size());
  if (maybe_h2 && seen.size() < kH2Preface.size()) return;
  session_ = maybe_h2 ? make_h2_session(*this) : make_h1_session(*this);
  state_ = State::Serving;
  since_ = now();
  serve(std::exchange(first_bytes_, {}));
}

void ServerConnection::serve(std::string_view bytes) {
  inside_ = true;
  session_->receive(bytes);
  inside_ = false;
  flush();
}

void ServerConnection::on_end(const Status& status) {
  const auto self = shared_from_this();
  peer_ended_ = true;
  if (!status || state_ != State::Serving) return close();
  session_->receive_end();
  flush();
}

void ServerConnection::wake() {
  if (inside_ || scheduled_ || state_ != State::Serving) return;
  scheduled_ = true;
  core_->schedule(weak_from_this());
}

void ServerConnection::flush() {
  const auto self = shared_from_this();
  scheduled_ = false;
  if (state_ != State::Serving || inside_) return;
  inside_ = true;
  session_->resume();
  inside_ = false;
  if (state_ != State::Serving) return;  // a handler ended the server
  std::string out;
  if (stream_->unwritten_bytes() < kMaxUnwrittenBytes)
    session_->take_output(out, kMaxUnwrittenBytes);
  if (!out.empty()) stream_->write(std::move(out), [this] { on_written(); });
  watch_output();
  if (session_->finished()) return linger();
  const bool reads = session_->wants_input() && stream_->unwritten_bytes() < kMaxUnwrittenBytes;
  if (peer_ended_) return;
  reads ? stream_->resume_reading() : stream_->pause_reading();
}

void ServerConnection::on_written() {
  const auto self = shared_from_this();
  watch_output();
  if (state_ == State::Serving) return flush();
  if (state_ == State::Lingering && peer_ended_ && stream_->unwritten_bytes() == 0) close();
}

void ServerConnection::watch_output() {
  if (!stream_) return;
  const std::size_t unwritten = stream_->unwritten_bytes();
  if (unwritten == 0 || unwritten != last_unwritten_) output_moved_ = now();
  last_unwritten_ = unwritten;
}

void ServerConnection::linger() {
  if (peer_ended_ && stream_->unwritten_bytes() == 0) return close();
  state_ = State::Lingering;
  since_ = now();
  stream_->shutdown();
  if (!peer_ended_) stream_->resume_reading();
}

void ServerConnection::expire() {
  const auto self = shared_from_this();
  switch (state_) {
    case State::Sniffing:
      if (now() - since_ > core_->limits.header_timeout) close();
      return;
    case State::Serving:
      session_->expire();
      flush();
      break;
    case State::Lingering:
      if (stream_->unwritten_bytes() == 0 && now() - since_ > kLingerTime) return close();
      break;
    case State::Closed:
      return;
  }
  watch_output();
  if (stream_ && last_unwritten_ > 0 && now() - output_moved_ > core_->limits.body_timeout) {
    count_protocol_error("the client does not read its answers");
    close();
  }
}

void ServerConnection::drain() {
  const auto self = shared_from_this();
  if (state_ == State::Sniffing) return close();
  if (state_ != State::Serving) return;
  session_->drain();
  flush();
}

void ServerConnection::close() {
  if (state_ == State::Closed) return;
  const auto self = shared_from_this();
  state_ = State::Closed;
  stream_.reset();
  core_->forget(*this);
}

bool ServerConnection::busy() const {
  if (state_ != State::Serving && state_ != State::Lingering) return false;
  const bool open = state_ == State::Serving && session_->open_requests() > 0;
  return open || stream_->unwritten_bytes() > 0;
}

}  // namespace agent::net
