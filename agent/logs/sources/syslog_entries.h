#pragma once
// From framed syslog messages to entries with labels.
#include <memory>
#include <string>
#include <string_view>

#include "agent/logs/source.h"
#include "agent/logs/sources/batch_outlet.h"
#include "agent/logs/sources/rfc3164.h"
#include "agent/logs/sources/rfc5424.h"
#include "agent/logs/sources/stream_labels.h"
#include "agent/logs/sources/syslog_config.h"
#include "agent/logs/sources/syslog_framer.h"
#include "agent/logs/sources/used_labels.h"

namespace agent::logs {

/// Who sent a message.
struct SyslogPeer {
  std::string_view address;
  std::string_view hostname;  ///< "": not known
};

/// Adds messages to the batch of an outlet and counts what becomes of them:
/// syslog_target_entries_total, syslog_target_parsing_errors_total{reason},
/// syslog_empty_messages_total; the ledger's drops with its own reasons.
///
/// A malformed message is kept: its line is all of it as it came, its labels are what was read
/// before the error, and `__syslog_message_parse_error` says what is wrong. Loop thread.
class SyslogEntries {
 public:
  /// All outlive it. `zone` is the local one.
  SyslogEntries(const SyslogConfig& config, const SourceEnvironment& environment, const Zone& zone,
                relabel::RuleSet rules, const UsedLabels& used, BatchOutlet& outlet);

  void add(const SyslogFrame& frame, const SyslogPeer& peer);
  /// Bytes that tell no framing, kept as a malformed message (a datagram).
  void add_unframed(std::string_view bytes, const SyslogPeer& peer);
  /// A connection that told no framing.
  void count_refused();

  std::uint64_t taken() const { return taken_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  void add_message(std::string_view bytes, const SyslogPeer& peer, std::string_view error);
  void set_labels(const SyslogPeer& peer, std::string_view error, model::LabelSet& out) const;
  void set(model::LabelSet& out, std::string_view name, std::string_view value) const;
  void drop(std::string_view reason);
  void count_error(std::string_view reason);

  const SyslogConfig& config_;
  const SourceEnvironment& env_;
  const UsedLabels& used_;
  BatchOutlet& outlet_;
  StreamLabels streams_;
  Rfc5424Parser rfc5424_;
  Rfc3164Parser rfc3164_;
  SyslogMessage message_;
  std::string line_;
  selfmon::Counter& entries_;
  selfmon::Counter& empty_;
  std::uint64_t taken_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace agent::logs
