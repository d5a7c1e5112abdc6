#pragma once
#include <cstddef>
#include <optional>

#include "agent/base/clock.h"
#include "agent/config/node.h"
#include "agent/config/report.h"
#include "agent/loop/tcp.h"
#include "agent/model/label_set.h"
#include "agent/net/tls_server_config.h"

namespace agent::logs {

/// The `syslog` key of a job. Spec: logs.md 2.4.
struct SyslogConfig {
  enum class Transport { Tcp, Udp };
  enum class Format { Rfc5424, Rfc3164 };
  loop::HostPort address;
  Transport transport = Transport::Tcp;
  Format format = Format::Rfc5424;
  Duration idle_timeout = std::chrono::seconds(120);
  std::size_t max_message_bytes = 8192;
  bool label_structured_data = false;
  bool use_incoming_timestamp = false;
  bool use_rfc5424_message = false;
  model::LabelSet labels;
  std::optional<net::TlsServerConfig> tls;
};

/// Faults go into `report`; certificates are not opened.
SyslogConfig read_syslog_config(const config::Node& node, config::Report& report,
                                const std::string& path);

}  // namespace agent::logs
