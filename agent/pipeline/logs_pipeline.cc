#include "agent/pipeline/logs_pipeline.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/config/yaml_text.h"
#include "agent/export/loki_transport.h"
#include "agent/logs/sources/docker_source.h"
#include "agent/logs/stages/pipeline.h"
#include "agent/logs/tail/targets.h"
#include "agent/pipeline/agent_config.h"
#include "agent/queue/outbox_config.h"

namespace agent::pipeline {
namespace {

using model::Push;
using std::chrono::seconds;

constexpr Duration kDiscoveryInterval = seconds(3);
constexpr Duration kSweepInterval = seconds(30);
constexpr int kConcurrency = 8;       // requests at once to one client, of so many tenants
constexpr int kSearchRequests = 500;  // finds some fifty bad entries among thousands
constexpr std::size_t kLineLimitBytes = 1 << 20;

std::string key_of(const model::RelabelRule& rule) {
  return std::to_string(static_cast<int>(rule.action)) + join(rule.source_labels, ",") + "\n" +
         rule.separator + "\n" + rule.regex + "\n" + rule.replacement + "\n" + rule.target_label +
         "\n" + std::to_string(rule.modulus);
}

// What a source is made from; the targets of files are told to a running one.
std::string source_key_of(const logs::JobConfig& job, const logs::LogsConfig& config) {
  std::string key = job.name + "\n" + job.source_text + "\n";
  for (const auto& rule : job.relabel_rules)
    key += key_of(rule) + "\n";
  for (const Duration d :
       {config.file_watch.min_poll, config.file_watch.max_poll, config.target_sync_period})
    key += std::to_string(d.count()) + " ";
  return key + std::to_string(config.limits.max_line_size_bytes);
}

}  // namespace

LogsPipeline::LogsPipeline(Environment environment)
    : env_(std::move(environment)),
      ledger_("logs", env_.scope),
      line_rate_(env_.scope, ledger_, receipts_),
      fan_out_(*this),
      outputs_(env_.loop, ledger_) {
  auto watch = loop::FsWatch::open(env_.loop);
  if (watch) {
    watch_ = std::move(*watch);
  } else {
    env_.log.warn("Files are polled: the kernel gives no inotify instance.",
                  {{"error", watch.error().message}});
  }
  sweep_timer_ = env_.loop.every(kSweepInterval, [this] { sweep(); });
}

LogsPipeline::~LogsPipeline() {
  // Sources first: their receipts end with them.
  jobs_.clear();
  save_positions();
}

void LogsPipeline::FanOut::drop_for(const exporter::Destination& destination,
                                    const model::LogBatch& batch) {
  pipeline_.ledger_.destination(destination.name())
      .dropped()
      .add("queue_full", batch.entries.size());
  for (const auto& entry : batch.entries)
    pipeline_.receipts_.settle(entry.receipt);
}

Push LogsPipeline::FanOut::push(const model::LogBatch& batch) {
  auto& outputs = pipeline_.outputs_.live();
  if (outputs.size() == 1) return outputs.front().batcher->push(batch);
  const auto has_room = [&](auto& output) { return output.batcher->has_room(batch); };
  if (std::none_of(outputs.begin(), outputs.end(), has_room)) return Push::Full;
  const auto more = static_cast<std::uint32_t>(outputs.size() - 1);
  for (const auto& entry : batch.entries)
    pipeline_.receipts_.add(entry.receipt, more);
  for (auto& output : outputs)
    if (output.batcher->push(batch) == Push::Full) drop_for(*output.destination, batch);
  return Push::Taken;
}

Status LogsPipeline::apply(std::shared_ptr<const AgentConfig> config) {
  env_.scope.restart_series();  // those of `metrics` stages, also where the stages stay (logs.md 7)
  line_rate_.configure(config->logs.limits, env_.clock.wall_now());
  if (!positions_ && !config->logs.jobs.empty()) open_positions(*config);
  if (config->dry_run.print) {
    if (!printer_) begin_dry_run(*config);
  } else {
    apply_outputs(*config);
  }
  return apply_jobs(*config);
}

void LogsPipeline::open_positions(const AgentConfig& config) {
  auto store = config.state_dir.empty()
                   ? logs::make_null_position_store()
                   : logs::make_file_position_store(config.state_dir + "/positions");
  const auto& positions = config.logs.positions;
  positions_ = std::make_unique<logs::Positions>(positions.given ? positions.filename : "",
                                                 std::move(store), env_.log);
  if (!config.dry_run.print)
    position_saver_ =
        std::make_unique<logs::PositionSaver>(*positions_, env_.loop, positions.sync_period);
}

void LogsPipeline::save_positions() {
  if (positions_ && !printer_) positions_->save();
}

void LogsPipeline::begin_dry_run(const AgentConfig& config) {
  printer_ = std::make_unique<EntryPrinter>(print_to_stdout(), receipts_);
  std::string head = "Clients configured:\n";
  for (const auto& client : config.logs.clients)
    head += "----------------------\n" + config::masked_yaml(client) + "\n";
  print_to_stdout()(head);
}

void LogsPipeline::apply_outputs(const AgentConfig& config) {
  if (!dead_letters_ && !config.state_dir.empty())
    dead_letters_ = std::make_unique<exporter::DeadLetterFile>(
        config.state_dir + "/dead-letters.jsonl", env_.loop, env_.log, env_.scope,
        exporter::DeadLetterFile::Limits());
  const auto& limits = config.logs.limits;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < config.loki.size(); ++i)
    keys.push_back(config::canonical_text(config.logs.clients[i]) +
                   std::to_string(limits.max_streams) + " " +
                   std::to_string(limits.max_line_size_bytes) +
                   (limits.max_line_size_truncate ? " cut " : " drop ") +
                   std::to_string(config.outbox_bytes(config.loki[i].outbox.max_bytes)));
  outputs_.apply(keys, held_by_jobs(),
                 [&](std::size_t i) { return make_output(config, i, keys[i]); });
}

