// DESIGN: nghttp2 keeps the protocol's state; a Stream here goes through
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
#include "agent/base/strings.h"
#include "agent/net/flood_guard.h"
#include "agent/net/grpc_frame.h"

namespace agent::net {
namespace {

// Spec: traces.md 4.1. The protocol's 64 KiB windows would throttle.
constexpr std::uint32_t kStreamWindowBytes = 1 << 20U;
constexpr std::int32_t kConnectionWindowBytes = 8 << 20U;
constexpr std::uint32_t kMaxFrameBytes = 1 << 20U;
constexpr std::uint64_t kMaxHeldBytes = 32ULL << 20U;
// A header block that goes on for this many times its limit is a flood of CONTINUATION frames.
constexpr std::uint64_t kMaxHeaderBlockFactor = 8;
// Streams that end in a reset, and frames that cost us work but carry nothing.
constexpr double kResetBurst = 200, kResetsPerSecond = 50;
constexpr double kControlBurst = 1000, kControlsPerSecond = 100;
constexpr Duration kPingInterval = std::chrono::seconds(10);
constexpr int kMaxPingStrikes = 2;
// How long a peer may take to acknowledge the first GOAWAY.
constexpr Duration kNoticeTime = std::chrono::seconds(1);

struct Stream {
  std::int32_t id = 0;
  Request request;
  std::shared_ptr<const RouteMatch> match;  // set when the head is complete
  std::shared_ptr<Exchange> exchange;       // set when the handler has been called
  std::size_t head_bytes = 0;
  std::uint64_t body_bytes = 0;
  std::uint64_t held_bytes = 0;  // of the body: here or with the handler
  SteadyTime since{};            // of the head, then of the body
  bool head_too_large = false;
  bool too_large = false;
  bool discards = false;
  bool complete = false;  // the request has ended
  bool ready = false;     // in ready_
  bool is_head = false;
  Response response;  // once answered
  bool answered = false;
  std::size_t sent_bytes = 0;  // of response.body
};

enum class Drain { None, Noticed, Final };

class H2Session final : public ServerSession {
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
  Stream* find(std::int32_t id);
  void dispatch_ready();
  void dispatch(Stream& stream);
  void make_ready(Stream& stream);
  void add_body(Stream& stream, std::string_view bytes);
  void refuse_youngest();
  void reset(Stream& stream, std::uint32_t code);
  void release_body(Stream& stream);
  void enhance_your_calm(std::string_view what);
  void send_final_goaway();
  bool ping_is_abuse();

  // nghttp2's callbacks
  int on_begin_frame(const nghttp2_frame_hd& frame);
  int on_begin_headers(const nghttp2_frame& frame);
  int on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  int on_frame(const nghttp2_frame& frame);
  int on_data(std::int32_t id, std::string_view bytes);
  int on_close(std::int32_t id);
  int on_sent(const nghttp2_frame& frame);
  void on_reset_sent(std::uint32_t code);
  void on_head(Stream& stream);
  ssize_t read_body(std::int32_t id, std::uint8_t* out, std::size_t room, std::uint32_t* flags);
  static nghttp2_session_callbacks* make_callbacks();

  SessionHost& host_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Stream> streams_;  // by age
  std::vector<std::int32_t> ready_;
  std::uint64_t held_bytes_ = 0;
  std::uint64_t header_block_bytes_ = 0;  // raw bytes since a header block began
  bool in_header_block_ = false;
  FloodGuard resets_{kResetBurst, kResetsPerSecond};
  FloodGuard controls_{kControlBurst, kControlsPerSecond};
  SteadyTime last_ping_{};
  int ping_strikes_ = 0;
  SteadyTime idle_since_;
  Drain drain_ = Drain::None;
  SteadyTime noticed_at_{};
  bool dead_ = false;  // closed as soon as the output is gone
  bool output_taken_ = false;
};

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

H2Session& self_of(void* user_data) { return *static_cast<H2Session*>(user_data); }

nghttp2_session_callbacks* H2Session::make_callbacks() {
  nghttp2_session_callbacks* callbacks = nullptr;
  AGENT_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
  nghttp2_session_callbacks_set_on_begin_frame_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame_hd* frame, void* self) {
        return self_of(self).on_begin_frame(*frame);
      });
  nghttp2_session_callbacks_set_on_begin_headers_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
        return self_of(self).on_begin_headers(*frame);
      });
  nghttp2_session_callbacks_set_on_header_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void* self) {
        return self_of(self).on_header(*frame, view(name, name_size), view(value, value_size));
      });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
        return self_of(self).on_frame(*frame);
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      callbacks,
      [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
         std::size_t size, void* self) { return self_of(self).on_data(id, view(bytes, size)); });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      callbacks, [](nghttp2_session*, std::int32_t id, std::uint32_t, void* self) {
        return self_of(self).on_close(id);
      });
  nghttp2_session_callbacks_set_on_frame_send_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
        return self_of(self).on_sent(*frame);
      });
  return callbacks;
}

