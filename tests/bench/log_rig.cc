#include "tests/bench/log_rig.h"

#include <atomic>
#include <fstream>

#include "agent/base/check.h"
#include "agent/base/random.h"
#include "agent/config/node.h"
#include "agent/pipeline/logs_pipeline.h"

namespace agent::bench {
namespace {

constexpr const char* kPath = "/loki/api/v1/push";

std::shared_ptr<const pipeline::AgentConfig> read_config(const std::string& yaml) {
  const auto node = config::parse(yaml);
  AGENT_CHECK(node);
  config::Report report;
  auto out = std::make_shared<pipeline::AgentConfig>();
  out->logs = logs::read_logs_config(*node, {}, "/", report);
  out->loki = exporter::read_loki_clients(out->logs.clients, out->logs.client_paths, report);
  for (const auto& problem : report.problems())
    std::fprintf(stderr, "%s\n", config::to_string(problem).c_str());
  AGENT_CHECK(!report.has_errors());
  return out;
}

}  // namespace

LogRig::LogRig(const std::string& content, const std::string& stages)
    : stages_(stages), received_(std::make_unique<std::atomic<std::uint64_t>>(0)) {
  const std::string input = (folder_.path() / "input.log").string();
  std::ofstream(input, std::ios::binary) << content;
  thread_.run_and_wait([this] {
    server_ = std::make_unique<testing::TestHttpServer>(thread_.loop());
    server_->serve(
        "POST", kPath,
        [received = received_.get()](const net::Request& request) {
          received->fetch_add(request.body.size());
          net::Response out;
          out.status = 204;
          return out;
        },
        8U << 20U);
    url_ = server_->url(kPath);
  });
  config_ = read_config("clients: [{url: '" + url_ + "', batchwait: 100ms}]\n" +
                        "scrape_configs:\n- job_name: bench\n  static_configs:\n" +
                        "  - labels: {job: bench, __path__: '" + input +
                        "'}\n  pipeline_stages: " + stages_ + "\n");
}

LogRig::~LogRig() {
  thread_.run_and_wait([this] { server_.reset(); });
}

LogRig::Run LogRig::run(std::uint64_t lines) {
  loop::EventLoop loop;
  const SystemClock clock;
  Random random(1);
  Logger log(LogLevel::Error, LogFormat::Logfmt);
  pipeline::LogsPipeline pipeline({loop, clock, random, log, selfmon::Scope()});
  AGENT_CHECK(pipeline.apply(config_));
  Run out;
  while (out.delivered + out.dropped + out.merged < lines) {
    loop.run_for(std::chrono::milliseconds(50));  // the look at the ledger costs something too
    const model::LedgerEntry entry = pipeline.status().ledger.at(0);
    out = {entry.total_in(), entry.delivered, entry.total_dropped(), entry.merged};
  }
  pipeline.stop_sources();
  return out;
}

}  // namespace agent::bench