LogsPipeline::Output LogsPipeline::make_output(const AgentConfig& config, std::size_t index,
                                               std::string key) {
  const exporter::LokiClientConfig& client = config.loki[index];
  exporter::Destination::Config destination;
  destination.name = client.name;
  destination.url = client.url;
  destination.max_bytes = config.outbox_bytes(client.outbox.max_bytes);
  destination.when_full = client.outbox.when_full;
  destination.backoff = client.backoff;
  destination.search_requests = kSearchRequests;
  destination.concurrency = kConcurrency;
  destination.concurrency_of_a_tenant = 1;  // keeps the order of its entries
  selfmon::Account& account = ledger_.destination(client.name);
  exporter::LokiTransport::Config transport{client.name, client.url, client.timeout,
                                            client.drop_rate_limited_batches, client.headers};
  const exporter::LokiMetrics metrics(env_.scope.with("destination", client.name), client.url,
                                      client.tenant_id);
  Output out;
  out.key = std::move(key);
  out.destination = std::make_unique<exporter::Destination>(
      std::move(destination),
      std::make_unique<exporter::LokiTransport>(
          std::move(transport), std::make_unique<net::HttpClient>(env_.loop, client.http),
          exporter::LokiTransport::Environment{env_.clock, metrics, dead_letters_.get()}),
      account,
      exporter::Destination::Environment{env_.loop, env_.clock, env_.random, env_.log, env_.scope,
                                         receipts_});
  exporter::LokiBatcher::Config batcher;
  batcher.tenant_id = client.tenant_id;
  batcher.external_labels = client.external_labels;
  batcher.batchwait = client.batchwait;
  batcher.batchsize_bytes = client.batchsize_bytes;
  batcher.max_streams = config.logs.limits.max_streams;
  batcher.max_line_size_bytes = config.logs.limits.max_line_size_bytes;
  batcher.max_line_size_truncate = config.logs.limits.max_line_size_truncate;
  out.batcher = std::make_unique<exporter::LokiBatcher>(
      std::move(batcher),
      exporter::LokiBatcher::Environment{env_.loop, receipts_, account, metrics},
      [to = out.destination.get()](queue::Block&& block) { return to->push(std::move(block)); });
  return out;
}

std::unique_ptr<LogsPipeline::Job> LogsPipeline::take_job(const std::string& name) {
  const auto at =
      std::find_if(jobs_.begin(), jobs_.end(), [&](const auto& job) { return job->name == name; });
  if (at == jobs_.end()) return std::make_unique<Job>();
  auto job = std::move(*at);
  jobs_.erase(at);
  return job;
}

