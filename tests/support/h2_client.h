#pragma once
// An HTTP/2 client on nghttp2's own session, for tests of the server: it shares nothing with ours.
#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "tests/support/raw_client.h"

namespace agent::testing {

class H2Client {
 public:
  struct Call {
    std::map<std::string, std::string> headers;   ///< of the answer, with :status
    std::map<std::string, std::string> trailers;  ///< empty when they came with the headers
    std::string body;
    bool ended = false;       ///< END_STREAM came
    bool closed = false;      ///< the stream is over
    std::uint32_t error = 0;  ///< of the reset, when closed
    std::string upload;
    std::size_t uploaded = 0;
    bool hold_open = false;  ///< send no END_STREAM
  };
  using Headers = std::vector<std::pair<std::string, std::string>>;

  H2Client(loop::EventLoop& loop, const loop::HostPort& address)
      : loop_(loop), raw_(loop, address) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  H2Client(const H2Client&) = delete;
  H2Client& operator=(const H2Client&) = delete;
  ~H2Client() { nghttp2_session_del(session_); }

  /// Starts a call; its number, for call().
  std::int32_t start(const std::string& method, const std::string& path, std::string body = {},
                     const Headers& more = {}, bool hold_open = false) {
    Headers headers = {
        {":method", method}, {":scheme", "http"}, {":authority", "test"}, {":path", path}};
    headers.insert(headers.end(), more.begin(), more.end());
    std::vector<nghttp2_nv> nvs;
    for (auto& [name, value] : headers)
      nvs.push_back({reinterpret_cast<std::uint8_t*>(name.data()),
                     reinterpret_cast<std::uint8_t*>(value.data()), name.size(), value.size(),
                     NGHTTP2_NV_FLAG_NONE});
    nghttp2_data_provider provider{};
    provider.read_callback = read_upload;
    const bool uploads = !body.empty() || hold_open;
    const std::int32_t id = nghttp2_submit_request(session_, nullptr, nvs.data(), nvs.size(),
                                                   uploads ? &provider : nullptr, nullptr);
    calls_[id].upload = std::move(body);
    calls_[id].hold_open = hold_open;
    pump();
    return id;
  }
  Call& call(std::int32_t id) { return calls_[id]; }
  void reset(std::int32_t id, std::uint32_t code = NGHTTP2_CANCEL) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, code);
    pump();
  }
  void ping() {
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
    pump();
  }
  void settings() {
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
    pump();
  }
  /// Turns the loop until call `id` is over.
  bool finish(std::int32_t id) {
    return turn_until([&] { return calls_[id].closed; });
  }
  bool turn_until(const std::function<bool()>& done) {
    return run_until(loop_,
                     [&] {
                       pump();
                       return done() || raw_.ended();
                     }) &&
           done();
  }
  bool ended() const { return raw_.ended(); }
  /// Whether and why the server is going away.
  bool goaway() const { return goaway_; }
  std::uint32_t goaway_code() const { return goaway_code_; }
  const std::string& goaway_text() const { return goaway_text_; }
  int pongs() const { return pongs_; }
  std::map<std::int32_t, std::uint32_t> remote_settings() const { return settings_; }
  std::int32_t connection_window() const {
    return nghttp2_session_get_remote_window_size(session_);
  }
  RawClient& raw() { return raw_; }
  /// Sends what is due and reads what has come.
  void pump() {
    if (!raw_.received().empty()) {
      const std::string in = raw_.received();
      raw_.clear();
      nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(in.data()),
                               in.size());
    }
    std::string out;
    const std::uint8_t* bytes = nullptr;
    for (ssize_t n = 0; (n = nghttp2_session_mem_send(session_, &bytes)) > 0;)
      out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(n));
    if (!out.empty()) raw_.send(out);
  }

 private:
  static H2Client& self(void* user_data) { return *static_cast<H2Client*>(user_data); }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* user_data) {
    Call& call = self(user_data).calls_[frame->hd.stream_id];
    auto& into = frame->headers.cat == NGHTTP2_HCAT_RESPONSE ? call.headers : call.trailers;
    into[{reinterpret_cast<const char*>(name), name_size}] = {reinterpret_cast<const char*>(value),
                                                              value_size};
    return 0;
  }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                     std::size_t size, void* user_data) {
    self(user_data).calls_[id].body.append(reinterpret_cast<const char*>(bytes), size);
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    H2Client& client = self(user_data);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      client.goaway_ = true;
      client.goaway_code_ = frame->goaway.error_code;
      client.goaway_text_.assign(reinterpret_cast<const char*>(frame->goaway.opaque_data),
                                 frame->goaway.opaque_data_len);
    }
    if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0)
      ++client.pongs_;
    if (frame->hd.type == NGHTTP2_SETTINGS)
      for (std::size_t i = 0; i < frame->settings.niv; ++i)
        client.settings_[frame->settings.iv[i].settings_id] = frame->settings.iv[i].value;
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (ends && (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA))
      client.calls_[frame->hd.stream_id].ended = true;
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t error, void* user_data) {
    Call& call = self(user_data).calls_[id];
    call.closed = true;
    call.error = error;
    return 0;
  }
  static ssize_t read_upload(nghttp2_session*, std::int32_t id, std::uint8_t* out, std::size_t room,
                             std::uint32_t* flags, nghttp2_data_source*, void* user_data) {
    Call& call = self(user_data).calls_[id];
    const std::size_t size = std::min(room, call.upload.size() - call.uploaded);
    std::memcpy(out, call.upload.data() + call.uploaded, size);
    call.uploaded += size;
    if (call.uploaded == call.upload.size()) {
      if (call.hold_open && size == 0) return NGHTTP2_ERR_DEFERRED;
      if (!call.hold_open) *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return static_cast<ssize_t>(size);
  }

  loop::EventLoop& loop_;
  RawClient raw_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Call> calls_;
  std::map<std::int32_t, std::uint32_t> settings_;
  bool goaway_ = false;
  std::uint32_t goaway_code_ = 0;
  std::string goaway_text_;
  int pongs_ = 0;
};

}  // namespace agent::testing
