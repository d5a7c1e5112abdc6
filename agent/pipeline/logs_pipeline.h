#pragma once
// The source of each job -> its stages -> one batcher and destination for each client.
#include <memory>
#include <string>
#include <vector>

#include "agent/discovery/docker_groups.h"
#include "agent/discovery/watched_files.h"
#include "agent/export/dead_letter_file.h"
#include "agent/export/loki_batcher.h"
#include "agent/logs/logs_config.h"
#include "agent/logs/tail/file_source.h"
#include "agent/logs/tail/position_saver.h"
#include "agent/loop/fs_watch.h"
#include "agent/pipeline/dry_run.h"
#include "agent/pipeline/line_rate.h"
#include "agent/pipeline/log_job.h"
#include "agent/pipeline/outputs.h"
#include "agent/pipeline/pipeline.h"
#include "agent/selfmon/ledger.h"

namespace agent::pipeline {

class LogsPipeline final : public Pipeline {
 public:
  explicit LogsPipeline(Environment environment);
  ~LogsPipeline() override;
  Status apply(std::shared_ptr<const AgentConfig> config) override;
  model::PipelineStatus status() const override;
  void stop_sources() override;
  void drain(Duration deadline, loop::Callback done) override;
  std::uint64_t abandon() override;

 private:
  using Output = Outputs<exporter::LokiBatcher>::Output;
  /// One job: its source, its stages. A reload that changes only the stages leaves the source
  /// alone.
  struct Job {
    std::string name;
    std::string kind;  // of its source: "syslog"
    std::string source_key;
    std::string stages_key;
    std::unique_ptr<StageInspector> inspector;  // null: nobody looks
    std::unique_ptr<LogJob> stages;
    std::unique_ptr<logs::Source> source;  // pushes into stages: destroyed first
    logs::FileSource* files = nullptr;     // the source, where it is one of files
    std::vector<model::TargetGroup> static_groups;
    std::vector<discovery::WatchedFiles> discovered;
    std::vector<std::unique_ptr<discovery::DockerGroups>> engines;
  };
  /// Gives every batch to all clients. Full only when none has room; a client that has none while
  /// others have drops the entries as queue_full.
  class FanOut final : public LogOutlet {
   public:
    explicit FanOut(LogsPipeline& pipeline) : pipeline_(pipeline) {}
    model::Push push(const model::LogBatch& batch) override;

   private:
    void drop_for(const exporter::Destination& destination, const model::LogBatch& batch);
    LogsPipeline& pipeline_;
  };

  void open_positions(const AgentConfig& config);
  void save_positions();
  void begin_dry_run(const AgentConfig& config);
  void apply_outputs(const AgentConfig& config);
  Output make_output(const AgentConfig& config, std::size_t index, std::string key);
  Status apply_jobs(const AgentConfig& config);
  std::unique_ptr<Job> take_job(const std::string& name);
  Status apply_stages(Job& job, const logs::JobConfig& wanted, const AgentConfig& config);
  Status apply_source(Job& job, const logs::JobConfig& wanted, const AgentConfig& config);
  Result<std::unique_ptr<logs::Source>> make_source(Job& job, const logs::JobConfig& wanted,
                                                    const AgentConfig& config);
  Status apply_discovery(Job& job, const logs::JobConfig& wanted);
  void end_former_jobs(const std::vector<logs::JobConfig>& wanted);
  void end_job(Job& job);
  void follow_discovery();
  static void tell_groups(Job& job);
  void ask_engines(Job& job, const logs::JobConfig& wanted);
  static void tell_containers(Job& job);
  std::uint64_t held_by_jobs() const;
  void sweep();

  Environment env_;
  model::LabelTable labels_;
  model::ReceiptBook receipts_;
  selfmon::Ledger ledger_;
  LineRate line_rate_;
  FanOut fan_out_;
  std::unique_ptr<EntryPrinter> printer_;  // in a dry run, in the place of all clients
  std::unique_ptr<loop::FsWatch> watch_;   // null: polling alone
  std::unique_ptr<logs::Positions> positions_;
  std::unique_ptr<logs::PositionSaver> position_saver_;
  std::unique_ptr<exporter::DeadLetterFile> dead_letters_;  // null: there is no state_dir
  Outputs<exporter::LokiBatcher> outputs_;
  std::vector<std::unique_ptr<Job>> jobs_;
  loop::Timer discovery_timer_;
  loop::Timer sweep_timer_;
};

}  // namespace agent::pipeline
