#include "agent/pipeline/traces_pipeline.h"

#include <utility>

#include "agent/export/otlp_transport.h"
#include "agent/pipeline/agent_config.h"

namespace agent::pipeline {
namespace {

using model::Push;

// Two exporters are the same when nothing that a user can write about them differs.
std::string key_of(const model::OtlpExporterConfig& exporter, const model::OtlpBatchConfig& batch,
                   std::uint64_t max_bytes) {
  std::string key = exporter.name + "\n" + exporter.url + "\n" + exporter.host + "\n";
  for (const std::uint64_t number :
       {static_cast<std::uint64_t>(exporter.protocol), static_cast<std::uint64_t>(exporter.port),
        static_cast<std::uint64_t>(exporter.compression),
        static_cast<std::uint64_t>(exporter.timeout.count()),
        static_cast<std::uint64_t>(exporter.retry_base.count()),
        static_cast<std::uint64_t>(exporter.retry_cap.count()),
        static_cast<std::uint64_t>(batch.timeout.count()),
        static_cast<std::uint64_t>(batch.send_batch_size),
        static_cast<std::uint64_t>(batch.send_batch_max_size), batch.max_bytes, max_bytes})
    key += std::to_string(number) + " ";
  for (const auto& [name, value] : exporter.headers)
    key.append(name).append("\n").append(value).append("\n");
  const auto& tls = exporter.tls;
  for (const auto& text :
       {tls.ca, tls.ca_file, tls.cert, tls.cert_file, tls.key.value, tls.key.file, tls.server_name})
    key += text + "\n";
  return key + (exporter.tls_enabled ? "tls" : "clear") +
         (tls.insecure_skip_verify ? " unverified" : "");
}

}  // namespace

TracesPipeline::TracesPipeline(Environment environment)
    : env_(std::move(environment)),
      ledger_("traces", env_.scope),
      outputs_(env_.loop, ledger_),
      fan_out_(*this) {}

TracesPipeline::~TracesPipeline() = default;

Push TracesPipeline::FanOut::push(model::SpanBatch&& batch) {
  auto& outputs = pipeline_.outputs_.live();
  if (outputs.size() == 1) return outputs.front().batcher->push(std::move(batch));
  std::vector<exporter::Destination*> full;
  for (auto& output : outputs) {
    model::SpanBatch copy = batch;
    if (output.batcher->push(std::move(copy)) == Push::Full)
      full.push_back(output.destination.get());
  }
  if (full.size() == outputs.size()) return Push::Full;
  for (const auto* destination : full)
    pipeline_.ledger_.destination(destination->name()).dropped().add("queue_full", batch.spans);
  return Push::Taken;
}

Result<TracesPipeline::Servers> TracesPipeline::listen(const traces::TracesConfig& config) {
  Servers fresh;
  for (const auto& listener : config.listeners) {
    const std::string address = loop::to_string(listener.address);
    if (servers_.contains(address)) continue;
    net::ServerLimits limits;
    limits.max_concurrent_streams = listener.max_concurrent_streams;
    auto server = net::HttpServer::listen(env_.loop, listener.address, limits, env_.log,
                                          env_.scope.with("listener", "otlp"));
    if (!server) return server.error().within("traces.receivers");
    fresh.emplace(address, std::move(*server));
  }
  return fresh;
}

Status TracesPipeline::apply(std::shared_ptr<const AgentConfig> config) {
  const traces::TracesConfig& traces = config->traces;
  // Nothing changes unless all addresses can be had.
  auto fresh = traces.active ? listen(traces) : Result<Servers>(Servers());
  if (!fresh) return fresh.error();
  apply_outputs(*config);

  Servers servers;
  if (traces.active) {
    auto sampler = std::make_unique<traces::SamplingSink>(traces::RatioSampler(traces.sampler),
                                                          fan_out_, ledger_, env_.scope);
    front_.next = sampler.get();
    sampler_ = std::move(sampler);
    for (const auto& listener : traces.listeners) {
      const std::string address = loop::to_string(listener.address);
      const auto known = servers_.find(address);
      servers.emplace(address,
                      std::move(known != servers_.end() ? known->second : fresh->at(address)));
    }
  }
  std::swap(servers_, servers);
  servers.clear();  // listeners that are no longer configured close before their receiver goes
  if (traces.active) {
    auto receiver = std::make_unique<traces::OtlpReceiver>(
        traces::OtlpReceiver::Limits{traces.max_grpc_bytes, traces.max_http_bytes,
                                     traces.traces_path},
        traces::OtlpReceiver::Environment{front_, ledger_, env_.clock, env_.random});
    for (auto& [address, server] : servers_) {
      if (receiver_) receiver_->uninstall(*server);
      receiver->install(*server);
    }
    receiver_ = std::move(receiver);
    say_what_runs(traces);
  }
  config_ = std::move(config);
  return {};
}

void TracesPipeline::apply_outputs(const AgentConfig& config) {
  const auto& exporters = config.traces.exporters;
  std::vector<std::string> keys;
  if (config.traces.active)
    for (const auto& exporter : exporters)
      keys.push_back(
          key_of(exporter, config.traces.batch, config.outbox_bytes(exporter.queue_max_bytes)));
  outputs_.apply(keys, 0, [&](std::size_t i) { return make_output(config, i, keys[i]); });
}

Outputs<exporter::OtlpBatcher>::Output TracesPipeline::make_output(const AgentConfig& config,
                                                                   std::size_t index,
                                                                   std::string key) {
  const model::OtlpExporterConfig& wanted = config.traces.exporters[index];
  exporter::Destination::Config destination;
  destination.name = wanted.name;
  destination.url = wanted.url;
  destination.max_bytes = config.outbox_bytes(wanted.queue_max_bytes);
  destination.when_full = queue::WhenFull::Reject;
  destination.backoff.base = wanted.retry_base;
  destination.backoff.cap = wanted.retry_cap;
  destination.concurrency = 4;
  Outputs<exporter::OtlpBatcher>::Output out;
  out.key = std::move(key);
  out.destination = std::make_unique<exporter::Destination>(
      std::move(destination),
      exporter::make_otlp_transport(wanted, env_.loop, env_.clock, env_.log),
      ledger_.destination(wanted.name),
      exporter::Destination::Environment{env_.loop, env_.clock, env_.random, env_.log, env_.scope,
                                         receipts_});
  out.batcher = std::make_unique<exporter::OtlpBatcher>(
      env_.loop, env_.clock, config.traces.batch, wanted.compression,
      [to = out.destination.get()](queue::Block&& block) { return to->push(std::move(block)); });
  return out;
}

void TracesPipeline::say_what_runs(const traces::TracesConfig& config) {
  std::string listeners;
  for (const auto& [address, server] : servers_)
    listeners += (listeners.empty() ? "" : ", ") + loop::to_string(server->local());
  for (const auto& exporter : config.exporters)
    env_.log.info("Traces are received, sampled and sent on.",
                  {{"listeners", listeners},
                   {"sampler", traces::describe(config.sampler)},
                   {"endpoint", exporter.name},
                   {"transport", exporter.tls_enabled ? "TLS" : "clear text"}});
}

model::PipelineStatus TracesPipeline::status() const {
  model::PipelineStatus out;
  out.signal = "traces";
  outputs_.add_status(out, 0);
  if (receiver_ && !servers_.empty()) {
    auto receiver = receiver_->status();
    receiver.name = "otlp";
    for (const auto& [address, server] : servers_)
      receiver.name += " " + loop::to_string(server->local());
    out.receivers.push_back(std::move(receiver));
  }
  return out;
}

void TracesPipeline::stop_sources() {
  if (receiver_) receiver_->stop();
  for (auto& [address, server] : servers_)
    server->drain(std::chrono::seconds(2), [] {});
}

void TracesPipeline::drain(Duration deadline, loop::Callback done) {
  outputs_.drain(deadline, std::move(done));
}

std::uint64_t TracesPipeline::abandon() { return outputs_.abandon(); }

}  // namespace agent::pipeline
