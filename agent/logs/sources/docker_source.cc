#include "agent/logs/sources/docker_source.h"

#include <charconv>
#include <map>
#include <utility>

#include "agent/logs/sources/batch_outlet.h"
#include "agent/logs/sources/cursor_receipts.h"
#include "agent/logs/sources/docker_stream.h"
#include "agent/logs/sources/stream_labels.h"
#include "agent/net/docker_host.h"
#include "agent/relabel/rule_set.h"

namespace agent::logs {
namespace {

constexpr std::string_view kIdLabel = "__meta_docker_container_id";
constexpr std::string_view kOutputLabel = "__meta_docker_container_log_stream";
constexpr std::size_t kLineLimitBytes = std::size_t{256} << 10U;

struct DockerConfig {
  std::vector<model::DockerDiscovery> engines;
  std::size_t line_limit_bytes = kLineLimitBytes;
};

std::optional<Timestamp> parse_seconds(const std::string& text) {
  std::int64_t seconds = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, seconds);
  constexpr std::int64_t kMost = 9'000'000'000;
  if (parsed.ec != std::errc() || parsed.ptr != end || seconds < 0 || seconds > kMost)
    return std::nullopt;
  return Timestamp(std::chrono::seconds(seconds));
}

class DockerSource final : public Source, private DockerStream::Listener {
 public:
  DockerSource(std::shared_ptr<const DockerConfig> config, SourceEnvironment environment,
               relabel::RuleSet rules, model::Sink<model::LogBatch>& next)
      : config_(std::move(config)),
        env_(std::move(environment)),
        labels_(std::move(rules), env_.labels),
        in_(env_.ledger.in("docker")),
        entries_(env_.scope.counter("docker_target_entries_total", "Lines of containers.")),
        errors_(env_.scope.counter("docker_target_parsing_errors_total",
                                   "Lines of containers without a time.")),
        cut_(env_.scope.counter("docker_target_cut_lines_total",
                                "Lines of containers that were cut at the limit.")),
        outlet_(next, env_.loop, in_) {
    for (const auto& engine : config_->engines)
      clients_.push_back(std::make_unique<net::HttpClient>(env_.loop, engine.http));
  }

  Status start() override {
    started_ = true;
    return {};
  }
  void stop() override {
    stopped_ = true;
    // The receipts stay: what is delivered while we drain still moves the positions.
    for (auto& [id, container] : containers_)
      container.stream.reset();
  }
  bool ready() const override { return started_; }
  bool stalled() const override { return outlet_.stalled(); }

  void set_groups(const std::vector<model::TargetGroup>& groups) override {
    if (stopped_) return;
    for (std::size_t i = 0; i < config_->engines.size(); ++i)
      for (const auto& group : groups)
        if (group.source == docker_group_name(i)) set_group(i, group);
  }

  void add_status(model::PipelineStatus& out) const override {
    out.receivers.push_back({"docker " + env_.job, read_, kept_, read_ - kept_});
    for (const auto& [id, container] : containers_)
      out.log_targets.push_back({env_.job, "Docker", container.labels,
                                 container.discovered.at(DockerFrames::Output::Terminal),
                                 container.stream && container.stream->following(),
                                 container.dropped ? "dropped" : ""});
  }

 private:
  struct Container {
    std::size_t engine = 0;
    /// What it was discovered with, by output.
    std::map<DockerFrames::Output, model::LabelSet> discovered;
    model::LabelSet labels;  // of its streams, but for those that come from the output
    bool dropped = false;    // by relabeling
    /// What that comes to; good until the next push.
    std::map<DockerFrames::Output, StreamLabels::Resolved> resolved;
    std::unique_ptr<CursorReceipts> receipts;
    std::optional<Timestamp> since;        // where its log is taken up
    Timestamp newest{};                    // of its lines
    std::unique_ptr<DockerStream> stream;  // null: it was read to its end
  };

  // The first target of a container counts: it has one for each port.
  void set_group(std::size_t engine, const model::TargetGroup& group) {
    std::map<std::string, const model::LabelSet*> listed;
    for (const auto& target : group.targets)
      if (const auto id = target.get(kIdLabel); !id.empty()) listed.emplace(id, &target);
    for (auto& [id, container] : containers_)
      if (container.engine == engine && container.stream)
        container.stream->set_listed(listed.contains(id));
    for (const auto& [id, target] : listed) {
      if (!containers_.contains(id)) add_container(engine, id, *target);
      Container& container = containers_.at(id);
      if (!container.stream) begin(id, container);
    }
    // Those that ended stay until all of them is delivered.
    std::erase_if(containers_, [](const auto& item) {
      return !item.second.stream && item.second.receipts->all_settled();
    });
  }

