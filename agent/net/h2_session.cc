// DESIGN: nghttp2 keeps the protocol's state; an H2Stream here goes through
//   head -> body -> ready -> handled -> answered -> closed
// nghttp2's callbacks only record; handlers run when nghttp2_session_mem_recv has returned, so a
// stream that was opened and reset in one read costs no handler.
//
// Memory of one connection: heads are limited by max_header_bytes, bodies by the route's limit and
// all bodies together by kMaxHeldBytes. Past that the youngest unfinished stream is refused
// (REFUSED_STREAM: certainly not processed, so clients send it again) rather than held back by its
// window: many half-sent bodies that wait for each other would never end.
//
// A response may come before the body has ended; then the stream is reset with NO_ERROR behind the
// answer, and what is in flight is thrown away by nghttp2 while the connection lives on.
#include "agent/net/h2_session.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "agent/base/check.h"
#include "agent/net/h2_callbacks.h"
#include "agent/net/h2_flood_rules.h"
#include "agent/net/h2_stream.h"
#include "agent/net/h2_text.h"

namespace agent::net {
namespace {

// Spec: traces.md 4.1. The protocol's 64 KiB windows would throttle.
constexpr std::uint32_t kStreamWindowBytes = 1 << 20U;
constexpr std::int32_t kConnectionWindowBytes = 8 << 20U;
constexpr std::uint32_t kMaxFrameBytes = 1 << 20U;
constexpr std::uint64_t kMaxHeldBytes = 32ULL << 20U;
// How long a peer may take to acknowledge the first GOAWAY.
constexpr Duration kNoticeTime = std::chrono::seconds(1);

enum class Drain { None, Noticed, Final };

class H2Session final : public ServerSession, private H2Events {
 public:
  explicit H2Session(SessionHost& host);
  H2Session(const H2Session&) = delete;
  H2Session& operator=(const H2Session&) = delete;
  ~H2Session() override { nghttp2_session_del(session_); }

  void receive(std::string_view bytes) override;
  void receive_end() override { dead_ = true; }
  void resume() override {}
  void take_output(std::string& out, std::size_t limit_bytes) override;
  bool wants_input() const override { return true; }
  bool finished() const override;
  std::size_t open_requests() const override { return streams_.size(); }
  void drain() override;
  void expire() override;
  void respond(std::int32_t id, Response response) override;

 private:
  H2Stream* find(std::int32_t id);
  void dispatch_ready();
  void dispatch(H2Stream& stream);
  void make_ready(H2Stream& stream);
  void add_body(H2Stream& stream, std::string_view bytes);
  void refuse_youngest();
  void reset(H2Stream& stream, std::uint32_t code);
  void release_body(H2Stream& stream);
  void enhance_your_calm(std::string_view what);
  void send_final_goaway();

  int on_begin_frame(const nghttp2_frame_hd& frame) override;
  int on_begin_headers(const nghttp2_frame& frame) override;
  int on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value) override;
  int on_frame(const nghttp2_frame& frame) override;
  int on_data(std::int32_t id, std::string_view bytes) override;
  int on_close(std::int32_t id) override;
  int on_sent(const nghttp2_frame& frame) override;
  ssize_t read_body(std::int32_t id, std::uint8_t* out, std::size_t room,
                    std::uint32_t* flags) override;
  void on_head(H2Stream& stream);
  void on_reset_sent(std::uint32_t code);

  SessionHost& host_;
  nghttp2_session* session_;
  std::map<std::int32_t, H2Stream> streams_;  // by age
  std::vector<std::int32_t> ready_;
  std::uint64_t held_bytes_ = 0;
  H2FloodRules rules_;
  SteadyTime idle_since_;
  Drain drain_ = Drain::None;
  SteadyTime noticed_at_{};
  bool dead_ = false;  // closed as soon as the output is gone
  bool output_taken_ = false;
};

H2Session::H2Session(SessionHost& host)
    : host_(host), session_(make_h2_server(*this)), idle_since_(host.now()) {
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, host.limits().max_concurrent_streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindowBytes},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, kMaxFrameBytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
       static_cast<std::uint32_t>(host.limits().max_header_bytes)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  };
  AGENT_CHECK(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings)) ==
              0);
  AGENT_CHECK(nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                                    kConnectionWindowBytes) == 0);
}

