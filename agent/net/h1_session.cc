// DESIGN: one request at a time. A request goes through
//   nothing -> head -> body -> complete -> answered -> nothing
// and parsing stops between complete and answered; what came meanwhile waits in `held_`, at most
// one read of the socket, because the connection stops reading. Some requests are answered before
// their body has come (a body over the limit, a path without a route): the rest of the body is then
// parsed and thrown away, up to kMaxDiscardBytes, and the connection lives on.
//
// llhttp's callbacks only record; handlers run from react(), when the parser has returned. Parsing
// pauses at the end of each message, so that react() sees one request at a time.
#include "agent/net/h1_session.h"

#include <utility>

#include <llhttp.h>

#include "agent/base/strings.h"

namespace agent::net {
namespace {

constexpr std::uint64_t kMaxDiscardBytes = 16ULL << 20U;
// Answers that the peer does not read stop further requests from being handled.
constexpr std::size_t kMaxOutputBytes = 256UL * 1024;

/// The request being read or answered.
struct Current {
  Request request;
  std::string target;
  std::shared_ptr<const RouteMatch> match;  // set when the head is complete
  std::shared_ptr<Exchange> exchange;       // set when the handler has been called
  std::size_t head_bytes = 0;
  std::uint64_t body_bytes = 0;
  SteadyTime since{};  // of the head, then of the body
  bool version_1_1 = true;
  bool is_head = false;
  bool keep_alive = true;
  bool expects_continue = false;
  bool continued = false;
  bool too_large = false;
  bool discards = false;  // the body is not wanted
  bool complete = false;
  bool answered = false;
};

class H1Session final : public ServerSession {
 public:
  explicit H1Session(SessionHost& host) : host_(host), idle_since_(host.now()) {
    llhttp_init(&parser_, HTTP_REQUEST, &settings());
    parser_.data = this;
  }

  void receive(std::string_view bytes) override;
  void receive_end() override;
  void resume() override;
  void take_output(std::string& out, std::size_t /*limit_bytes*/) override {
    out += std::exchange(output_, {});
  }
  bool wants_input() const override { return closing_ || (held_.empty() && can_parse()); }
  bool finished() const override { return closing_ && output_.empty(); }
  std::size_t open_requests() const override { return current_ ? 1 : 0; }
  void drain() override;
  void expire() override;
  void respond(std::int32_t id, Response response) override;

 private:
  static const llhttp_settings_t& settings();
  bool can_parse() const {
    return !closing_ && output_.size() < kMaxOutputBytes &&
           !(current_ && current_->complete && !current_->answered);
  }
  std::size_t parse(std::string_view bytes);
  void react();
  void dispatch();
  void refuse(int status, std::string_view what);
  void write_response(const Response& response, bool close);

  int on_begin();
  int on_head_text(std::string& out, std::string_view text);
  int count_head(std::size_t bytes);
  int on_header_done();
  int on_headers_complete();
  int on_body(std::string_view bytes);
  int on_complete();

