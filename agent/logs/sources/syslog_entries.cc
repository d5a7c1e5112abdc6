#include "agent/logs/sources/syslog_entries.h"

#include <algorithm>
#include <utility>

namespace agent::logs {
namespace {

using Outcome = StreamLabels::Outcome;

}  // namespace

SyslogEntries::SyslogEntries(const SyslogConfig& config, const SourceEnvironment& environment,
                             const Zone& zone, relabel::RuleSet rules, const UsedLabels& used,
                             BatchOutlet& outlet)
    : config_(config),
      env_(environment),
      used_(used),
      outlet_(outlet),
      streams_(std::move(rules), environment.labels),
      rfc3164_(zone),
      entries_(env_.scope.counter("syslog_target_entries_total", "Messages that became entries.")),
      empty_(env_.scope.counter("syslog_empty_messages_total", "Messages without text.")) {}

void SyslogEntries::count_error(std::string_view reason) {
  env_.scope.counter("syslog_target_parsing_errors_total", "reason", reason).add();
}

void SyslogEntries::count_refused() { count_error("framing"); }

void SyslogEntries::drop(std::string_view reason) {
  ++dropped_;
  env_.ledger.in("syslog").add();
  env_.ledger.dropped().add(reason, 1);
}

void SyslogEntries::add(const SyslogFrame& frame, const SyslogPeer& peer) {
  switch (frame.kind) {
    case SyslogFrame::Kind::TooLong:
      count_error("too_long");
      return drop("too_large");
    case SyslogFrame::Kind::CutOff:
      return add_message(frame.bytes, peer, "cut_off");
    case SyslogFrame::Kind::Message:
      return add_message(frame.bytes, peer, {});
  }
}

void SyslogEntries::add_unframed(std::string_view bytes, const SyslogPeer& peer) {
  if (bytes.size() > config_.max_message_bytes) return add({{}, SyslogFrame::Kind::TooLong}, peer);
  add_message(bytes, peer, "framing");
}

void SyslogEntries::add_message(std::string_view bytes, const SyslogPeer& peer,
                                std::string_view error) {
  if (bytes.empty()) return empty_.add();
  const Timestamp now = env_.clock.wall_now();
  if (config_.format == SyslogConfig::Format::Rfc5424) {
    rfc5424_.parse(bytes, message_);
  } else {
    rfc3164_.parse(bytes, now, message_);
  }
  if (error.empty()) error = message_.error;
  if (!error.empty()) count_error(error);
  if (error.empty() && message_.text.empty()) return empty_.add();

  model::LabelSet discovered = config_.labels;
  set_labels(peer, error, discovered);
  const auto stream = streams_.resolve(discovered);
  if (stream.outcome != Outcome::Kept)
    return drop(stream.outcome == Outcome::Dropped ? "relabel_drop" : "no_labels");

  std::string_view line = error.empty() ? message_.text : bytes;
  if (config_.use_rfc5424_message && error.empty()) {
    line_.clear();
    append_rfc5424(line_, message_);
    line = line_;
  }
  model::LogBatch& batch = outlet_.batch();
  const bool own_time = config_.use_incoming_timestamp && message_.time;
  batch.entries.push_back(
      {own_time ? message_.time->at : now, batch.arena.copy(line), stream.labels, {}, 0});
  entries_.add();
  ++taken_;
}

void SyslogEntries::set(model::LabelSet& out, std::string_view name, std::string_view value) const {
  if (!value.empty() && used_.uses(name)) out.set(name, value);
}

void SyslogEntries::set_labels(const SyslogPeer& peer, std::string_view error,
                               model::LabelSet& out) const {
  const SyslogMessage& m = message_;
  set(out, "__syslog_connection_ip_address", peer.address);
  set(out, "__syslog_connection_hostname", peer.hostname);
  if (m.priority) {
    set(out, "__syslog_message_severity", severity_keyword(*m.priority % 8));
    set(out, "__syslog_message_facility", facility_keyword(*m.priority / 8));
  }
  set(out, "__syslog_message_hostname", m.hostname);
  set(out, "__syslog_message_app_name", m.app_name);
  set(out, "__syslog_message_proc_id", m.proc_id);
  set(out, "__syslog_message_msg_id", m.msg_id);
  set(out, "__syslog_message_parse_error", error);
  if (!config_.label_structured_data) return;
  for (const auto& parameter : m.parameters) {
    std::string name = "__syslog_message_sd_";
    name += parameter.element;
    std::replace(name.begin(), name.end(), '@', '_');
    name += '_';
    name += parameter.name;
    set(out, name, unescape_parameter(parameter.value));
  }
}

}  // namespace agent::logs
