#include "agent/sink/shop.h"

#include <map>
#include <optional>

#include "agent/net/http_client.h"
#include "agent/net/http_server.h"
#include "agent/selfmon/metrics.h"
#include "agent/sink/shop_log.h"
#include "agent/sink/shop_trace.h"

namespace agent::sink {
namespace {

using dunlin::sink::otlp::ExportTraceServiceRequest;
using std::chrono::milliseconds;

constexpr const char* kNames[] = {"catalog", "checkout", "auth", "orders"};
constexpr auto kSendInterval = milliseconds(500);
constexpr std::size_t kMaxWaitingSpans = 20'000;
constexpr auto kMinute = std::chrono::minutes(1);
constexpr auto kBadSpell = std::chrono::seconds(15);

// One service: its numbers, their page, its log.
struct Counter {
  std::string name;
  selfmon::Scope scope{""};
  std::unique_ptr<net::HttpServer> page;
  std::optional<ShopLog> log;

  void served(std::string_view code, Duration time) {
    scope.counter("http_requests_total", "code", code).add();
    scope.histogram("http_request_duration_seconds", selfmon::default_buckets())
        .observe(std::chrono::duration<double>(time).count());
  }
};

std::string log_line(std::string_view level, int status, std::string_view message,
                     const std::string& trace_id, std::uint64_t number) {
  return R"({"level":")" + std::string(level) + R"(","status":)" + std::to_string(status) +
         R"(,"msg":")" + std::string(message) + R"(","trace_id":")" + trace_id + R"(","visit":)" +
         std::to_string(number) + "}";
}

}  // namespace

class Shop::Impl {
 public:
  Impl(loop::EventLoop& loop, const Clock& clock, Random& random, Config config)
      : loop_(loop),
        clock_(clock),
        random_(random),
        config_(std::move(config)),
        client_(loop, {}) {}

  Status open(Logger& log) {
    for (const char* name : kNames) {
      Counter& counter = counters_[name];
      counter.name = name;
      auto page = net::HttpServer::listen(loop_, {"127.0.0.1", 0}, {}, log, selfmon::Scope());
      if (!page) return page.error().within(name);
      counter.page = *std::move(page);
      net::Route metrics;
      metrics.method = "GET";
      metrics.path = "/metrics";
      metrics.handler = [&counter](const net::Request&, net::Responder responder) {
        responder.send({200,
                        {{"content-type", "text/plain; version=0.0.4; charset=utf-8"}},
                        counter.scope.exposition(),
                        {}});
      };
      counter.page->add_route(std::move(metrics));
      const auto form = counter.name == "checkout" ? ShopLogForm::Plain : ShopLogForm::Cri;
      auto file = ShopLog::open(config_.log_folder + "/" + name + "/" + name + ".log", form);
      if (!file) return file.error();
      counter.log = *std::move(file);
      services_.push_back({name, counter.page->local().port});
    }
    // Counters that are shown before they first move: a rate over them starts at zero.
    for (const char* metric : {"payment_attempts_total", "payment_errors_total"})
      counters_["checkout"].scope.counter(metric);
    for (const char* result : {"success", "failure"})
      counters_["auth"].scope.counter("login_attempts_total", "result", result);
    return {};
  }

  void start() {
    opened_ = clock_.steady_now();
    visits_timer_ = loop_.every(config_.tick, [this] { tick(); });
    send_timer_ = loop_.every(kSendInterval, [this] { send(); });
  }
  void stop() { visits_timer_.stop(); }

  const std::vector<Service>& services() const { return services_; }
  const Made& made() const { return made_; }

 private:
  void tick() {
    for (int i = 0; i < config_.visits_per_tick; ++i)
      visit();
    made_.log_lines = 0;
    for (const auto& [name, counter] : counters_)
      made_.log_lines += counter.log->lines();
  }

  // A length around `typical`, now and then much longer.
  Duration took(Duration typical) {
    const double factor = 0.5 + random_.fraction() + (random_.fraction() < 0.02 ? 8 : 0);
    return Duration(static_cast<std::int64_t>(static_cast<double>(typical.count()) * factor));
  }
  bool payment_fails() {
    const Duration open_for = clock_.steady_now() - opened_;
    const bool bad_spell = open_for % kMinute >= kMinute - kBadSpell;
    return random_.fraction() < (bad_spell ? 0.15 : 0.02);
  }

  // Somebody looks around, logs in and perhaps buys.
  void visit() {
    const std::uint64_t number = ++visits_;
    const Timestamp now = clock_.wall_now();
    ShopTrace trace(waiting_, random_);
    if (log_in(trace, number, now)) buy(trace, number, now);
    waiting_spans_ += static_cast<std::size_t>(trace.spans());
  }

  bool log_in(ShopTrace& trace, std::uint64_t number, Timestamp now) {
    const bool welcome = random_.fraction() < 0.95;
    const Duration length = took(milliseconds(15));
    Counter& auth = counters_["auth"];
    auth.scope.counter("login_attempts_total", "result", welcome ? "success" : "failure").add();
    auth.served(welcome ? "200" : "401", length);
    auth.log->write(now, welcome ? log_line("info", 200, "login", trace.trace_id(), number)
                                 : log_line("warn", 401, "failed login", trace.trace_id(), number));
    if (!welcome)
      trace.add({"auth", "POST /login", ShopTrace::Kind::Server, now, length, false}, {});
    return welcome;
  }

