#pragma once
// How a scrape loop gets a page. Narrow, so that tests can be a target.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/loop/event_loop.h"
#include "agent/model/http_client_config.h"
#include "agent/net/http_types.h"

namespace agent::scrape {

struct FetchRequest {
  std::string url;
  std::string unix_socket;  ///< connect there instead; empty: to the URL's host
  net::Headers headers;
  Duration timeout{};  ///< of the whole request, its body included
};

/// What is known of an answer before its body.
struct FetchHead {
  std::string content_type;
  std::string content_encoding;
};

/// A running fetch; destroying it cancels: no more calls.
class Fetch {
 public:
  Fetch() = default;
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;
  virtual ~Fetch() = default;
};

/// Gets what a fetch brings: on_head and on_body for status 200 only, then on_done exactly once.
class FetchListener {
 public:
  FetchListener() = default;
  FetchListener(const FetchListener&) = delete;
  FetchListener& operator=(const FetchListener&) = delete;
  virtual ~FetchListener() = default;
  virtual void on_head(const FetchHead& head) = 0;
  /// The next piece of the body as it came over the wire; good until it returns. False ends the
  /// fetch (on_done follows).
  virtual bool on_body(std::string_view bytes) = 0;
  /// The status of an answer that was read to its end, or why there is none. May destroy the fetch.
  virtual void on_done(const Result<int>& status) = 0;
};

/// Fetches pages for the targets of one job.
class Fetcher {
 public:
  Fetcher() = default;
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;
  virtual ~Fetcher() = default;
  /// Calls `listener` on the loop thread, never before this has returned.
  [[nodiscard]] virtual std::unique_ptr<Fetch> start(FetchRequest request,
                                                     FetchListener& listener) = 0;
};

/// The real one, on net::HttpClient: connections are kept open between the job's scrapes.
std::unique_ptr<Fetcher> make_http_fetcher(loop::EventLoop& loop,
                                           const model::HttpClientConfig& config);

}  // namespace agent::scrape
