#pragma once
// The HTTP client of scrapes, discovery and senders. libcurl's multi interface on our loop; libcurl
// stays inside.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/loop/event_loop.h"
#include "agent/model/http_client_config.h"
#include "agent/net/http_types.h"

namespace agent::net {

struct ClientRequest {
  std::string method = "GET";
  std::string url;  ///< http:// or https:// only
  /// Connect there instead of to the URL's host; empty: TCP.
  std::string unix_socket;
  Headers headers;
  std::shared_ptr<const std::string>
      body;  ///< null: none. Shared, so that a retry or a second destination copies nothing
  /// The whole request; 0: no end, for an answer that follows what comes.
  Duration timeout = std::chrono::seconds(10);
  Duration connect_timeout = std::chrono::seconds(5);
  std::uint64_t max_response_bytes =
      4ULL << 20U;  ///< more ends the request (Input, "body is larger than ...")
  /// Gets the headers of an answer with status 200, once, before its first piece of body and before
  /// `done`. Null: they come with `done`.
  std::function<void(const Headers&)> on_headers;
  /// Gets the body piece by piece instead of ClientResponse::body; false ends the request (Input).
  /// Called between start() and `done`, only for status 200. Null: collected. libcurl has not
  /// undone the content-encoding.
  std::function<bool(std::string_view)> on_body;
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

/// One client for each set of HTTP keys (TLS, auth, proxy): connections are kept open and reused
/// among its requests. Secrets in files are read again when they change. Loop thread.
class HttpClient {
 public:
  /// A running request; destroying it cancels.
  class Call {
   public:
    struct State;
    Call() = default;
    explicit Call(std::shared_ptr<State> state) : state_(std::move(state)) {}
    Call(Call&&) noexcept = default;
    Call& operator=(Call&& other) noexcept;
    ~Call() { cancel(); }
    void cancel();
    /// on_body is not called, and soon nothing read any more, until resume(). Both may be called
    /// from inside on_body.
    void pause();
    /// on_body goes on in a later turn.
    void resume();

   private:
    std::shared_ptr<State> state_;
  };
  /// Any answer that was read to its end is a value, whatever its status. Errors: Network, Timeout,
  /// Input, Io (a secret file), Config.
  using Done = std::function<void(Result<ClientResponse>)>;

  HttpClient(loop::EventLoop& loop, model::HttpClientConfig config);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  /// Cancels what is running.
  ~HttpClient();

  [[nodiscard]] Call start(ClientRequest request, Done done);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace agent::net
