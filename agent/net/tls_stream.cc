// DESIGN. Two memory BIOs stand between OpenSSL and the stream below: what arrives goes into `in`,
// pump() lets OpenSSL work on it, and what OpenSSL wants to send is taken from `out` and written.
//
//   shaking hands -> open -> ended by the peer -> (still written to)
//         \-> broken <-/
//
// pump() runs after every read, and in a turn of its own where reading was resumed with plain text
// still inside. A callback may pause, shut down or destroy the stream: pump() looks after each.
#include "agent/net/tls_stream.h"

#include <array>
#include <deque>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "agent/base/check.h"
#include "agent/net/tls_text.h"

namespace agent::net {
namespace {

constexpr std::size_t kRecordBytes = 16UL * 1024;

}  // namespace

std::string take_tls_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "error " + std::to_string(code);
}

struct TlsStream::State : std::enable_shared_from_this<State> {
  State(loop::EventLoop& owner, std::unique_ptr<loop::ByteStream> stream, SSL* handle)
      : loop(owner), below(std::move(stream)), ssl(handle, &SSL_free) {}

  struct Waiting {
    std::string bytes;
    loop::Callback written;
  };
  enum class Phase { ShakingHands, Open, Ended, Broken };

  loop::EventLoop& loop;
  std::unique_ptr<loop::ByteStream> below;  // null once the owner has let go
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl;
  BIO* in = nullptr;  // both belong to ssl
  BIO* out = nullptr;
  OnHandshake on_handshake;
  OnData on_data;
  OnEnd on_end;
  std::deque<Waiting> waiting;  // for the end of the handshake
  std::size_t waiting_bytes = 0;
  loop::Timer handshake_timer;
  loop::Timer resume_timer;
  Phase phase = Phase::ShakingHands;
  bool paused = false;
  bool below_ended = false;
  bool shut_down = false;
  bool pumping = false;

  void receive(std::string_view bytes);
  void on_below_end(const Status& status);
  void pump();
  bool shake_hands();
  void read_on();
  void on_shaken_hands();
  void send(std::string bytes, loop::Callback written);
  void flush(loop::Callback written);
  void say_goodbye();
  void end();
  void fail(ErrorKind kind, const std::string& why);
  bool gone() const { return below == nullptr; }
};

void TlsStream::State::receive(std::string_view bytes) {
  if (phase == Phase::Ended || phase == Phase::Broken) return;  // behind the peer's farewell
  const int taken = BIO_write(in, bytes.data(), static_cast<int>(bytes.size()));
  AGENT_CHECK(taken == static_cast<int>(bytes.size()));  // a memory BIO takes all
  pump();
}

void TlsStream::State::on_below_end(const Status& status) {
  if (!status) return fail(status.error().kind, status.error().message);
  below_ended = true;
  pump();
}

void TlsStream::State::pump() {
  if (std::exchange(pumping, true)) return;
  const auto self = shared_from_this();
  if (phase == Phase::ShakingHands && shake_hands()) on_shaken_hands();
  if (!gone() && phase == Phase::Open) read_on();
  pumping = false;
}

// True when the handshake is complete.
bool TlsStream::State::shake_hands() {
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl.get());
  const int why = SSL_get_error(ssl.get(), done);
  flush({});
  if (done == 1) return true;
  if (why != SSL_ERROR_WANT_READ) {
    fail(ErrorKind::Network, take_tls_error());
  } else if (below_ended) {
    fail(ErrorKind::Network, "the peer left during the handshake");
  }
  return false;
}

void TlsStream::State::on_shaken_hands() {
  phase = Phase::Open;
  handshake_timer.stop();
  if (paused) below->pause_reading();
  if (const auto call = std::exchange(on_handshake, nullptr)) call({});
  while (!gone() && phase == Phase::Open && !waiting.empty()) {
    Waiting next = std::move(waiting.front());
    waiting.pop_front();
    waiting_bytes -= next.bytes.size();
    send(std::move(next.bytes), std::move(next.written));
  }
  if (!gone() && shut_down) say_goodbye();
}

void TlsStream::State::read_on() {
  std::array<char, kRecordBytes> plain;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  while (!gone() && phase == Phase::Open && !paused) {
    ERR_clear_error();
    std::size_t size = 0;
    const int read = SSL_read_ex(ssl.get(), plain.data(), plain.size(), &size);
    if (read == 1) {
      const OnData call = on_data;  // outlives the stream that it may destroy
      call({plain.data(), size});
      continue;
    }
    switch (SSL_get_error(ssl.get(), read)) {
      case SSL_ERROR_ZERO_RETURN:
        return end();
      case SSL_ERROR_WANT_READ:
        flush({});  // an answer to a key update
        return below_ended ? end() : void();
      default:
        flush({});  // the alert
        return fail(ErrorKind::Network, take_tls_error());
    }
  }
}

