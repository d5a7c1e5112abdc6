#pragma once
#include <chrono>
#include <memory>
#include <utility>

#include "agent/admin/status_source.h"

namespace agent::testing {

/// A StatusSource that says what it was given.
class FakeStatusSource final : public admin::StatusSource {
 public:
  admin::Snapshot snapshot;
  Status reload_result;
  int reloads = 0;

  void collect(std::function<void(admin::Snapshot)> done) override { done(snapshot); }
  void reload(std::function<void(Status)> done) override {
    ++reloads;
    done(reload_result);
  }
};

/// A busy node at `now`: three pipelines, a dead target, a dead output, a log label that tries to
/// be markup.
inline admin::Snapshot busy_node(Timestamp now) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  model::PipelineStatus metrics;
  metrics.signal = "metrics";
  const auto target = [&](const char* job, const char* url, model::LabelSet labels,
                          const char* error, std::uint64_t samples) {
    model::TargetStatus status;
    status.job = job;
    status.url = url;
    status.discovered_labels = labels;
    status.discovered_labels.set("__address__", "10.0.0.7:8080");
    status.labels = std::move(labels);
    status.health = *error == '\0' ? model::Health::Up : model::Health::Down;
    status.last_error = error;
    status.last_scrape = now - seconds(4);
    status.last_duration = milliseconds(12);
    status.interval = seconds(15);
    status.timeout = seconds(10);
    status.last_samples = samples;
    metrics.targets.push_back(std::move(status));
  };
  target("serviceMonitor/shop/catalog/0", "http://10.0.0.7:8080/metrics",
         {{"instance", "10.0.0.7:8080"}, {"namespace", "shop"}, {"service", "catalog"}}, "", 812);
  target("serviceMonitor/shop/checkout/0", "http://10.0.0.8:8080/metrics",
         {{"instance", "10.0.0.8:8080"}, {"namespace", "shop"}, {"service", "checkout"}},
         "connection refused", 0);
  target("node", "http://127.0.0.1:9100/metrics", {{"instance", "127.0.0.1:9100"}}, "", 1429);
  metrics.destinations.push_back({"remote_write[0]", "http://prometheus:9090/api/v1/write", 1200,
                                  48'000, 1'204'331, 0, 2, "", now - seconds(3)});
  metrics.ledger.push_back({"metrics",
                            "remote_write[0]",
                            {{"scrape", 1'205'543}},
                            0,
                            0,
                            1'204'331,
                            {{"relabel_drop", 12}},
                            1200});

  model::PipelineStatus logs;
  logs.signal = "logs";
  logs.files.push_back({"/var/log/pods/shop_catalog-7d9f_0/catalog/0.log",
                        {{"namespace", "shop"}, {"pod", "catalog-7d9f"}, {"app", "<script>x"}},
                        4'194'304,
                        4'100'000,
                        3'900'000,
                        ""});
  logs.files.push_back({"/var/log/pods/shop_checkout-5c4b_0/checkout/0.log",
                        {{"namespace", "shop"}, {"pod", "checkout-5c4b"}},
                        920'113,
                        920'113,
                        920'113,
                        ""});
  logs.files.push_back({"/var/log/private.log", {}, 10, 0, 0, "open: Permission denied"});
  const model::LabelSet catalog = logs.files[0].labels;
  logs.log_targets.push_back(
      {"pods", "File", catalog, {{"__path__", "/var/log/pods/*"}}, true, ""});
  logs.log_targets.push_back({"pods", "File", {}, {{"__host__", "x"}}, false, "no_path"});
  logs.destinations.push_back({"clients[0]", "http://loki:3100/loki/api/v1/push", 48'211, 9'731'211,
                               2'904'112, 118, 41, "503 Service Unavailable: ingester is starting",
                               now - std::chrono::minutes(4)});
  logs.ledger.push_back({"logs",
                         "clients[0]",
                         {{"file", 2'953'000}},
                         0,
                         541,
                         2'904'112,
                         {{"stage_drop", 100}, {"too_old", 18}, {"limit_rate", 18}},
                         48'211});
  logs.not_ready.emplace_back("clients[0] has not answered for 4 min");

  model::PipelineStatus traces;
  traces.signal = "traces";
  traces.receivers.push_back({"otlp grpc 127.0.0.1:4317", 8'211, 401'220, 0});
  traces.receivers.push_back({"otlp http 127.0.0.1:4318", 112, 2'204, 3});
  traces.destinations.push_back({"otlp", "http://tempo:4317", 0, 0, 201'712, 0, 0, "", now});
  traces.ledger.push_back(
      {"traces", "otlp", {{"otlp", 403'424}}, 0, 0, 201'712, {{"sampled_out", 201'712}}, 0});

  admin::Snapshot snapshot;
  for (auto* status : {&metrics, &logs, &traces})
    snapshot.pipelines.push_back(std::make_shared<const model::PipelineStatus>(std::move(*status)));
  return snapshot;
}

}  // namespace agent::testing