H2Stream* H2Session::find(std::int32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

// ---- bytes in and out

void H2Session::receive(std::string_view bytes) {
  if (dead_) return;
  rules_.on_bytes(bytes.size());
  const ssize_t used = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (used < 0) {
    host_.count_protocol_error(nghttp2_strerror(static_cast<int>(used)));
    dead_ = true;
    return;
  }
  if (rules_.header_block_is_too_long(host_.limits().max_header_bytes))
    enhance_your_calm("header_block_too_long");
  dispatch_ready();
}

void H2Session::take_output(std::string& out, std::size_t limit_bytes) {
  while (out.size() < limit_bytes) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size < 0) {
      host_.count_protocol_error(nghttp2_strerror(static_cast<int>(size)));
      dead_ = true;
    }
    if (size <= 0) {
      output_taken_ = true;
      return;
    }
    out += text_of(bytes, static_cast<std::size_t>(size));
  }
  output_taken_ = false;
}

bool H2Session::finished() const {
  if (dead_) return output_taken_;
  if (nghttp2_session_want_write(session_) != 0) return false;
  if (drain_ == Drain::Final && streams_.empty()) return true;
  return nghttp2_session_want_read(session_) == 0;
}

// ---- what nghttp2 saw; no handler runs here

int H2Session::on_begin_frame(const nghttp2_frame_hd& frame) {
  const std::string_view broken = rules_.on_frame(frame, streams_.size(), host_.now());
  if (!broken.empty()) enhance_your_calm(broken);
  return 0;
}

int H2Session::on_begin_headers(const nghttp2_frame& frame) {
  rules_.begin_header_block();
  if (frame.hd.type != NGHTTP2_HEADERS || frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  H2Stream& stream = streams_[frame.hd.stream_id];
  stream.id = frame.hd.stream_id;
  stream.since = host_.now();
  stream.request.http2 = true;
  stream.request.peer = host_.peer();
  return 0;
}

int H2Session::on_header(const nghttp2_frame& frame, std::string_view name,
                         std::string_view value) {
  if (H2Stream* stream = find(frame.hd.stream_id))
    stream->add_header(name, value, host_.limits().max_header_bytes);
  return 0;
}

int H2Session::on_frame(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_PING && (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0 &&
      drain_ == Drain::Noticed)
    send_final_goaway();
  if (frame.hd.type == NGHTTP2_HEADERS) rules_.end_header_block();
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return 0;
  H2Stream* stream = find(frame.hd.stream_id);
  if (stream == nullptr) return 0;
  if (frame.hd.type == NGHTTP2_HEADERS && !stream->match) on_head(*stream);
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
    stream->complete = true;
    make_ready(*stream);
  }
  return 0;
}

void H2Session::on_head(H2Stream& stream) {
  const Request& request = stream.request;
  stream.end_head(host_.find_route(request.method, request.path), host_.now());
  if (stream.discards) make_ready(stream);
}

int H2Session::on_data(std::int32_t id, std::string_view bytes) {
  H2Stream* stream = find(id);
  if (stream != nullptr && !stream->discards) add_body(*stream, bytes);
  if (stream != nullptr) stream->body_bytes += bytes.size();
  return nghttp2_session_consume(session_, id, bytes.size()) == 0 ? 0
                                                                  : NGHTTP2_ERR_CALLBACK_FAILURE;
}

void H2Session::add_body(H2Stream& stream, std::string_view bytes) {
  held_bytes_ += bytes.size();
  if (!stream.add_body(bytes)) {
    release_body(stream);
    make_ready(stream);
  } else if (held_bytes_ > std::max(kMaxHeldBytes, stream.match->route.max_body_bytes)) {
    refuse_youngest();
  }
}

void H2Session::refuse_youngest() {
  // NOLINTNEXTLINE(modernize-loop-convert): std::views::reverse breaks clang-tidy 14
  for (auto it = streams_.rbegin(); it != streams_.rend(); ++it) {
    H2Stream& stream = it->second;
    if (stream.complete || stream.discards || stream.held_bytes == 0) continue;
    return reset(stream, NGHTTP2_REFUSED_STREAM);
  }
}

void H2Session::release_body(H2Stream& stream) {
  held_bytes_ -= std::exchange(stream.held_bytes, 0);
  stream.request.body = std::string();
}

void H2Session::reset(H2Stream& stream, std::uint32_t code) {
  stream.discards = stream.answered = true;
  release_body(stream);
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, code);
}

void H2Session::make_ready(H2Stream& stream) {
  if (stream.answered || std::exchange(stream.ready, true)) return;
  ready_.push_back(stream.id);
}

int H2Session::on_close(std::int32_t id) {
  if (H2Stream* stream = find(id)) {
    release_body(*stream);
    streams_.erase(id);
  }
  if (streams_.empty()) idle_since_ = host_.now();
  return 0;
}

