#include "agent/net/grpc_connection.h"

#include <array>
#include <map>
#include <utility>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "agent/base/check.h"
#include "agent/net/grpc_call.h"
#include "agent/net/h2_text.h"

namespace agent::net {

// DESIGN. States: Connecting (streams wait inside nghttp2), Open, Ended (failed or lost). nghttp2
// calls back while it reads; those callbacks only write into the calls and move finished ones to
// `answers_`. Answers are handed out in a turn of their own, when nghttp2 is not on the stack and
// the receiver may do as it likes. Bytes to send are gathered into one write; the next write is
// made when the kernel has taken the last one, so that a slow server holds no copies of ours.

class GrpcConnection::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(loop::EventLoop& loop, GrpcClient::Config config);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { nghttp2_session_del(h2_); }

  void connect();
  void close();
  std::optional<StreamId> submit(const GrpcRequest& request, Duration timeout, OnAnswer on_answer);
  void cancel(StreamId id);
  void retire() { retired_ = true; }
  bool takes_calls() const;
  std::size_t open_calls() const { return calls_.size() + answers_.size(); }

 private:
  enum class State { Connecting, Open, Ended };
  struct Open {
    GrpcCall call;
    OnAnswer on_answer;
  };
  struct Finished {
    StreamId id;
    OnAnswer on_answer;
    Answer answer;
  };
  struct Callbacks;

  void on_connected(Result<std::unique_ptr<loop::TcpStream>> stream);
  void on_data(std::string_view bytes);
  void end(const std::string& why);
  void flush();
  void hand_out_soon();
  void hand_out();
  void on_stream_closed(StreamId id, std::uint32_t reset_code);
  Open* find(StreamId id);

  loop::EventLoop& loop_;
  const GrpcClient::Config config_;
  State state_ = State::Connecting;
  bool retired_ = false;
  bool closed_ = false;
  bool writing_ = false;
  std::optional<StreamId> last_processed_;  // of GOAWAY
  nghttp2_session* h2_ = nullptr;
  std::unique_ptr<loop::TcpConnect> connect_;
  std::unique_ptr<loop::TcpStream> stream_;
  std::map<StreamId, Open> calls_;
  std::vector<Finished> answers_;
  loop::Timer answers_timer_;
};

namespace {

// Copies of what is on its way to the kernel, at most.
constexpr std::size_t kMaxWriteBytes = 256U << 10U;
constexpr std::uint32_t kMaxHeaderListBytes = 16U << 10U;

Error h2_error(int code) { return {ErrorKind::Network, nghttp2_strerror(code)}; }

}  // namespace

struct GrpcConnection::Session::Callbacks {
  static Session& self(void* user) { return *static_cast<Session*>(user); }

  static int on_header(nghttp2_session* /*h2*/, const nghttp2_frame* frame,
                       const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                       std::size_t value_size, std::uint8_t /*flags*/, void* user) {
    if (Open* open = self(user).find(frame->hd.stream_id))
      open->call.on_header(text_of(name, name_size), text_of(value, value_size));
    return 0;
  }
  static int on_chunk(nghttp2_session* /*h2*/, std::uint8_t /*flags*/, std::int32_t id,
                      const std::uint8_t* bytes, std::size_t size, void* user) {
    if (Open* open = self(user).find(id)) open->call.on_data(text_of(bytes, size));
    return 0;
  }
  static int on_frame(nghttp2_session* /*h2*/, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_GOAWAY) self(user).last_processed_ = frame->goaway.last_stream_id;
    return 0;
  }
  static int on_close(nghttp2_session* /*h2*/, std::int32_t id, std::uint32_t reset_code,
                      void* user) {
    self(user).on_stream_closed(id, reset_code);
    return 0;
  }
  static ssize_t read_request(nghttp2_session* /*h2*/, std::int32_t id, std::uint8_t* to,
                              std::size_t room, std::uint32_t* flags,
                              nghttp2_data_source* /*source*/, void* user) {
    Open* open = self(user).find(id);
    if (open == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const std::size_t copied = open->call.read_request(reinterpret_cast<char*>(to), room);
    if (open->call.request_is_read()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(copied);
  }
};

GrpcConnection::Session::Session(loop::EventLoop& loop, GrpcClient::Config config)
    : loop_(loop), config_(std::move(config)) {
  nghttp2_session_callbacks* callbacks = nullptr;
  AGENT_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, &Callbacks::on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Callbacks::on_chunk);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &Callbacks::on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &Callbacks::on_close);
  const int made = nghttp2_session_client_new(&h2_, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  AGENT_CHECK(made == 0);
  const std::array<nghttp2_settings_entry, 2> settings = {
      {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
       {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxHeaderListBytes}}};
  AGENT_CHECK(nghttp2_submit_settings(h2_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) ==
              0);
}

void GrpcConnection::Session::connect() {
  connect_ =
      std::make_unique<loop::TcpConnect>(loop_, config_.address, config_.connect_timeout,
                                         [this](auto stream) { on_connected(std::move(stream)); });
}

// The owner has gone: nothing is called any more.
void GrpcConnection::Session::close() {
  closed_ = true;
  state_ = State::Ended;
  connect_.reset();
  stream_.reset();
  answers_timer_.stop();
}

