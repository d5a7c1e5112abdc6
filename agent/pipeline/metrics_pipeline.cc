#include "agent/pipeline/metrics_pipeline.h"

#include <utility>

#include <unistd.h>

#include "agent/export/remote_write_transport.h"
#include "agent/pipeline/agent_config.h"
#include "agent/scrape/fetcher.h"

namespace agent::pipeline {
namespace {

using model::Push;

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

}  // namespace

MetricsPipeline::MetricsPipeline(Environment environment)
    : env_(std::move(environment)),
      ledger_("metrics", env_.scope),
      outputs_(env_.loop, ledger_),
      fan_out_(*this) {
  scrape::Manager::Needs needs{
      env_.loop,
      env_.clock,
      env_.log,
      fan_out_,
      scrape::make_counters(env_.scope, ledger_.in("scrape"), ledger_.dropped()),
      [this](const model::HttpClientConfig& http) {
        return scrape::make_http_fetcher(env_.loop, http);
      },
      host_name()};
  manager_ = std::make_unique<scrape::Manager>(std::move(needs));
  discoverer_ = std::make_unique<discovery::Discoverer>(
      env_.loop, env_.log, env_.scope,
      [this](const std::string& job, std::vector<model::TargetGroup> groups) {
        manager_->set_targets(job, std::move(groups));
      });
}

MetricsPipeline::~MetricsPipeline() = default;

Push MetricsPipeline::FanOut::push(model::SampleBatch&& batch) {
  auto& outputs = pipeline_.outputs_.live();
  if (outputs.size() == 1) return outputs.front().batcher->push(std::move(batch));
  std::vector<const exporter::Destination*> full;
  for (auto& output : outputs) {
    model::SampleBatch copy = batch;
    if (output.batcher->push(std::move(copy)) == Push::Full)
      full.push_back(output.destination.get());
  }
  if (!outputs.empty() && full.size() == outputs.size()) return Push::Full;
  for (const auto* destination : full)
    pipeline_.ledger_.destination(destination->name())
        .dropped()
        .add("queue_full", batch.samples.size());
  return Push::Taken;
}

Status MetricsPipeline::apply(std::shared_ptr<const AgentConfig> config) {
  apply_outputs(*config);
  if (Status applied = manager_->apply(config->metrics.jobs, config->metrics.external_labels);
      !applied)
    return applied;
  discoverer_->apply(config->metrics);
  return {};
}

void MetricsPipeline::apply_outputs(const AgentConfig& config) {
  std::vector<std::string> keys;
  for (const auto& endpoint : config.remote_write)
    keys.push_back(endpoint.key + "\n" + to_string(config.metrics.external_labels) + "\n" +
                   std::to_string(config.outbox_bytes(endpoint.outbox.max_bytes)));
  outputs_.apply(keys, 0, [&](std::size_t i) { return make_output(config, i, keys[i]); });
}

MetricsPipeline::Output MetricsPipeline::make_output(const AgentConfig& config, std::size_t index,
                                                     std::string key) {
  const exporter::RemoteWriteConfig& endpoint = config.remote_write[index];
  exporter::Destination::Config destination;
  destination.name = endpoint.name;
  destination.url = endpoint.shown_url;
  destination.max_bytes = config.outbox_bytes(endpoint.outbox.max_bytes);
  destination.when_full = endpoint.outbox.when_full;
  destination.backoff = endpoint.backoff;
  selfmon::Account& account = ledger_.destination(endpoint.name);
  Output out;
  out.key = std::move(key);
  out.destination = std::make_unique<exporter::Destination>(
      std::move(destination),
      std::make_unique<exporter::RemoteWriteTransport>(env_.loop, endpoint, env_.clock), account,
      exporter::Destination::Environment{env_.loop, env_.clock, env_.random, env_.log, env_.scope,
                                         receipts_});
  out.batcher = std::make_unique<exporter::RemoteWriteBatcher>(
      endpoint, config.metrics.external_labels,
      exporter::RemoteWriteBatcher::Environment{env_.loop, env_.clock, account},
      [to = out.destination.get()](queue::Block&& block) { return to->push(std::move(block)); });
  return out;
}

model::PipelineStatus MetricsPipeline::status() const {
  model::PipelineStatus out;
  out.signal = "metrics";
  if (manager_) out.targets = manager_->status();
  outputs_.add_status(out, 0);
  return out;
}

void MetricsPipeline::stop_sources() {
  discoverer_.reset();
  manager_.reset();
}

void MetricsPipeline::drain(Duration deadline, loop::Callback done) {
  outputs_.drain(deadline, std::move(done));
}

std::uint64_t MetricsPipeline::abandon() { return outputs_.abandon(); }

}  // namespace agent::pipeline