void TlsStream::State::send(std::string bytes, loop::Callback written) {
  ERR_clear_error();
  std::size_t size = 0;
  if (!bytes.empty() && SSL_write_ex(ssl.get(), bytes.data(), bytes.size(), &size) != 1)
    return;  // only a broken session refuses, and the reading side says why
  flush(std::move(written));
}

void TlsStream::State::flush(loop::Callback written) {
  const std::size_t size = BIO_ctrl_pending(out);
  if (size == 0 && !written) return;
  std::string bytes(size, '\0');
  if (size > 0) AGENT_CHECK(BIO_read(out, bytes.data(), static_cast<int>(size)) > 0);
  if (!written) return below->write(std::move(bytes));
  // `written` must not run after a break that the stream below does not know of.
  below->write(std::move(bytes), [self = weak_from_this(), written = std::move(written)] {
    const auto state = self.lock();
    if (state && !state->gone() && state->phase != Phase::Broken) written();
  });
}

void TlsStream::State::say_goodbye() {
  SSL_shutdown(ssl.get());
  flush({});
  below->shutdown();
}

void TlsStream::State::end() {
  phase = Phase::Ended;
  if (const auto call = std::exchange(on_end, nullptr)) call({});
}

void TlsStream::State::fail(ErrorKind kind, const std::string& why) {
  if (phase == Phase::Ended || phase == Phase::Broken) return;
  const auto self = shared_from_this();
  const bool shaking = phase == Phase::ShakingHands;
  phase = Phase::Broken;
  handshake_timer.stop();
  resume_timer.stop();
  waiting.clear();
  const Error error{kind, (shaking ? "TLS handshake: " : "TLS: ") + why};
  if (const auto call = std::exchange(on_handshake, nullptr); call && shaking) call(error);
  if (gone()) return;
  if (const auto call = std::exchange(on_end, nullptr)) call(error);
}

TlsStream::TlsStream(loop::EventLoop& loop, std::unique_ptr<loop::ByteStream> below, ssl_st* ssl,
                     Duration handshake_timeout, OnHandshake on_handshake)
    : state_(std::make_shared<State>(loop, std::move(below), ssl)) {
  State& state = *state_;
  state.in = BIO_new(BIO_s_mem());
  state.out = BIO_new(BIO_s_mem());
  AGENT_CHECK(state.in != nullptr && state.out != nullptr);
  BIO_set_mem_eof_return(state.in, -1);  // empty means "not yet", never "the end"
  SSL_set_bio(ssl, state.in, state.out);
  SSL_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
  state.on_handshake = std::move(on_handshake);
  state.handshake_timer = loop.after(
      handshake_timeout, [&state] { state.fail(ErrorKind::Timeout, "it took too long"); });
}

TlsStream::~TlsStream() {
  State& state = *state_;
  state.handshake_timer.stop();
  state.resume_timer.stop();
  // A farewell, as far as the kernel takes it at once: some clients call its absence an attack.
  const bool open = state.phase == State::Phase::Open || state.phase == State::Phase::Ended;
  if (open && !state.shut_down) {
    SSL_shutdown(state.ssl.get());
    state.flush({});
  }
  state.below.reset();
}

void TlsStream::start_reading(OnData on_data, OnEnd on_end) {
  State& state = *state_;
  state.on_data = std::move(on_data);
  state.on_end = std::move(on_end);
  state.below->start_reading([&state](std::string_view bytes) { state.receive(bytes); },
                             [&state](const Status& status) { state.on_below_end(status); });
  // A client speaks first.
  state.resume_timer = state.loop.after({}, [&state] { state.pump(); });
}

void TlsStream::pause_reading() {
  State& state = *state_;
  state.paused = true;
  state.resume_timer.stop();
  // The handshake goes on: nobody is asked to read its bytes.
  if (state.phase != State::Phase::ShakingHands) state.below->pause_reading();
}

void TlsStream::resume_reading() {
  State& state = *state_;
  if (!std::exchange(state.paused, false)) return;
  state.below->resume_reading();
  state.resume_timer = state.loop.after({}, [&state] { state.pump(); });
}

void TlsStream::write(std::string bytes, loop::Callback written) {
  State& state = *state_;
  if (state.shut_down || state.phase == State::Phase::Broken) return;
  if (state.phase != State::Phase::ShakingHands)
    return state.send(std::move(bytes), std::move(written));
  state.waiting_bytes += bytes.size();
  state.waiting.push_back({std::move(bytes), std::move(written)});
}

std::size_t TlsStream::unwritten_bytes() const {
  return state_->below->unwritten_bytes() + state_->waiting_bytes;
}

void TlsStream::shutdown() {
  State& state = *state_;
  if (std::exchange(state.shut_down, true) || state.phase == State::Phase::Broken) return;
  if (state.phase != State::Phase::ShakingHands) state.say_goodbye();
}

loop::HostPort TlsStream::peer() const { return state_->below->peer(); }

std::string TlsStream::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(state_->ssl.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

}  // namespace agent::net
