#include "tests/support/h2_server.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <nghttp2/nghttp2.h>

#include "agent/base/check.h"

namespace agent::testing {

struct H2Server::Connection {
  struct Stream {
    Call call;
    Answer answer;
    std::size_t sent = 0;
    bool needs_reset = false;
  };
  H2Server* server = nullptr;
  std::size_t number = 0;
  std::unique_ptr<loop::TcpStream> stream;
  nghttp2_session* h2 = nullptr;
  std::map<std::int32_t, Stream> streams;

  ~Connection() { nghttp2_session_del(h2); }
  void flush();
  void reset_streams();
  void answer(std::int32_t id);
};

namespace {

std::vector<nghttp2_nv> to_fields(const std::vector<net::Header>& headers) {
  std::vector<nghttp2_nv> out;
  for (const net::Header& header : headers) {
    auto* name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(header.name.data()));
    auto* value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(header.value.data()));
    out.push_back({name, value, header.name.size(), header.value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  return out;
}

}  // namespace

struct H2Server::Callbacks {
  static Connection& self(void* user) { return *static_cast<Connection*>(user); }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* user) {
    self(user).streams[frame->hd.stream_id].call.headers.push_back(
        {{reinterpret_cast<const char*>(name), name_size},
         {reinterpret_cast<const char*>(value), value_size}});
    return 0;
  }
  static int on_chunk(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                      std::size_t size, void* user) {
    self(user).streams[id].call.body.append(reinterpret_cast<const char*>(bytes), size);
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_RST_STREAM) ++self(user).server->resets_;
    const bool carries = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    const bool complete = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (self(user).server->when_ == When::HeadersCame ? frame->hd.type == NGHTTP2_HEADERS
                                                      : carries && complete)
      self(user).answer(frame->hd.stream_id);
    return 0;
  }
  static ssize_t read_body(nghttp2_session* h2, std::int32_t id, std::uint8_t* to, std::size_t room,
                           std::uint32_t* flags, nghttp2_data_source*, void* user) {
    auto& stream = self(user).streams[id];
    const std::size_t size = std::min(room, stream.answer.body.size() - stream.sent);
    std::memcpy(to, stream.answer.body.data() + stream.sent, size);
    stream.sent += size;
    if (stream.sent < stream.answer.body.size()) return static_cast<ssize_t>(size);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!stream.answer.trailers.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const auto fields = to_fields(stream.answer.trailers);
      nghttp2_submit_trailer(h2, id, fields.data(), fields.size());
    }
    return static_cast<ssize_t>(size);
  }
};

void H2Server::Connection::flush() {
  while (stream) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(h2, &bytes);
    if (size <= 0) return;
    stream->write({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
  }
}

// After the answer: nghttp2 would send a reset that waits beside it first.
void H2Server::Connection::reset_streams() {
  for (auto& [id, each] : streams)
    if (std::exchange(each.needs_reset, false))
      nghttp2_submit_rst_stream(h2, NGHTTP2_FLAG_NONE, id, each.answer.reset_code);
  flush();
}

void H2Server::Connection::answer(std::int32_t id) {
  Stream& call = streams[id];
  call.call.connection = number;
  server->calls_.push_back(call.call);
  call.answer = server->script_(call.call);
  const Answer& wanted = call.answer;
  if (wanted.goes_away)
    nghttp2_submit_goaway(h2, NGHTTP2_FLAG_NONE, wanted.last_processed, NGHTTP2_NO_ERROR, nullptr,
                          0);
  const auto fields = to_fields(wanted.headers);
  if (!fields.empty() && wanted.body.empty() && wanted.trailers.empty()) {
    nghttp2_submit_response(h2, id, fields.data(), fields.size(), nullptr);
  } else if (!fields.empty()) {
    nghttp2_data_provider provider{};
    provider.read_callback = &Callbacks::read_body;
    nghttp2_submit_response(h2, id, fields.data(), fields.size(), &provider);
  }
  call.needs_reset = wanted.has_reset;
}

H2Server::H2Server(loop::EventLoop& loop, Script script, When when)
    : script_(std::move(script)), when_(when) {
  auto listener = loop::TcpListener::listen(
      loop, {"127.0.0.1", 0},
      [this](std::unique_ptr<loop::TcpStream> stream) { on_accept(std::move(stream)); });
  AGENT_CHECK(listener);
  listener_ = std::move(*listener);
}

H2Server::~H2Server() = default;

void H2Server::on_accept(std::unique_ptr<loop::TcpStream> stream) {
  connections_.push_back(std::make_unique<Connection>());
  Connection& made = *connections_.back();
  made.server = this;
  made.number = connections_.size() - 1;
  made.stream = std::move(stream);
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, &Callbacks::on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Callbacks::on_chunk);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &Callbacks::on_frame);
  nghttp2_session_server_new(&made.h2, callbacks, &made);
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_submit_settings(made.h2, NGHTTP2_FLAG_NONE, nullptr, 0);
  made.stream->start_reading(
      [&made](std::string_view bytes) {
        nghttp2_session_mem_recv(made.h2, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                 bytes.size());
        made.flush();
        made.reset_streams();
        for (const auto& [id, stream_of_id] : made.streams)
          if (stream_of_id.answer.hangs_up) return made.stream.reset();
      },
      [this](const Status&) { ++ended_; });
  made.flush();
}

H2Server::Answer H2Server::ok(const std::string& message) {
  Answer out;
  out.headers = {{":status", "200"}, {"content-type", "application/grpc"}};
  out.body = std::string("\0\0\0\0", 4) + static_cast<char>(message.size()) + message;
  out.trailers = {{"grpc-status", "0"}};
  return out;
}

H2Server::Answer H2Server::status(const std::string& code, const std::string& message) {
  Answer out;
  out.headers = {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", code}};
  if (!message.empty()) out.headers.push_back({"grpc-message", message});
  return out;
}

}  // namespace agent::testing