  SessionHost& host_;
  llhttp_t parser_{};
  std::unique_ptr<Current> current_;
  std::string name_, value_;  // of the header being read
  std::string held_;          // input that waits for the answer
  std::string output_;
  SteadyTime idle_since_;
  int refused_status_ = 400;  // of the answer when the parser gives up
  bool served_any_ = false;
  bool peer_ended_ = false;
  bool draining_ = false;
  bool closing_ = false;  // nothing is parsed any more; finished when the output is gone
  bool parsing_ = false;  // parse() is on the stack
};

H1Session& session_of(llhttp_t* parser) { return *static_cast<H1Session*>(parser->data); }

const llhttp_settings_t& H1Session::settings() {
  static const llhttp_settings_t table = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_message_begin = [](llhttp_t* p) { return session_of(p).on_begin(); };
    s.on_url = [](llhttp_t* p, const char* at, std::size_t n) {
      auto& self = session_of(p);
      return self.on_head_text(self.current_->target, {at, n});
    };
    s.on_header_field = [](llhttp_t* p, const char* at, std::size_t n) {
      return session_of(p).on_head_text(session_of(p).name_, {at, n});
    };
    s.on_header_value = [](llhttp_t* p, const char* at, std::size_t n) {
      return session_of(p).on_head_text(session_of(p).value_, {at, n});
    };
    s.on_header_value_complete = [](llhttp_t* p) { return session_of(p).on_header_done(); };
    s.on_headers_complete = [](llhttp_t* p) { return session_of(p).on_headers_complete(); };
    s.on_body = [](llhttp_t* p, const char* at, std::size_t n) {
      return session_of(p).on_body({at, n});
    };
    s.on_message_complete = [](llhttp_t* p) { return session_of(p).on_complete(); };
    return s;
  }();
  return table;
}

// ---- bytes in

void H1Session::receive(std::string_view bytes) {
  if (closing_) return;
  if (!held_.empty() || !can_parse()) {
    held_ += bytes;
    return;
  }
  bytes.remove_prefix(parse(bytes));
  if (!closing_) held_ = bytes;
}

void H1Session::resume() {
  if (held_.empty() || parsing_ || !can_parse()) return;
  const std::string waiting = std::exchange(held_, {});
  receive(waiting);
}

void H1Session::receive_end() {
  peer_ended_ = true;
  // A whole request that is being handled still gets its answer: half a close is legal.
  if (!current_ || !current_->complete) closing_ = true;
}

std::size_t H1Session::parse(std::string_view bytes) {
  std::size_t done = 0;
  parsing_ = true;
  while (done < bytes.size() && can_parse()) {
    const char* begin = bytes.data() + done;
    const llhttp_errno_t status = llhttp_execute(&parser_, begin, bytes.size() - done);
    if (status == HPE_PAUSED) {
      done += static_cast<std::size_t>(llhttp_get_error_pos(&parser_) - begin);
      llhttp_resume(&parser_);
    } else if (status == HPE_OK) {
      done = bytes.size();
    } else {
      const char* reason = llhttp_get_error_reason(&parser_);
      refuse(refused_status_, reason != nullptr ? reason : "malformed request");
      break;
    }
    react();
  }
  parsing_ = false;
  return done;
}

// ---- what the parser saw; nothing here calls out

int H1Session::on_begin() {
  current_ = std::make_unique<Current>();
  current_->since = host_.now();
  current_->request.peer = host_.peer();
  name_.clear();
  value_.clear();
  return 0;
}

int H1Session::on_head_text(std::string& out, std::string_view text) {
  out += text;
  return count_head(text.size());
}

int H1Session::count_head(std::size_t bytes) {
  current_->head_bytes += bytes;
  if (current_->head_bytes <= host_.limits().max_header_bytes) return 0;
  refused_status_ = 431;
  llhttp_set_error_reason(&parser_, "the header is too large");
  return HPE_USER;
}

int H1Session::on_header_done() {
  // Trailers of a chunked body are counted and dropped.
  if (!current_->match) current_->request.headers.add(to_lower(name_), std::move(value_));
  name_.clear();
  value_.clear();
  return count_head(kHeaderOverheadBytes);
}

int H1Session::on_headers_complete() {
  Current& now = *current_;
  Request& request = now.request;
  parser_.upgrade = 0;  // an upgrade is an offer that a server may ignore
  request.method = llhttp_method_name(static_cast<llhttp_method_t>(parser_.method));
  set_target(request, std::exchange(now.target, {}));
  now.version_1_1 = parser_.http_major > 1 || (parser_.http_major == 1 && parser_.http_minor > 0);
  now.is_head = parser_.method == HTTP_HEAD;
  now.keep_alive = llhttp_should_keep_alive(&parser_) != 0;
  if (now.version_1_1 && !request.headers.get("host")) {
    llhttp_set_error_reason(&parser_, "the Host header is missing");
    return HPE_USER;
  }
  now.since = host_.now();
  now.match = host_.find_route(request.method, request.path);
  now.discards = now.match->ignores_body;
  const bool has_length = (parser_.flags & F_CONTENT_LENGTH) != 0;
  if (!now.discards && has_length && parser_.content_length > now.match->route.max_body_bytes)
    now.discards = now.too_large = true;
  if (now.discards && has_length && parser_.content_length > kMaxDiscardBytes)
    now.keep_alive = false;
  const bool has_body =
      (has_length && parser_.content_length > 0) || (parser_.flags & F_TRANSFER_ENCODING) != 0;
  const auto expect = request.headers.get("expect");
  now.expects_continue =
      has_body && now.version_1_1 && expect && equals_ignoring_case(*expect, "100-continue");
  return 0;
}

int H1Session::on_body(std::string_view bytes) {
  Current& now = *current_;
  now.body_bytes += bytes.size();
  if (now.discards) return 0;
  if (now.body_bytes > now.match->route.max_body_bytes) {
    now.discards = now.too_large = true;
    now.request.body = std::string();
    return 0;
  }
  now.request.body += bytes;
  return 0;
}

int H1Session::on_complete() {
  current_->complete = true;
  return HPE_PAUSED;
}

// ---- what follows from it

void H1Session::react() {
  if (!current_ || !current_->match) return;
  Current& now = *current_;
  if (now.answered) {  // the rest of a body that nobody wants
    if (now.complete) {
      current_.reset();
      idle_since_ = host_.now();
    } else if (now.body_bytes > kMaxDiscardBytes) {
      closing_ = true;
    }
    return;
  }
  if (now.exchange) return;
  if (now.discards || now.complete) return dispatch();
  if (now.expects_continue && !std::exchange(now.continued, true))
    output_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

void H1Session::dispatch() {
  Current& now = *current_;
  now.exchange = std::make_shared<Exchange>(*this, 0);
  if (now.too_large) return respond(0, too_large_response(now.match->route, now.request));
  const auto match = now.match;  // the handler may replace its own route
  match->route.handler(std::move(now.request), Responder(std::weak_ptr(now.exchange)));
}

void H1Session::respond(std::int32_t /*id*/, Response response) {
  if (!current_ || current_->answered || closing_) return;
  Current& now = *current_;
  now.answered = true;
  // Whoever waits for "100 Continue" may or may not send its body now: only a new connection is
  // clear.
  const bool unclear = !now.complete && now.expects_continue && !now.continued;
  const bool close = !now.keep_alive || draining_ || peer_ended_ || unclear;
  write_response(response, close);
  host_.count_request(response.status);
  served_any_ = true;
  if (close) {
    closing_ = true;
    held_.clear();
    current_->exchange.reset();
  } else if (now.complete) {
    current_.reset();
    idle_since_ = host_.now();
  }
  host_.wake();
}

void H1Session::refuse(int status, std::string_view what) {
  host_.count_protocol_error(what);
  if (!current_) current_ = std::make_unique<Current>();
  const bool answered = std::exchange(current_->answered, true);
  closing_ = true;
  if (answered) return;
  host_.count_request(status);
  Response response;
  response.status = status;
  response.headers.add("content-type", "text/plain; charset=utf-8");
  response.body = std::string(what) + "\n";
  write_response(response, true);
}

void H1Session::write_response(const Response& response, bool close) {
  const bool bodiless = response.status == 204 || response.status == 304;
  output_ += "HTTP/1.1 " + std::to_string(response.status) + " ";
  output_ += reason_phrase(response.status);
  output_ += "\r\n";
  for (const auto& header : response.headers) {
    if (is_session_header(header.name)) continue;
    output_ += clean_header(header.name) + ": " + clean_header(header.value) + "\r\n";
  }
  if (!bodiless) output_ += "content-length: " + std::to_string(response.body.size()) + "\r\n";
  if (close) {
    output_ += "connection: close\r\n";
  } else if (!current_->version_1_1) {
    output_ += "connection: keep-alive\r\n";
  }
  output_ += "\r\n";
  if (!bodiless && !current_->is_head) output_ += response.body;
}

void H1Session::drain() {
  draining_ = true;
  if (!current_) closing_ = true;
}

void H1Session::expire() {
  const SteadyTime now = host_.now();
  const ServerLimits& limits = host_.limits();
  if (closing_ || (current_ && current_->complete)) return;
  if (!current_) {
    // A connection that never asked anything has the time of a head, not that of a pause.
    if (now - idle_since_ > (served_any_ ? limits.idle_timeout : limits.header_timeout))
      closing_ = true;
    return;
  }
  const bool late = current_->match ? body_is_too_slow(current_->since, now, current_->body_bytes,
                                                       limits.body_timeout)
                                    : now - current_->since > limits.header_timeout;
  if (late) refuse(408, "the request took too long");
}

}  // namespace

std::unique_ptr<ServerSession> make_h1_session(SessionHost& host) {
  return std::make_unique<H1Session>(host);
}

}  // namespace agent::net
