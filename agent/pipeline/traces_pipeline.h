#pragma once
// OTLP listeners -> head sampler -> one batcher and destination for each exporter.
#include <map>
#include <memory>
#include <string>

#include "agent/export/otlp_batcher.h"
#include "agent/model/sink.h"
#include "agent/model/span_batch.h"
#include "agent/net/http_server.h"
#include "agent/pipeline/outputs.h"
#include "agent/pipeline/pipeline.h"
#include "agent/selfmon/ledger.h"
#include "agent/traces/otlp_receiver.h"
#include "agent/traces/sampling_sink.h"
#include "agent/traces/traces_config.h"

namespace agent::pipeline {

class TracesPipeline final : public Pipeline {
 public:
  explicit TracesPipeline(Environment environment);
  ~TracesPipeline() override;
  Status apply(std::shared_ptr<const AgentConfig> config) override;
  model::PipelineStatus status() const override;
  void stop_sources() override;
  void drain(Duration deadline, loop::Callback done) override;
  std::uint64_t abandon() override;

 private:
  using Servers = std::map<std::string, std::unique_ptr<net::HttpServer>>;  // by configured address
  /// Gives every batch to all exporters. Full only when none has room: one that hangs does not hold
  /// up the others, it drops what it cannot hold as queue_full.
  class FanOut final : public model::Sink<model::SpanBatch> {
   public:
    explicit FanOut(TracesPipeline& pipeline) : pipeline_(pipeline) {}
    model::Push push(model::SpanBatch&& batch) override;

   private:
    TracesPipeline& pipeline_;
  };
  /// What receivers push into; stays while samplers come and go.
  class Front final : public model::Sink<model::SpanBatch> {
   public:
    model::Push push(model::SpanBatch&& batch) override { return next->push(std::move(batch)); }
    model::Sink<model::SpanBatch>* next = nullptr;
  };

  Result<Servers> listen(const traces::TracesConfig& config);
  void apply_outputs(const AgentConfig& config);
  Outputs<exporter::OtlpBatcher>::Output make_output(const AgentConfig& config, std::size_t index,
                                                     std::string key);
  void say_what_runs(const traces::TracesConfig& config);

  Environment env_;
  model::ReceiptBook receipts_;  // pushes are answered at once: it stays empty
  selfmon::Ledger ledger_;
  Outputs<exporter::OtlpBatcher> outputs_;
  FanOut fan_out_;
  std::unique_ptr<traces::SamplingSink> sampler_;
  Front front_;
  std::unique_ptr<traces::OtlpReceiver> receiver_;
  Servers servers_;
  std::shared_ptr<const AgentConfig> config_;
};

}  // namespace agent::pipeline