  void buy(ShopTrace& trace, std::uint64_t number, Timestamp now) {
    const bool failed = payment_fails();
    const Duration lookup = took(milliseconds(8));
    const Duration charge = took(milliseconds(60));
    const Duration whole = lookup + charge + took(milliseconds(20));
    using Kind = ShopTrace::Kind;
    const std::string root =
        trace.add({"checkout", "POST /checkout", Kind::Server, now, whole, failed}, {});
    const std::string call =
        trace.add({"checkout", "GET catalog", Kind::Client, now, lookup, false}, root);
    trace.add({"catalog", "GET /items", Kind::Server, now, lookup, false}, call);
    trace.add({"checkout", "charge card", Kind::Client, now + lookup, charge, failed}, root);

    counters_["catalog"].served("200", lookup);
    counters_["catalog"].log->write(
        now, log_line("info", 200, "items listed", trace.trace_id(), number));
    Counter& checkout = counters_["checkout"];
    checkout.served(failed ? "500" : "200", whole);
    checkout.scope.counter("payment_attempts_total").add();
    checkout.scope.histogram("payment_duration_seconds", selfmon::default_buckets())
        .observe(std::chrono::duration<double>(charge).count());
    if (failed) checkout.scope.counter("payment_errors_total").add();
    checkout.log->write(now,
                        failed ? log_line("error", 500, "failed payment", trace.trace_id(), number)
                               : log_line("info", 200, "order paid", trace.trace_id(), number));
    if (!failed) fulfil(trace, root, number, now + whole);
  }

  void fulfil(ShopTrace& trace, const std::string& root, std::uint64_t number, Timestamp time) {
    const Duration length = took(milliseconds(30));
    trace.add({"orders", "POST /orders", ShopTrace::Kind::Server, time, length, false}, root);
    Counter& orders = counters_["orders"];
    orders.served("201", length);
    orders.scope.counter("orders_total").add();
    orders.scope.gauge("orders_open").set(static_cast<double>(number % 17));
    orders.log->write(clock_.wall_now(),
                      log_line("info", 201, "order accepted", trace.trace_id(), number));
  }

  // One request at a time; what could not be delivered goes again.
  void send() {
    if (sending_ > 0) return;
    if (!body_) {
      if (waiting_spans_ == 0) return;
      body_ = std::make_shared<const std::string>(waiting_.SerializeAsString());
      body_spans_ = std::exchange(waiting_spans_, 0);
      waiting_.Clear();
    }
    net::ClientRequest request;
    request.method = "POST";
    request.url = config_.traces_url;
    request.headers = {{"content-type", "application/x-protobuf"}};
    request.body = body_;
    sending_ = body_spans_;
    call_ = client_.start(std::move(request),
                          [this](const Result<net::ClientResponse>& reply) { on_reply(reply); });
  }

  void on_reply(const Result<net::ClientResponse>& reply) {
    sending_ = 0;
    const bool taken = reply && reply->status == 200;
    // Only a receiver that is busy or not there yet is asked again.
    const bool again = !reply || reply->status == 429 || reply->status == 503;
    if (taken) made_.spans += body_spans_;
    if (!taken && (!again || waiting_spans_ > kMaxWaitingSpans)) made_.lost_spans += body_spans_;
    if (taken || !again || waiting_spans_ > kMaxWaitingSpans) body_ = nullptr;
  }

  loop::EventLoop& loop_;
  const Clock& clock_;
  Random& random_;
  Config config_;
  net::HttpClient client_;
  std::map<std::string, Counter, std::less<>> counters_;
  std::vector<Service> services_;
  Made made_;
  SteadyTime opened_{};
  std::uint64_t visits_ = 0;
  ExportTraceServiceRequest waiting_;  // spans that were not asked to be taken yet
  std::size_t waiting_spans_ = 0;
  std::shared_ptr<const std::string> body_;  // the request that is under way, or goes again
  std::size_t body_spans_ = 0;
  std::size_t sending_ = 0;
  net::HttpClient::Call call_;
  loop::Timer visits_timer_;
  loop::Timer send_timer_;
};

Shop::Shop(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Shop::~Shop() = default;

Result<std::unique_ptr<Shop>> Shop::open(loop::EventLoop& loop, const Clock& clock, Random& random,
                                         Logger& log, Config config) {
  auto impl = std::make_unique<Impl>(loop, clock, random, std::move(config));
  if (const Status opened = impl->open(log); !opened) return opened.error();
  return std::unique_ptr<Shop>(new Shop(std::move(impl)));
}

const std::vector<Shop::Service>& Shop::services() const { return impl_->services(); }
void Shop::start() { impl_->start(); }
void Shop::stop() { impl_->stop(); }
const Shop::Made& Shop::made() const { return impl_->made(); }

}  // namespace agent::sink
