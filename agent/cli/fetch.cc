#include "agent/cli/fetch.h"

#include <optional>

namespace agent::cli {

Result<net::ClientResponse> fetch(const std::string& url, Duration timeout) {
  loop::EventLoop loop;
  net::HttpClient client(loop, {});
  std::optional<Result<net::ClientResponse>> answer;
  net::ClientRequest request;
  request.url = url;
  request.timeout = timeout;
  const auto call = client.start(std::move(request), [&](Result<net::ClientResponse> got) {
    answer.emplace(std::move(got));
    loop.stop();
  });
  loop.run();
  return std::move(*answer);
}

}  // namespace agent::cli