H2Session::H2Session(SessionHost& host) : host_(host), idle_since_(host.now()) {
  nghttp2_option* options = nullptr;
  AGENT_CHECK(nghttp2_option_new(&options) == 0);
  nghttp2_option_set_no_auto_window_update(options, 1);
  nghttp2_option_set_no_closed_streams(options, 1);
  nghttp2_session_callbacks* callbacks = make_callbacks();
  AGENT_CHECK(nghttp2_session_server_new2(&session_, callbacks, this, options) == 0);
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_option_del(options);

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

Stream* H2Session::find(std::int32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

// ---- bytes in and out

void H2Session::receive(std::string_view bytes) {
  if (dead_) return;
  if (in_header_block_) header_block_bytes_ += bytes.size();
  const ssize_t used = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (used < 0) {
    host_.count_protocol_error(nghttp2_strerror(static_cast<int>(used)));
    dead_ = true;
    return;
  }
  if (in_header_block_ &&
      header_block_bytes_ > kMaxHeaderBlockFactor * host_.limits().max_header_bytes)
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
    out += view(bytes, static_cast<std::size_t>(size));
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
  if (frame.type == NGHTTP2_CONTINUATION) return 0;
  in_header_block_ = false;
  bool allowed = true;
  switch (frame.type) {
    case NGHTTP2_RST_STREAM:
      allowed = resets_.allow(host_.now());
      break;
    case NGHTTP2_PING:
      allowed = controls_.allow(host_.now());
      if (allowed && (frame.flags & NGHTTP2_FLAG_ACK) == 0 && ping_is_abuse()) {
        enhance_your_calm("too_many_pings");
        return 0;
      }
      break;
    case NGHTTP2_DATA:
      if (frame.length == 0 && (frame.flags & NGHTTP2_FLAG_END_STREAM) == 0)
        allowed = controls_.allow(host_.now());
      break;
    case NGHTTP2_HEADERS:
    case NGHTTP2_WINDOW_UPDATE:
      break;
    default:
      allowed = controls_.allow(host_.now());
  }
  if (!allowed) enhance_your_calm("flood");
  return 0;
}

// gRPC's rule: pings that carry no news of open calls come at most every 10 s. What we have sent
// since the last one excuses it: clients measure the line by a ping after each answer.
bool H2Session::ping_is_abuse() {
  const SteadyTime now = host_.now();
  const SteadyTime last = std::exchange(last_ping_, now);
  if (!streams_.empty() || last == SteadyTime{} || now - last >= kPingInterval) return false;
  return ++ping_strikes_ > kMaxPingStrikes;
}

int H2Session::on_begin_headers(const nghttp2_frame& frame) {
  in_header_block_ = true;
  header_block_bytes_ = 0;
  if (frame.hd.type != NGHTTP2_HEADERS || frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  Stream& stream = streams_[frame.hd.stream_id];
  stream.id = frame.hd.stream_id;
  stream.since = host_.now();
  stream.request.http2 = true;
  stream.request.peer = host_.peer();
  return 0;
}

int H2Session::on_header(const nghttp2_frame& frame, std::string_view name,
                         std::string_view value) {
  Stream* stream = find(frame.hd.stream_id);
  if (stream == nullptr) return 0;
  stream->head_bytes += name.size() + value.size() + kHeaderOverheadBytes;
  if (stream->head_bytes > host_.limits().max_header_bytes) stream->head_too_large = true;
  // Trailers are counted and dropped.
  if (stream->head_too_large || stream->match) return 0;
  if (name == ":method") {
    stream->request.method = value;
  } else if (name == ":path") {
    set_target(stream->request, value);
  } else if (name == ":authority") {
    stream->request.headers.add("host", std::string(value));
  } else if (!name.starts_with(':')) {
    stream->request.headers.add(std::string(name), std::string(value));
  }
  return 0;
}

int H2Session::on_frame(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_PING && (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0 &&
      drain_ == Drain::Noticed)
    send_final_goaway();
  if (frame.hd.type == NGHTTP2_HEADERS) in_header_block_ = false;
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return 0;
  Stream* stream = find(frame.hd.stream_id);
  if (stream == nullptr) return 0;
  if (frame.hd.type == NGHTTP2_HEADERS && !stream->match) on_head(*stream);
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
    stream->complete = true;
    make_ready(*stream);
  }
  return 0;
}

void H2Session::on_head(Stream& stream) {
  Request& request = stream.request;
  stream.since = host_.now();
  stream.is_head = request.method == "HEAD";
  stream.match = host_.find_route(request.method, request.path);
  stream.discards = stream.match->ignores_body || stream.head_too_large;
  // nghttp2 has checked that the length is a number.
  if (const auto length = request.headers.get("content-length"); length && !stream.discards) {
    const bool longer =
        length->size() > 18 || std::strtoull(std::string(*length).c_str(), nullptr, 10) >
                                   stream.match->route.max_body_bytes;
    if (longer) stream.discards = stream.too_large = true;
  }
  if (stream.discards) make_ready(stream);
}

int H2Session::on_data(std::int32_t id, std::string_view bytes) {
  Stream* stream = find(id);
  if (stream != nullptr && !stream->discards) add_body(*stream, bytes);
  if (stream != nullptr) stream->body_bytes += bytes.size();
  return nghttp2_session_consume(session_, id, bytes.size()) == 0 ? 0
                                                                  : NGHTTP2_ERR_CALLBACK_FAILURE;
}

void H2Session::add_body(Stream& stream, std::string_view bytes) {
  std::string& body = stream.request.body;
  const std::uint64_t limit = stream.match->route.max_body_bytes;
  body += bytes;
  stream.held_bytes += bytes.size();
  held_bytes_ += bytes.size();
  bool longer = body.size() > limit;
  // gRPC says first how long its message is.
  const bool is_grpc =
      stream.request.headers.get("content-type").value_or("").starts_with("application/grpc");
  if (is_grpc && body.size() >= kGrpcPrefixBytes) {
    const auto prefix = read_grpc_prefix(body);
    longer = longer || (prefix && (*prefix)->length + kGrpcPrefixBytes > limit);
  }
  if (longer) {
    stream.discards = stream.too_large = true;
    release_body(stream);
    make_ready(stream);
  } else if (held_bytes_ > std::max(kMaxHeldBytes, limit)) {
    refuse_youngest();
  }
}

void H2Session::refuse_youngest() {
  // NOLINTNEXTLINE(modernize-loop-convert): std::views::reverse breaks clang-tidy 14
  for (auto it = streams_.rbegin(); it != streams_.rend(); ++it) {
    Stream& stream = it->second;
    if (stream.complete || stream.discards || stream.held_bytes == 0) continue;
    return reset(stream, NGHTTP2_REFUSED_STREAM);
  }
}

void H2Session::release_body(Stream& stream) {
  held_bytes_ -= std::exchange(stream.held_bytes, 0);
  stream.request.body = std::string();
}

void H2Session::reset(Stream& stream, std::uint32_t code) {
  stream.discards = stream.answered = true;
  release_body(stream);
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, code);
}

void H2Session::make_ready(Stream& stream) {
  if (stream.answered || std::exchange(stream.ready, true)) return;
  ready_.push_back(stream.id);
}

int H2Session::on_close(std::int32_t id) {
  if (Stream* stream = find(id)) {
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
  last_ping_ = {};
  ping_strikes_ = 0;
  const Stream* stream = find(frame.hd.stream_id);
  // The answer is out before the request has ended: the client may stop sending.
  if (stream != nullptr && !stream->complete && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR);
  return 0;
}

void H2Session::on_reset_sent(std::uint32_t code) {
  if (code == NGHTTP2_NO_ERROR || code == NGHTTP2_REFUSED_STREAM) return;
  host_.count_protocol_error(nghttp2_http2_strerror(code));
  // Resets that a peer provokes cost the same as those it sends.
  if (!resets_.allow(host_.now())) enhance_your_calm("flood");
}

// ---- requests and answers

void H2Session::dispatch_ready() {
  // A handler may answer at once, which may lead here again: take one at a time.
  while (!ready_.empty() && !dead_) {
    const std::int32_t id = ready_.front();
    ready_.erase(ready_.begin());
    if (Stream* stream = find(id); stream != nullptr && !stream->exchange && !stream->answered)
      dispatch(*stream);
  }
}

void H2Session::dispatch(Stream& stream) {
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

nghttp2_nv make_nv(const std::string& name, const std::string& value) {
  // nghttp2 copies both and writes to neither.
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
          value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::vector<nghttp2_nv> make_nvs(const std::vector<Header>& headers) {
  std::vector<nghttp2_nv> out;
  out.reserve(headers.size());
  for (const auto& header : headers)
    out.push_back(make_nv(header.name, header.value));
  return out;
}

void append_clean(std::vector<Header>& out, const Headers& headers) {
  for (const auto& header : headers) {
    if (is_session_header(header.name)) continue;
    out.push_back({to_lower(clean_header(header.name)), clean_header(header.value)});
  }
}

void H2Session::respond(std::int32_t id, Response response) {
  Stream* stream = find(id);
  if (stream == nullptr || stream->answered || dead_) return;
  stream->answered = true;
  stream->response = std::move(response);
  release_body(*stream);
  const Response& answer = stream->response;
  host_.count_request(answer.status);

  std::vector<Header> head = {{":status", std::to_string(answer.status)}};
  append_clean(head, answer.headers);
  const bool has_trailers = answer.trailers.size() > 0;
  const bool has_body = !answer.body.empty() && !stream->is_head;
  if (!has_trailers && answer.status != 204 && answer.status != 304)
    head.push_back({"content-length", std::to_string(answer.body.size())});
  // Without a body the trailers go with the head: gRPC's "trailers-only".
  if (has_trailers && !has_body) append_clean(head, answer.trailers);

  nghttp2_data_provider body{};
  body.read_callback = [](nghttp2_session*, std::int32_t stream_id, std::uint8_t* out,
                          std::size_t room, std::uint32_t* flags, nghttp2_data_source*,
                          void* self) {
    return self_of(self).read_body(stream_id, out, room, flags);
  };
  const auto nvs = make_nvs(head);
  // It fails when the stream is being closed; then nobody waits for the answer.
  nghttp2_submit_response(session_, id, nvs.data(), nvs.size(), has_body ? &body : nullptr);
  host_.wake();
}

ssize_t H2Session::read_body(std::int32_t id, std::uint8_t* out, std::size_t room,
                             std::uint32_t* flags) {
  Stream* stream = find(id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const Response& answer = stream->response;
  const std::size_t size = std::min(room, answer.body.size() - stream->sent_bytes);
  std::copy_n(answer.body.data() + stream->sent_bytes, size, out);
  stream->sent_bytes += size;
  if (stream->sent_bytes < answer.body.size()) return static_cast<ssize_t>(size);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (answer.trailers.size() > 0) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    std::vector<Header> trailers;
    append_clean(trailers, answer.trailers);
    const auto nvs = make_nvs(trailers);
    nghttp2_submit_trailer(session_, id, nvs.data(), nvs.size());
  }
  return static_cast<ssize_t>(size);
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