Status LogsPipeline::apply_jobs(const AgentConfig& config) {
  std::vector<std::unique_ptr<Job>> next;
  end_former_jobs(config.logs.jobs);
  for (const logs::JobConfig& wanted : config.logs.jobs) {
    auto job = take_job(wanted.name);
    job->name = wanted.name;
    job->kind = wanted.source_text.substr(0, wanted.source_text.find(':'));
    Status done = apply_stages(*job, wanted, config);
    if (done) done = apply_source(*job, wanted, config);
    next.push_back(std::move(job));
    if (!done) {
      for (auto& left : jobs_)
        next.push_back(std::move(left));
      jobs_ = std::move(next);
      return done.error().within(wanted.name);
    }
  }
  jobs_ = std::move(next);
  discovery_timer_ = env_.loop.every(kDiscoveryInterval, [this] { follow_discovery(); });
  return {};
}

Status LogsPipeline::apply_stages(Job& job, const logs::JobConfig& wanted,
                                  const AgentConfig& config) {
  std::string key = config::canonical_text(wanted.pipeline_stages);
  if (job.stages && job.stages_key == key) return {};
  config::Report report;  // the configuration was checked; this one is for files that stages name
  auto stages = logs::make_pipeline(wanted.pipeline_stages, {.report = report,
                                                             .path = wanted.stages_path,
                                                             .metrics = env_.scope,
                                                             .labels = labels_,
                                                             .receipts = receipts_,
                                                             .ledger = ledger_});
  if (!stages) return stages.error();
  std::unique_ptr<StageInspector> inspector;
  if (config.dry_run.inspect) {
    inspector = std::make_unique<StageInspector>(print_to_stdout());
    (*stages)->set_observer(inspector.get());
  }
  if (job.stages) {
    job.stages->replace_stages(std::move(*stages));
  } else {
    LogOutlet& outlet = printer_ ? static_cast<LogOutlet&>(*printer_) : fan_out_;
    job.stages =
        std::make_unique<LogJob>(std::move(*stages), outlet, line_rate_, env_.loop, env_.clock);
  }
  job.inspector = std::move(inspector);
  job.stages_key = std::move(key);
  return {};
}

Status LogsPipeline::apply_source(Job& job, const logs::JobConfig& wanted,
                                  const AgentConfig& config) {
  std::string key = source_key_of(wanted, config.logs);
  if (!job.source || job.source_key != key) {
    job.files = nullptr;
    job.engines.clear();
    job.source.reset();
    auto source = make_source(job, wanted, config);
    if (!source) return source.error();
    job.source = std::move(*source);
    job.source_key = std::move(key);
    if (!job.files) {
      Status started = job.source->start();
      if (!started) job.source.reset();  // the next reload tries again
      if (started) ask_engines(job, wanted);
      return started;
    }
  }
  return job.files ? apply_discovery(job, wanted) : Status();
}

Result<std::unique_ptr<logs::Source>> LogsPipeline::make_source(Job& job,
                                                                const logs::JobConfig& wanted,
                                                                const AgentConfig& config) {
  const logs::SourceEnvironment environment{
      wanted.name, env_.loop,    watch_.get(),
      env_.clock,  env_.log,     env_.scope.with("job", wanted.name),
      ledger_,     labels_,      receipts_,
      *positions_, env_.finished};
  if (wanted.make_source) return wanted.make_source(environment, *job.stages);
  auto rules = relabel::RuleSet::compile(wanted.relabel_rules, model::NameValidation::Utf8);
  if (!rules) return rules.error();
  logs::FileSource::Config files;
  files.relabel = std::move(*rules);
  files.host = logs::this_host();
  files.sync_period = config.logs.target_sync_period;
  files.min_poll = config.logs.file_watch.min_poll;
  files.max_poll = config.logs.file_watch.max_poll;
  files.line_limit_bytes =
      std::max<std::size_t>(kLineLimitBytes, config.logs.limits.max_line_size_bytes);
  files.encoding = wanted.encoding;
  files.decompression = wanted.decompression;
  auto source = std::make_unique<logs::FileSource>(std::move(files), environment, *job.stages);
  job.files = source.get();
  return std::unique_ptr<logs::Source>(std::move(source));
}

Status LogsPipeline::apply_discovery(Job& job, const logs::JobConfig& wanted) {
  job.static_groups = wanted.static_groups;
  job.discovered.clear();
  const discovery::WatchedFiles::Environment environment{
      env_.log, discovery::WatchedFiles::failures_in(env_.scope)};
  for (const auto& files : wanted.file_discovery) {
    job.discovered.emplace_back(environment, job.name, files, model::NameValidation::Legacy);
    job.discovered.back().look(env_.loop.now());
  }
  tell_groups(job);
  return job.files->ready() ? Status() : job.files->start();
}

