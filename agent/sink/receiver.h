#pragma once
// The receiving backend: what `dunlin sink` and `dunlin demo` send to, and what the tests compare
// with.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "agent/loop/event_loop.h"
#include "agent/net/http_server.h"
#include "agent/sink/arrivals.h"

namespace agent::sink {

/// How the receiver misbehaves, for tests of the senders.
struct Faults {
  Duration delay = Duration::zero();  ///< before every answer
  int status = 503;                   ///< what a failing request is answered
  std::uint64_t fail_every = 0;       ///< every n-th request fails; 0: none
};

/// Serves on an HttpServer:
///   POST /api/v1/write               remote write 1.0 and 2.0 (snappy)
///   POST /loki/api/v1/push           Loki push, protobuf (snappy) and JSON (plain, gzip)
///   POST /v1/traces                  OTLP/HTTP, protobuf (plain, gzip, zstd)
///   POST ...TraceService/Export      OTLP/gRPC (plain, gzip)
///   GET  /                           a page for people
///   GET  /stats                      counts, one JSON object
///   GET  /records?signal=S&limit=N   the newest records of metrics, logs or traces, one JSON
///   object
///                                    a line, oldest first
///   POST /mode?status=S&next=N       the next N pushes are answered S; &retry_after=SECONDS adds
///                                    the hint, &take=1 takes the data all the same, &delay_ms=M
///                                    sets the delay of every answer from now on
/// A malformed body: 400 (INVALID_ARGUMENT) with the reason, and nothing of it is counted.
class Receiver {
 public:
  struct Config {
    std::size_t max_records = 500;                     ///< kept for each signal
    std::uint64_t max_body_bytes = 64ULL << 20U;       ///< as it comes
    std::uint64_t max_unpacked_bytes = 256ULL << 20U;  ///< after decompression
    Faults faults;
  };
  /// Both outlive the receiver, which takes its routes back when it goes.
  Receiver(loop::EventLoop& loop, net::HttpServer& server, Config config);
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  ~Receiver();

  const Arrivals& arrivals() const { return arrivals_; }

 private:
  // What becomes of one push, before it is said in HTTP's words or gRPC's.
  struct Outcome {
    int status = 200;  // in HTTP's numbers
    std::string message;
    std::optional<Duration> retry_after;
    net::Headers headers;  // of a success
  };
  struct Mode {
    int status = 0;
    std::uint64_t next = 0;
    std::optional<Duration> retry_after;
    bool take = false;
  };
  struct Delayed {
    loop::Timer timer;
    net::Responder responder;
    net::Response response;
  };
  using Take = std::function<Outcome(const net::Request&)>;
  using Render = std::function<net::Response(const Outcome&)>;

  void add_route(const std::string& method, const std::string& path, net::Handler handler,
                 std::function<net::Response(const net::Request&)> too_large = {});
  void add_push(Signal signal, const std::string& path, const Take& take, const Render& render);
  void add_queries();
  net::Response records(const net::Request& request) const;
  net::Response set_mode(const net::Request& request);

  /// The failure that this request is due for; nullopt: none.
  std::optional<Mode> next_fault();
  Outcome taken(Result<Arrival> decoded);
  Outcome take_remote_write(const net::Request& request);
  Outcome take_loki(const net::Request& request);
  Outcome take_otlp_http(const net::Request& request);
  Outcome take_otlp_grpc(const net::Request& request);
  void answer(net::Responder responder, net::Response response);
  void send_delayed(std::uint64_t id);

  loop::EventLoop& loop_;
  net::HttpServer& server_;
  Config config_;
  Arrivals arrivals_;
  Mode mode_;
  std::uint64_t pushes_ = 0;
  std::map<std::uint64_t, Delayed> delayed_;
  std::uint64_t last_delayed_ = 0;
  std::vector<std::pair<std::string, std::string>> routes_;  // method, path
};

}  // namespace agent::sink
