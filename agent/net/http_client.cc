#include "agent/net/http_client.h"

#include <mutex>
#include <utility>

#include "agent/base/check.h"
#include "agent/net/http_client_impl.h"

namespace agent::net {

// DESIGN. libcurl tells us through two callbacks which sockets and which time it waits for; we tell
// it through run() that one of them is due. libcurl refuses calls into its multi handle from its
// callbacks, and a caller's on_body runs inside one: so while run() is in libcurl, start() and
// cancel() only note what is to be done, and settle() does it afterwards. Completions are collected
// first and handed out last, when any of them may start, cancel or destroy what it likes.
//
// Redirects are followed here and not by libcurl, which would pass secrets in other headers than
// Authorization on to another host.
//
// With oauth2, a request that finds no valid token waits in waiting_ until there is one or its own
// time is up. A token that is refused with 401 is replaced and the request sent once more.

namespace {

// Without a bound of its own libcurl keeps four connections for each running request, and a client
// of many targets would connect anew for each scrape.
constexpr long kMaxIdleConnections = 4096;

}  // namespace

void HttpClient::Impl::make_multi() {
  static std::once_flag once;
  std::call_once(once, [] { AGENT_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
  multi_ = curl_multi_init();
  AGENT_CHECK(multi_ != nullptr);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kMaxIdleConnections);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(
      multi_, CURLMOPT_SOCKETFUNCTION,
      +[](CURL* /*easy*/, curl_socket_t socket, int wanted, void* self, void* /*ours*/) {
        static_cast<Impl*>(self)->on_socket(socket, wanted);
        return 0;
      });
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(
      multi_, CURLMOPT_TIMERFUNCTION, +[](CURLM* /*multi*/, long timeout_ms, void* self) {
        static_cast<Impl*>(self)->on_timeout_changed(timeout_ms);
        return 0;
      });
}

void HttpClient::Impl::add(const StatePtr& state) {
  AGENT_CHECK(curl_multi_add_handle(multi_, state->transfer->handle()) == CURLM_OK);
}

void HttpClient::Impl::remove(const StatePtr& state) {
  curl_multi_remove_handle(multi_, state->transfer->handle());
  running_.erase(state->transfer->handle());
  state->transfer.reset();
}

void HttpClient::Impl::cancel(const StatePtr& state) {
  state->done = nullptr;
  state->token_timeout.stop();
  if (!state->transfer) return;
  if (in_curl_) {
    state->transfer->abort();
    to_remove_.push_back(state);
  } else {
    remove(state);
  }
}

// libcurl hands out what it kept from inside curl_easy_pause(): so never below the caller's feet.
void HttpClient::Impl::resume(const StatePtr& state) {
  state->paused = false;
  if (!state->transfer) return;
  to_resume_.push_back(state);
  resume_timer_ = loop_.after(Duration::zero(), [this] { resume_now(); });
}

void HttpClient::Impl::resume_now() {
  run([this] {
    for (const StatePtr& state : std::exchange(to_resume_, {})) {
      if (!state->transfer || !state->done || state->paused) continue;
      state->transfer->set_paused(false);
      curl_easy_pause(state->transfer->handle(), CURLPAUSE_CONT);
    }
  });
}

void HttpClient::Impl::close() {
  closed_ = true;
  for (const auto& [easy, state] : running_) {
    state->done = nullptr;
    state->transfer->abort();
  }
  for (const auto& [state, error] : failed_)
    state->done = nullptr;
  for (const auto& waiting : std::exchange(waiting_, {})) {
    waiting.state->done = nullptr;
    waiting.state->token_timeout.stop();
  }
  tokens_.reset();
  for (const auto& finished : finished_)
    finished.state->done = nullptr;
  if (!in_curl_) shut();
}

void HttpClient::Impl::shut() {
  for (const auto& [easy, state] : running_) {
    curl_multi_remove_handle(multi_, easy);
    state->transfer.reset();
  }
  running_.clear();
  to_add_.clear();
  to_remove_.clear();
  to_resume_.clear();
  if (multi_ != nullptr) curl_multi_cleanup(std::exchange(multi_, nullptr));
  polls_.clear();
  timer_.stop();
  failed_timer_.stop();
  resume_timer_.stop();
}

template <typename Action>
void HttpClient::Impl::run(Action action) {
  const auto self = shared_from_this();
  in_curl_ = true;
  action();
  in_curl_ = false;
  settle();
}

void HttpClient::Impl::settle() {
  if (closed_) return shut();
  for (const StatePtr& state : std::exchange(to_remove_, {}))
    if (state->transfer) remove(state);
  for (const StatePtr& state : std::exchange(to_add_, {}))
    if (state->transfer) add(state);
  collect_finished();
  while (!finished_.empty()) {
    Finished finished = std::move(finished_.front());
    finished_.pop_front();
    finish(std::move(finished));
    if (closed_) return;
  }
}

void HttpClient::Impl::collect_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // `message` dies with the handle's removal
    const auto at = running_.find(message->easy_handle);
    AGENT_CHECK(at != running_.end());
    const StatePtr state = at->second;
    curl_multi_remove_handle(multi_, at->first);
    running_.erase(at);
    finished_.push_back({state, state->transfer->take_answer(code)});
  }
}

void HttpClient::Impl::on_socket(curl_socket_t socket, int wanted) {
  if (wanted == CURL_POLL_REMOVE) {
    polls_.erase(socket);
    return;
  }
  auto& poll = polls_[socket];
  if (!poll) {
    poll = std::make_unique<loop::Poll>(loop_, socket, [this, socket](loop::Poll::Ready ready) {
      const int events =
          (ready.readable ? CURL_CSELECT_IN : 0) | (ready.writable ? CURL_CSELECT_OUT : 0);
      run([&] {
        int running = 0;
        curl_multi_socket_action(multi_, socket, events, &running);
      });
    });
  }
  poll->watch({(wanted & CURL_POLL_IN) != 0, (wanted & CURL_POLL_OUT) != 0});
}

void HttpClient::Impl::on_timeout_changed(long timeout_ms) {
  timer_.stop();
  if (timeout_ms < 0) return;
  timer_ = loop_.after(std::chrono::milliseconds(timeout_ms), [this] {
    run([this] {
      int running = 0;
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    });
  });
}

HttpClient::Call& HttpClient::Call::operator=(Call&& other) noexcept {
  if (this != &other) {
    cancel();
    state_ = std::move(other.state_);
  }
  return *this;
}

void HttpClient::Call::cancel() {
  const auto state = std::exchange(state_, nullptr);
  if (!state) return;
  if (const auto owner = state->owner.lock()) owner->cancel(state);
}

void HttpClient::Call::pause() {
  if (!state_) return;
  state_->paused = true;
  if (state_->transfer) state_->transfer->set_paused(true);
}

void HttpClient::Call::resume() {
  if (!state_) return;
  if (const auto owner = state_->owner.lock()) owner->resume(state_);
}

HttpClient::HttpClient(loop::EventLoop& loop, model::HttpClientConfig config)
    : impl_(std::make_shared<Impl>(loop, std::move(config))) {}

HttpClient::~HttpClient() { impl_->close(); }

HttpClient::Call HttpClient::start(ClientRequest request, Done done) {
  auto state = std::make_shared<Call::State>();
  state->owner = impl_;
  state->request = std::move(request);
  state->done = std::move(done);
  impl_->start(state);
  return Call(std::move(state));
}

}  // namespace agent::net
