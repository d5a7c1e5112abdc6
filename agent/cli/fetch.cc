#include "agent/cli/fetch.h"

#include <optional>
#include <utility>

namespace agent::cli {

Result<net::ClientResponse> fetch(const std::string& url, Duration timeout) {
  net::ClientRequest request;
  request.url = url;
  request.timeout = timeout;
  return fetch(std::move(request));
}

Result<net::ClientResponse> fetch(net::ClientRequest request) {
  loop::EventLoop loop;
  net::HttpClient client(loop, {});
  std::optional<Result<net::ClientResponse>> answer;
  const auto call = client.start(std::move(request), [&](Result<net::ClientResponse> got) {
    answer.emplace(std::move(got));
    loop.stop();
  });
  loop.run();
  return std::move(*answer);
}

}  // namespace agent::cli