void LogsPipeline::tell_groups(Job& job) {
  std::vector<model::TargetGroup> groups = job.static_groups;
  for (const auto& files : job.discovered)
    for (auto& group : files.groups())
      groups.push_back(std::move(group));
  job.files->set_groups(groups);
}

void LogsPipeline::ask_engines(Job& job, const logs::JobConfig& wanted) {
  selfmon::Counter& failures = env_.scope.counter(
      "docker_sd_refresh_failures_total", "Questions for containers without a good answer.");
  for (const auto& engine : wanted.docker)
    job.engines.push_back(std::make_unique<discovery::DockerGroups>(
        discovery::DockerGroups::Environment{env_.loop, env_.log, failures, job.name}, engine,
        logs::docker_group_name(job.engines.size()), [&job] { tell_containers(job); }));
}

void LogsPipeline::tell_containers(Job& job) {
  std::vector<model::TargetGroup> groups;
  for (const auto& engine : job.engines)
    if (engine->known()) groups.push_back(engine->group());
  job.source->set_groups(groups);
}

// Before any other starts: one of those may be the same job under another name, and then takes over
// its positions.
void LogsPipeline::end_former_jobs(const std::vector<logs::JobConfig>& wanted) {
  std::set<std::string> names;
  for (const auto& job : wanted)
    names.insert(job.name);
  for (auto& job : jobs_)
    if (!names.contains(job->name)) end_job(*job);
  std::erase_if(jobs_, [&](const auto& job) { return !names.contains(job->name); });
  if (positions_) positions_->set_jobs(std::move(names));
}

void LogsPipeline::end_job(Job& job) {
  job.engines.clear();
  if (job.source) job.source->stop();
  job.files = nullptr;
  job.source.reset();
  if (job.stages) {
    job.stages->flush();
    ledger_.dropped().add("orphan", job.stages->held_records());  // no client had room
  }
}

void LogsPipeline::follow_discovery() {
  for (auto& job : jobs_) {
    bool changed = false;
    for (auto& files : job->discovered)
      changed |= files.look(env_.loop.now());
    if (changed) tell_groups(*job);
  }
}

std::uint64_t LogsPipeline::held_by_jobs() const {
  std::uint64_t held = 0;
  for (const auto& job : jobs_)
    held += job->stages ? job->stages->held_records() : 0;
  return held;
}

// Label sets that no stream uses any more go, unless a waiting batch still points at some.
void LogsPipeline::sweep() {
  const bool waits = std::any_of(jobs_.begin(), jobs_.end(), [](const auto& job) {
    return (job->stages && job->stages->waits()) || (job->source && job->source->stalled());
  });
  if (!waits) labels_.sweep();
}

model::PipelineStatus LogsPipeline::status() const {
  model::PipelineStatus out;
  out.signal = "logs";
  for (const auto& job : jobs_) {
    if (!job->source) continue;
    const std::size_t before = out.log_targets.size();
    job->source->add_status(out);
    if (!job->files && out.log_targets.size() == before)
      out.log_targets.push_back({job->name, job->kind, {}, {}, job->source->ready(), ""});
    if (!job->source->ready())
      out.not_ready.push_back("logs: " + job->name + ": the source has not begun yet");
  }
  outputs_.add_status(out, held_by_jobs());
  return out;
}

void LogsPipeline::stop_sources() {
  for (auto& job : jobs_) {
    job->engines.clear();
    if (job->source) job->source->stop();
    if (job->stages) job->stages->flush();
  }
}

void LogsPipeline::drain(Duration deadline, loop::Callback done) {
  outputs_.drain(deadline, std::move(done));
}

// What waited for room goes the same way as what had found some, so that all of it is counted.
std::uint64_t LogsPipeline::abandon() {
  std::uint64_t lost = outputs_.abandon();
  for (auto& job : jobs_) {
    if (!job->stages) continue;
    job->stages->flush();
    while (job->source && job->source->offer_again()) {
      job->stages->flush();
      lost += outputs_.abandon();
    }
    job->stages->flush();
    lost += outputs_.abandon();
  }
  save_positions();
  return lost;
}

}  // namespace agent::pipeline