  void add_container(std::size_t engine, const std::string& id, const model::LabelSet& target) {
    using Output = DockerFrames::Output;
    Container& made = containers_[id];
    made.engine = engine;
    for (const auto& [output, name] :
         {std::pair(Output::Terminal, ""), std::pair(Output::Stdout, "stdout"),
          std::pair(Output::Stderr, "stderr")}) {
      made.discovered[output] = target;
      made.discovered[output].set(kOutputLabel, name);
    }
    const auto shown = labels_.resolve(made.discovered[Output::Terminal]);
    if (shown.labels != nullptr) made.labels = shown.labels->set();
    made.dropped = shown.outcome == StreamLabels::Outcome::Dropped;
    const std::string position = "cursor-" + id;
    made.receipts = std::make_unique<CursorReceipts>(env_.receipts,
                                                     [this, position](const std::string& cursor) {
                                                       env_.positions.set_cursor(position, cursor);
                                                     });
    if (const auto saved = env_.positions.cursor(position))
      if (const auto since = parse_seconds(*saved)) made.since = since;
  }

  void begin(const std::string& id, Container& container) {
    container.stream = std::make_unique<DockerStream>(
        DockerStream::Environment{env_.loop, env_.log, random_, *clients_[container.engine],
                                  config_->engines[container.engine], *this,
                                  config_->line_limit_bytes},
        id, container.since);
    if (outlet_.stalled()) container.stream->pause();
  }

  void on_line(DockerStream& stream, const DockerFrames::Line& line) override {
    Container& container = containers_.at(stream.id());
    ++read_;
    if (line.cut) cut_.add();
    container.newest = std::max(container.newest, line.time);
    auto [known, is_new] = container.resolved.try_emplace(line.output);
    if (is_new) known->second = labels_.resolve(container.discovered[line.output]);
    const auto& resolved = known->second;
    if (resolved.outcome != StreamLabels::Outcome::Kept)
      return lose(resolved.outcome == StreamLabels::Outcome::Dropped ? "relabel_drop"
                                                                     : "no_labels");
    model::LogBatch& batch = outlet_.batch();
    batch.entries.push_back({line.time, batch.arena.copy(line.text), resolved.labels, {}, 0});
    entries_.add();
    ++kept_;
  }

  void on_lines_end(DockerStream& stream) override {
    Container& container = containers_.at(stream.id());
    const auto second = std::chrono::floor<std::chrono::seconds>(container.newest);
    container.receipts->open(outlet_.batch(), std::to_string(second.time_since_epoch().count()));
    container.resolved.clear();
    if (outlet_.push([this] { resume(); })) return;
    for (auto& [id, other] : containers_)
      if (other.stream) other.stream->pause();
  }

  void on_malformed(DockerStream& /*stream*/, std::uint64_t lines) override {
    errors_.add(lines);
    read_ += lines;
    in_.add(lines);
    env_.ledger.dropped().add("parse_error", lines);
  }

  // It was read to its end: should it start again, all that comes is newer.
  void on_gone(DockerStream& stream) override {
    Container& container = containers_.at(stream.id());
    if (container.newest > Timestamp()) container.since = container.newest + Duration(1);
    container.stream.reset();
  }

  void resume() {
    for (auto& [id, container] : containers_)
      if (container.stream) container.stream->resume();
  }

  void lose(const char* reason) {
    in_.add();
    env_.ledger.dropped().add(reason, 1);
  }

  const std::shared_ptr<const DockerConfig> config_;
  const SourceEnvironment env_;
  StreamLabels labels_;
  selfmon::Counter& in_;
  selfmon::Counter& entries_;
  selfmon::Counter& errors_;
  selfmon::Counter& cut_;
  BatchOutlet outlet_;
  Random random_ = Random::from_system();
  std::vector<std::unique_ptr<net::HttpClient>> clients_;  // of the engines
  std::map<std::string, Container> containers_;            // by id
  std::uint64_t read_ = 0;
  std::uint64_t kept_ = 0;
  bool started_ = false;
  bool stopped_ = false;
};

}  // namespace

std::string docker_group_name(std::size_t index) { return "docker/" + std::to_string(index); }

SourceMaker read_docker_source(const config::Node& options, const SourceSite& site) {
  const auto config = std::make_shared<DockerConfig>();
  // One byte more than the clients take: they see that it was too long, and drop or cut it.
  if (site.max_line_size_bytes > 0) config->line_limit_bytes = site.max_line_size_bytes + 1;
  if (!options.is_sequence())
    site.report.error(options.mark(), site.path, "a list of Docker Engines is asked here");
  for (std::size_t i = 0; i < options.items().size(); ++i) {
    config::Reader in(options.items()[i], config::Keys::Strict, site.report,
                      site.path + "[" + std::to_string(i) + "]");
    config->engines.push_back(net::read_docker_discovery(in));
    static_cast<void>(in.finish());  // the report has it
  }
  if (site.docker != nullptr) *site.docker = config->engines;
  return [config = std::shared_ptr<const DockerConfig>(config), rules = site.relabel_rules](
             const SourceEnvironment& environment,
             model::Sink<model::LogBatch>& next) -> Result<std::unique_ptr<Source>> {
    auto compiled = relabel::RuleSet::compile(rules, model::NameValidation::Utf8);
    if (!compiled) return compiled.error();
    return std::unique_ptr<Source>(
        std::make_unique<DockerSource>(config, environment, std::move(*compiled), next));
  };
}

}  // namespace agent::logs