int H2Session::on_sent(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_GOAWAY && frame.goaway.error_code != NGHTTP2_NO_ERROR && !dead_)
    host_.count_protocol_error(nghttp2_http2_strerror(frame.goaway.error_code));
  if (frame.hd.type == NGHTTP2_RST_STREAM) on_reset_sent(frame.rst_stream.error_code);
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return 0;
  rules_.on_answer();
  const H2Stream* stream = find(frame.hd.stream_id);
  // The answer is out before the request has ended: the client may stop sending.
  if (stream != nullptr && !stream->complete && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR);
  return 0;
}

void H2Session::on_reset_sent(std::uint32_t code) {
  if (code == NGHTTP2_NO_ERROR || code == NGHTTP2_REFUSED_STREAM) return;
  host_.count_protocol_error(nghttp2_http2_strerror(code));
  // Resets that a peer provokes cost the same as those it sends.
  if (!rules_.allow_reset(host_.now())) enhance_your_calm("flood");
}

// ---- requests and answers

void H2Session::dispatch_ready() {
  // A handler may answer at once, which may lead here again: take one at a time.
  while (!ready_.empty() && !dead_) {
    const std::int32_t id = ready_.front();
    ready_.erase(ready_.begin());
    if (H2Stream* stream = find(id); stream != nullptr && !stream->exchange && !stream->answered)
      dispatch(*stream);
  }
}

void H2Session::dispatch(H2Stream& stream) {
  if (stream.head_too_large) {
    Response response;
    response.status = 431;
    return respond(stream.id, std::move(response));
  }
  if (stream.too_large)
    return respond(stream.id, too_large_response(stream.match->route, stream.request));
  stream.exchange = std::make_shared<Exchange>(*this, stream.id);
  const auto match = stream.match;  // the handler may replace its own route
  match->route.handler(std::move(stream.request), Responder(std::weak_ptr(stream.exchange)));
}

void H2Session::respond(std::int32_t id, Response response) {
  H2Stream* stream = find(id);
  if (stream == nullptr || stream->answered || dead_) return;
  stream->answered = true;
  release_body(*stream);
  host_.count_request(response.status);
  stream->response = H2Response(std::move(response), stream->is_head);

  const auto head = stream->response.head();
  const auto fields = name_values_of(head);
  const nghttp2_data_provider body = h2_body_provider();
  // It fails when the stream is being closed; then nobody waits for the answer.
  nghttp2_submit_response(session_, id, fields.data(), fields.size(),
                          stream->response.has_body() ? &body : nullptr);
  host_.wake();
}

ssize_t H2Session::read_body(std::int32_t id, std::uint8_t* out, std::size_t room,
                             std::uint32_t* flags) {
  H2Stream* stream = find(id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  H2Response& response = stream->response;
  const auto size = static_cast<ssize_t>(response.read_body(out, room));
  if (!response.body_is_read()) return size;
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (const auto trailers = response.trailers(); !trailers.empty()) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const auto fields = name_values_of(trailers);
    nghttp2_submit_trailer(session_, id, fields.data(), fields.size());
  }
  return size;
}

// ---- ends

void H2Session::enhance_your_calm(std::string_view what) {
  if (std::exchange(dead_, true)) return;
  host_.count_protocol_error(what);
  nghttp2_submit_goaway(
      session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_),
      NGHTTP2_ENHANCE_YOUR_CALM, reinterpret_cast<const std::uint8_t*>(what.data()), what.size());
  output_taken_ = false;
  host_.wake();
}

void H2Session::drain() {
  if (drain_ != Drain::None) return;
  drain_ = Drain::Noticed;
  noticed_at_ = host_.now();
  // The first GOAWAY names no stream; calls that are under way towards us are still taken until
  // the ping behind it has come back.
  nghttp2_submit_shutdown_notice(session_);
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
}

void H2Session::send_final_goaway() {
  drain_ = Drain::Final;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                        nullptr, 0);
}

void H2Session::expire() {
  if (dead_) return;
  const SteadyTime now = host_.now();
  const ServerLimits& limits = host_.limits();
  if (drain_ == Drain::Noticed && now - noticed_at_ > kNoticeTime) send_final_goaway();
  if (streams_.empty()) {
    if (now - idle_since_ > limits.idle_timeout) drain();
    return;
  }
  for (auto& [id, stream] : streams_) {
    if (stream.complete || stream.answered) continue;
    const bool late =
        stream.match ? body_is_too_slow(stream.since, now, stream.body_bytes, limits.body_timeout)
                     : now - stream.since > limits.header_timeout;
    if (!late) continue;
    host_.count_request(408);
    reset(stream, NGHTTP2_CANCEL);
  }
}

}  // namespace

std::unique_ptr<ServerSession> make_h2_session(SessionHost& host) {
  return std::make_unique<H2Session>(host);
}

}  // namespace agent::net
