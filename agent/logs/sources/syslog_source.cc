#include "agent/logs/sources/syslog_source.h"

#include <utility>

#include "agent/logs/sources/reverse_names.h"
#include "agent/logs/sources/syslog_config.h"
#include "agent/logs/sources/syslog_connections.h"
#include "agent/logs/sources/syslog_entries.h"
#include "agent/logs/sources/syslog_framer.h"
#include "agent/logs/sources/udp_intake.h"
#include "agent/logs/sources/used_labels.h"
#include "agent/relabel/rule_set.h"

namespace agent::logs {
namespace {

constexpr std::string_view kHostnameLabel = "__syslog_connection_hostname";

class SyslogSource final : public Source {
 public:
  SyslogSource(std::shared_ptr<const SyslogConfig> config, SourceEnvironment environment, Zone zone,
               relabel::RuleSet rules, UsedLabels used, model::Sink<model::LogBatch>& next)
      : config_(std::move(config)),
        env_(std::move(environment)),
        zone_(std::move(zone)),
        used_(std::move(used)),
        outlet_(next, env_.loop, env_.ledger.in("syslog")),
        entries_(*config_, env_, zone_, std::move(rules), used_, outlet_),
        names_(env_.loop),
        framer_(config_->max_message_bytes),
        connections_(*config_, env_, entries_, outlet_, wants_names() ? &names_ : nullptr),
        datagrams_(env_, "syslog", outlet_, [this](std::string_view bytes, const auto& peer) {
          return on_datagram(bytes, peer);
        }) {}

  Status start() override {
    return is_udp() ? datagrams_.listen(config_->address) : connections_.listen();
  }
  void stop() override {
    connections_.stop();
    datagrams_.stop();
  }
  bool ready() const override { return connections_.listening() || datagrams_.listening(); }
  bool stalled() const override { return outlet_.stalled(); }
  bool offer_again() override { return outlet_.offer_again(); }
  void add_status(model::PipelineStatus& out) const override {
    const loop::HostPort address = is_udp() ? datagrams_.local() : connections_.local();
    model::ReceiverStatus receiver;
    receiver.name =
        "syslog " + std::string(protocol()) + " " + loop::to_string(address) + " " + env_.job;
    receiver.requests = is_udp() ? datagrams_seen_ : connections_.accepted();
    receiver.records = entries_.taken();
    receiver.refused = entries_.dropped() + datagrams_.lost();
    out.receivers.push_back(std::move(receiver));
  }

 private:
  bool is_udp() const { return config_->transport == SyslogConfig::Transport::Udp; }
  bool wants_names() const { return used_.uses(kHostnameLabel); }
  std::string_view protocol() const {
    if (is_udp()) return "udp";
    return config_->tls ? "tls" : "tcp";
  }

  bool on_datagram(std::string_view bytes, const loop::HostPort& from) {
    SyslogPeer peer{from.host, {}};
    if (wants_names()) {
      if (names_.wait_for(from.host, [this] { datagrams_.again(); })) return false;
      peer.hostname = names_.get(from.host);
    }
    ++datagrams_seen_;
    framer_.reset();
    const auto take = [&](const SyslogFrame& frame) { entries_.add(frame, peer); };
    if (framer_.feed(bytes, take)) {
      framer_.finish(take);
    } else {
      entries_.add_unframed(bytes, peer);
    }
    return true;
  }

  const std::shared_ptr<const SyslogConfig> config_;
  const SourceEnvironment env_;
  const Zone zone_;
  const UsedLabels used_;
  BatchOutlet outlet_;
  SyslogEntries entries_;
  ReverseNames names_;
  SyslogFramer framer_;  // of the datagram at hand
  SyslogConnections connections_;
  UdpIntake datagrams_;
  std::uint64_t datagrams_seen_ = 0;
};

}  // namespace

SourceMaker read_syslog_source(const config::Node& options, const SourceSite& site) {
  const auto config =
      std::make_shared<const SyslogConfig>(read_syslog_config(options, site.report, site.path));
  return [config, rules = site.relabel_rules](
             const SourceEnvironment& environment,
             model::Sink<model::LogBatch>& next) -> Result<std::unique_ptr<Source>> {
    auto compiled = relabel::RuleSet::compile(rules, model::NameValidation::Utf8);
    if (!compiled) return compiled.error();
    auto zone = Zone::load("Local");
    if (!zone) return zone.error();
    return std::unique_ptr<Source>(std::make_unique<SyslogSource>(
        config, environment, std::move(*zone), std::move(*compiled), UsedLabels(rules), next));
  };
}

}  // namespace agent::logs
