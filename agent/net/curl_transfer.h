#pragma once
#include <memory>
#include <string>

#include "agent/model/http_client_config.h"
#include "agent/net/http_client.h"
#include "agent/net/secret_source.h"
#include "agent/net/url.h"

namespace agent::net {

/// One request and its answer on one libcurl easy handle: no redirects, no loop. Inside net/ only.
class CurlTransfer {
 public:
  struct Credentials {
    bool send = true;           ///< false: none of any kind, as the host is another's
    std::string authorization;  ///< with Auth::OAuth2: the header's value
  };

  /// `config` and `request` outlive the transfer; `timeout` 0: none. Errors: Config (a header that
  /// cannot be sent), Io (a secret file).
  static Result<std::unique_ptr<CurlTransfer>> make(const model::HttpClientConfig& config,
                                                    SecretSource& secrets,
                                                    const ClientRequest& request, Url url,
                                                    Duration timeout,
                                                    const Credentials& credentials);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;
  ~CurlTransfer();

  /// The CURL*, to be handed to a multi handle.
  void* handle() const;
  const Url& url() const;
  /// From inside on_body: libcurl gives up as soon as it gets control back.
  void abort();
  /// While paused, libcurl keeps the next piece of body and reads no more. After false,
  /// curl_easy_pause() has to follow.
  void set_paused(bool paused);
  /// The answer, or what stood in its place; `code` is libcurl's result. Once.
  Result<ClientResponse> take_answer(int code);

 private:
  struct State;
  explicit CurlTransfer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace agent::net