void GrpcConnection::Session::on_connected(Result<std::unique_ptr<loop::TcpStream>> stream) {
  const auto self = shared_from_this();
  if (!stream) return end(stream.error().message);
  state_ = State::Open;
  stream_ = std::move(*stream);
  stream_->start_reading(
      [this](std::string_view bytes) { on_data(bytes); },
      [this](const Status& status) {
        end(status ? "the server closed the connection" : status.error().message);
      });
  flush();
}

void GrpcConnection::Session::on_data(std::string_view bytes) {
  const auto self = shared_from_this();
  const ssize_t read = nghttp2_session_mem_recv(
      h2_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (read < 0) return end(h2_error(static_cast<int>(read)).message);
  flush();
  if (state_ == State::Open && nghttp2_session_want_read(h2_) == 0 &&
      nghttp2_session_want_write(h2_) == 0)
    end("the HTTP/2 connection has ended");
}

bool GrpcConnection::Session::takes_calls() const {
  return state_ != State::Ended && !retired_ && !last_processed_ &&
         nghttp2_session_check_request_allowed(h2_) != 0;
}

std::optional<GrpcConnection::StreamId> GrpcConnection::Session::submit(const GrpcRequest& request,
                                                                        Duration timeout,
                                                                        OnAnswer on_answer) {
  if (!takes_calls()) return std::nullopt;
  const auto headers = make_grpc_headers(request, config_.tls_enabled ? "https" : "http",
                                         to_string(config_.address), config_.user_agent, timeout);
  const auto fields = name_values_of(headers);
  nghttp2_data_provider body{};
  body.read_callback = &Callbacks::read_request;
  const StreamId id =
      nghttp2_submit_request(h2_, nullptr, fields.data(), fields.size(), &body, nullptr);
  if (id < 0) return std::nullopt;
  calls_.emplace(id,
                 Open{GrpcCall(request.message, !request.encoding.empty()), std::move(on_answer)});
  flush();
  return id;
}

void GrpcConnection::Session::cancel(StreamId id) {
  std::erase_if(answers_, [id](const Finished& finished) { return finished.id == id; });
  if (calls_.erase(id) == 0 || state_ == State::Ended) return;
  nghttp2_submit_rst_stream(h2_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  flush();
}

GrpcConnection::Session::Open* GrpcConnection::Session::find(StreamId id) {
  const auto at = calls_.find(id);
  return at == calls_.end() ? nullptr : &at->second;
}

void GrpcConnection::Session::on_stream_closed(StreamId id, std::uint32_t reset_code) {
  const auto at = calls_.find(id);
  if (at == calls_.end()) return;
  Answer answer{at->second.call.finish(reset_code), last_processed_ && id > *last_processed_};
  answers_.push_back({id, std::move(at->second.on_answer), std::move(answer)});
  calls_.erase(at);
  hand_out_soon();
}

// The connection is of no use any more; what is open on it may or may not have been taken.
void GrpcConnection::Session::end(const std::string& why) {
  if (state_ == State::Ended) return;
  const bool never_sent = state_ == State::Connecting;
  state_ = State::Ended;
  for (auto& [id, open] : calls_) {
    Answer answer;
    answer.reply.code = GrpcCode::Unavailable;
    answer.reply.message = never_sent ? why : to_string(config_.address) + ": " + why;
    answer.reply.from_transport = true;
    answers_.push_back({id, std::move(open.on_answer), std::move(answer)});
  }
  calls_.clear();
  stream_.reset();
  hand_out_soon();
}

void GrpcConnection::Session::flush() {
  if (state_ != State::Open || writing_) return;
  std::string out;
  while (out.size() < kMaxWriteBytes) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(h2_, &bytes);
    if (size < 0) return end(h2_error(static_cast<int>(size)).message);
    if (size == 0) break;
    out.append(text_of(bytes, static_cast<std::size_t>(size)));
  }
  if (out.empty()) return;
  writing_ = true;
  stream_->write(std::move(out), [this] {
    writing_ = false;
    flush();
  });
}

void GrpcConnection::Session::hand_out_soon() {
  if (answers_.empty() || answers_timer_.armed()) return;
  answers_timer_ = loop_.after(Duration::zero(), [this] { hand_out(); });
}

void GrpcConnection::Session::hand_out() {
  const auto self = shared_from_this();
  answers_timer_.stop();
  while (!answers_.empty() && !closed_) {
    Finished finished = std::move(answers_.front());
    answers_.erase(answers_.begin());
    finished.on_answer(std::move(finished.answer));
  }
}

GrpcConnection::GrpcConnection(std::shared_ptr<Session> session) : session_(std::move(session)) {}

std::shared_ptr<GrpcConnection> GrpcConnection::open(loop::EventLoop& loop,
                                                     const GrpcClient::Config& config) {
  auto session = std::make_shared<Session>(loop, config);
  session->connect();
  return std::shared_ptr<GrpcConnection>(new GrpcConnection(std::move(session)));
}

GrpcConnection::~GrpcConnection() { session_->close(); }

bool GrpcConnection::takes_calls() const { return session_->takes_calls(); }

std::size_t GrpcConnection::open_calls() const { return session_->open_calls(); }

std::optional<GrpcConnection::StreamId> GrpcConnection::submit(const GrpcRequest& request,
                                                               Duration timeout,
                                                               OnAnswer on_answer) {
  return session_->submit(request, timeout, std::move(on_answer));
}

void GrpcConnection::cancel(StreamId id) { session_->cancel(id); }

void GrpcConnection::retire() { session_->retire(); }

}  // namespace agent::net
