#pragma once
// Discovery -> scrapes -> one remote-write batcher and destination for each endpoint.
#include <memory>
#include <string>

#include "agent/discovery/discoverer.h"
#include "agent/export/remote_write_batcher.h"
#include "agent/model/sample_batch.h"
#include "agent/model/sink.h"
#include "agent/pipeline/outputs.h"
#include "agent/pipeline/pipeline.h"
#include "agent/scrape/manager.h"
#include "agent/selfmon/ledger.h"

namespace agent::pipeline {

class MetricsPipeline final : public Pipeline {
 public:
  explicit MetricsPipeline(Environment environment);
  ~MetricsPipeline() override;
  Status apply(std::shared_ptr<const AgentConfig> config) override;
  model::PipelineStatus status() const override;
  void stop_sources() override;
  void drain(Duration deadline, loop::Callback done) override;
  std::uint64_t abandon() override;

 private:
  using Output = Outputs<exporter::RemoteWriteBatcher>::Output;
  /// Gives every batch to all endpoints. Full only when none has room; an endpoint that has none
  /// while others have drops the batch as queue_full.
  class FanOut final : public model::Sink<model::SampleBatch> {
   public:
    explicit FanOut(MetricsPipeline& pipeline) : pipeline_(pipeline) {}
    model::Push push(model::SampleBatch&& batch) override;

   private:
    MetricsPipeline& pipeline_;
  };

  void apply_outputs(const AgentConfig& config);
  Output make_output(const AgentConfig& config, std::size_t index, std::string key);

  Environment env_;
  model::ReceiptBook receipts_;  // nobody can scrape again: it stays empty
  selfmon::Ledger ledger_;
  Outputs<exporter::RemoteWriteBatcher> outputs_;
  FanOut fan_out_;
  std::unique_ptr<scrape::Manager> manager_;
  std::unique_ptr<discovery::Discoverer> discoverer_;
};

}  // namespace agent::pipeline
