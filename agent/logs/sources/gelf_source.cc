#include "agent/logs/sources/gelf_source.h"

#include <memory>
#include <utility>

#include "agent/codec/json_value.h"
#include "agent/config/reader.h"
#include "agent/logs/sources/batch_outlet.h"
#include "agent/logs/sources/gelf_chunks.h"
#include "agent/logs/sources/gelf_message.h"
#include "agent/logs/sources/source_options.h"
#include "agent/logs/sources/stream_labels.h"
#include "agent/logs/sources/syslog_message.h"
#include "agent/logs/sources/udp_intake.h"
#include "agent/logs/sources/used_labels.h"
#include "agent/relabel/rule_set.h"

namespace agent::logs {
namespace {

// 128 chunks of a jumbo frame are 1 MiB; text shrinks four to ten times.
constexpr std::uint64_t kMostMessageBytes = 8U << 20U;
constexpr std::string_view kDefaultAddress = ":12201";

struct GelfConfig {
  loop::HostPort address;
  bool use_incoming_timestamp = false;
  model::LabelSet labels;
};

GelfConfig read_config(const config::Node& node, config::Report& report, const std::string& path) {
  config::Reader in(node, config::Keys::Strict, report, path);
  GelfConfig out;
  out.address = read_listen_address(in, kDefaultAddress);
  out.use_incoming_timestamp = in.boolean("use_incoming_timestamp", false);
  out.labels = read_source_labels(in);
  static_cast<void>(in.finish());  // the report has it
  return out;
}

class GelfSource final : public Source {
 public:
  GelfSource(std::shared_ptr<const GelfConfig> config, SourceEnvironment environment,
             relabel::RuleSet rules, UsedLabels used, model::Sink<model::LogBatch>& next)
      : config_(std::move(config)),
        env_(std::move(environment)),
        used_(std::move(used)),
        streams_(std::move(rules), env_.labels),
        outlet_(next, env_.loop, env_.ledger.in("gelf")),
        entries_(env_.scope.counter("gelf_target_entries_total", "Messages that became entries.")),
        datagrams_(env_, "gelf", outlet_, [this](std::string_view bytes, const auto& peer) {
          receive(bytes, peer);
          return true;
        }) {}

  Status start() override { return datagrams_.listen(config_->address); }
  void stop() override { datagrams_.stop(); }
  bool ready() const override { return datagrams_.listening(); }
  bool stalled() const override { return outlet_.stalled(); }
  bool offer_again() override { return outlet_.offer_again(); }
  void add_status(model::PipelineStatus& out) const override {
    model::ReceiverStatus receiver;
    receiver.name = "gelf udp " + loop::to_string(datagrams_.local()) + " " + env_.job;
    receiver.requests = seen_;
    receiver.records = entries_.value();
    receiver.refused = refused_ + datagrams_.lost();
    out.receivers.push_back(std::move(receiver));
  }

 private:
  void receive(std::string_view bytes, const loop::HostPort& peer) {
    ++seen_;
    if (!GelfChunks::is_chunk(bytes)) return unpack(bytes);
    const auto added = chunks_.add(bytes, peer.host, env_.loop.now(), whole_);
    count_given_up();
    if (added == GelfChunks::Added::Malformed) return refuse("chunk", "parse_error");
    if (added == GelfChunks::Added::Complete) unpack(whole_);
  }

  void unpack(std::string_view payload) {
    const auto json = unpack_gelf(payload, kMostMessageBytes);
    if (json) return add(*json);
    const bool large = json.error().kind == ErrorKind::Overloaded;
    refuse(large ? "too_large" : "compression", large ? "too_large" : "parse_error");
  }

  void add(std::string_view json) {
    pool_.clear();
    const auto message = parse_gelf(json, pool_);
    if (!message) return refuse("json", "parse_error");
    const auto stream = streams_.resolve(labels_of(*message));
    if (stream.outcome != StreamLabels::Outcome::Kept)
      return drop(stream.outcome == StreamLabels::Outcome::Dropped ? "relabel_drop" : "no_labels");
    const bool own_time = config_->use_incoming_timestamp && message->time;
    model::LogBatch& batch = outlet_.batch();
    batch.entries.push_back({own_time ? *message->time : env_.clock.wall_now(),
                             batch.arena.copy(message->line),
                             stream.labels,
                             {},
                             0});
    entries_.add();
  }

  model::LabelSet labels_of(const GelfMessage& message) const {
    model::LabelSet out = config_->labels;
    const auto set = [&](std::string_view name, std::string_view value) {
      if (!value.empty() && used_.uses(name)) out.set(name, value);
    };
    constexpr int kLevels = 8;
    if (message.level >= 0 && message.level < kLevels)
      set("__gelf_message_level", severity_keyword(static_cast<unsigned>(message.level)));
    set("__gelf_message_host", message.host);
    set("__gelf_message_version", message.version);
    set("__gelf_message_facility", message.facility);
    return out;
  }

  void refuse(std::string_view reason, std::string_view drop_reason) {
    env_.scope.counter("gelf_target_parsing_errors_total", "reason", reason).add();
    drop(drop_reason);
  }

  void drop(std::string_view reason) {
    ++refused_;
    env_.ledger.in("gelf").add();
    env_.ledger.dropped().add(reason, 1);
  }

  // Messages whose chunks did not all come.
  void count_given_up() {
    while (counted_given_up_ < chunks_.given_up()) {
      ++counted_given_up_;
      refuse("incomplete", "parse_error");
    }
    const auto next = chunks_.next_expiry();
    if (!next) return expiry_.stop();
    if (expiry_.armed()) return;
    expiry_ = env_.loop.after(*next - env_.loop.now(), [this] {
      expiry_.stop();
      chunks_.expire(env_.loop.now());
      count_given_up();
    });
  }

  const std::shared_ptr<const GelfConfig> config_;
  const SourceEnvironment env_;
  const UsedLabels used_;
  StreamLabels streams_;
  BatchOutlet outlet_;
  selfmon::Counter& entries_;
  UdpIntake datagrams_;
  GelfChunks chunks_;
  codec::JsonPool pool_;
  std::string whole_;
  loop::Timer expiry_;
  std::uint64_t seen_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t counted_given_up_ = 0;
};

}  // namespace

SourceMaker read_gelf_source(const config::Node& options, const SourceSite& site) {
  const auto config =
      std::make_shared<const GelfConfig>(read_config(options, site.report, site.path));
  return [config, rules = site.relabel_rules](
             const SourceEnvironment& environment,
             model::Sink<model::LogBatch>& next) -> Result<std::unique_ptr<Source>> {
    auto compiled = relabel::RuleSet::compile(rules, model::NameValidation::Utf8);
    if (!compiled) return compiled.error();
    return std::unique_ptr<Source>(std::make_unique<GelfSource>(
        config, environment, std::move(*compiled), UsedLabels(rules), next));
  };
}

}  // namespace agent::logs
