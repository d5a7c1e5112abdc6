#include <limits>
#include <string>
#include <utility>

#include "agent/net/http_client.h"
#include "agent/scrape/fetcher.h"

namespace agent::scrape {
namespace {

class HttpFetch final : public Fetch {
 public:
  HttpFetch(net::HttpClient& client, FetchRequest request, FetchListener& listener)
      : listener_(listener) {
    net::ClientRequest out;
    out.url = std::move(request.url);
    out.unix_socket = std::move(request.unix_socket);
    out.headers = std::move(request.headers);
    out.timeout = request.timeout;
    out.connect_timeout = request.timeout;
    // The page's own limit counts uncompressed bytes; what comes in is never held.
    out.max_response_bytes = std::numeric_limits<std::uint64_t>::max();
    out.on_headers = [this](const net::Headers& headers) {
      listener_.on_head({std::string(headers.get("content-type").value_or("")),
                         std::string(headers.get("content-encoding").value_or(""))});
    };
    out.on_body = [this](std::string_view bytes) { return listener_.on_body(bytes); };
    call_ = client.start(std::move(out), [this](Result<net::ClientResponse> response) {
      if (!response) return listener_.on_done(response.error());
      listener_.on_done(response->status);
    });
  }

 private:
  FetchListener& listener_;
  net::HttpClient::Call call_;
};

class HttpFetcher final : public Fetcher {
 public:
  HttpFetcher(loop::EventLoop& loop, const model::HttpClientConfig& config)
      : client_(loop, config) {}

  std::unique_ptr<Fetch> start(FetchRequest request, FetchListener& listener) override {
    return std::make_unique<HttpFetch>(client_, std::move(request), listener);
  }

 private:
  net::HttpClient client_;
};

}  // namespace

std::unique_ptr<Fetcher> make_http_fetcher(loop::EventLoop& loop,
                                           const model::HttpClientConfig& config) {
  return std::make_unique<HttpFetcher>(loop, config);
}

}  // namespace agent::scrape
