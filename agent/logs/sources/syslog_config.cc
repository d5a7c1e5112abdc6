#include "agent/logs/sources/syslog_config.h"

#include "agent/config/reader.h"
#include "agent/logs/sources/source_options.h"
#include "agent/net/secret_keys.h"
#include "agent/net/tls_versions.h"

namespace agent::logs {
namespace {

using config::Reader;

// Every connection may hold one unfinished message.
constexpr std::int64_t kMostMessageBytes = 64 << 20U;

SyslogConfig::Transport read_transport(Reader& in) {
  const std::string text = in.string("listen_protocol", "tcp");
  if (text == "udp") return SyslogConfig::Transport::Udp;
  if (text != "tcp" && !text.empty()) in.error("listen_protocol", "tcp or udp is asked here");
  return SyslogConfig::Transport::Tcp;
}

SyslogConfig::Format read_format(Reader& in) {
  const std::string text = in.string("syslog_format", "rfc5424");
  if (text == "rfc3164") return SyslogConfig::Format::Rfc3164;
  if (text != "rfc5424" && !text.empty())
    in.error("syslog_format", "rfc5424 or rfc3164 is asked here");
  return SyslogConfig::Format::Rfc5424;
}

// The client form of Prometheus, used by Promtail for a listener: what is the client's has no
// meaning here.
std::optional<net::TlsServerConfig> read_tls(Reader& parent, SyslogConfig::Transport transport) {
  Reader in(parent.child("tls_config"), config::Keys::Strict, parent.report(),
            parent.path_of("tls_config"));
  net::TlsServerConfig out;
  out.cert = net::secret_keys(in, "cert");
  out.key = net::secret_keys(in, "key");
  out.client_ca = net::secret_keys(in, "ca");
  net::read_tls_versions(in, out.min_version, out.max_version);
  for (const char* key : {"server_name", "insecure_skip_verify"})
    if (in.has(key)) in.warning(key, "this has no meaning where others connect to us; ignored");
  const bool any = !out.cert.empty() || !out.key.empty() || !out.client_ca.empty();
  if (any && (out.cert.empty() || out.key.empty()))
    in.error("", "cert_file and key_file are both needed");
  if (any && transport == SyslogConfig::Transport::Udp)
    in.warning("", "TLS is for tcp; datagrams are read in clear text");
  static_cast<void>(in.finish());  // the report has it
  if (!any || transport == SyslogConfig::Transport::Udp) return std::nullopt;
  if (!out.client_ca.empty()) out.client_auth = net::TlsServerConfig::ClientAuth::RequireAndVerify;
  return out;
}

}  // namespace

SyslogConfig read_syslog_config(const config::Node& node, config::Report& report,
                                const std::string& path) {
  Reader in(node, config::Keys::Strict, report, path);
  SyslogConfig out;
  out.address = read_listen_address(in, "");
  out.transport = read_transport(in);
  out.format = read_format(in);
  out.idle_timeout = read_go_duration(in, "idle_timeout", out.idle_timeout);
  const auto longest = in.integer("max_message_length", 0, 0, kMostMessageBytes);
  if (longest > 0) out.max_message_bytes = static_cast<std::size_t>(longest);
  out.label_structured_data = in.boolean("label_structured_data", false);
  out.use_incoming_timestamp = in.boolean("use_incoming_timestamp", false);
  out.use_rfc5424_message = in.boolean("use_rfc5424_message", false);
  out.labels = read_source_labels(in);
  out.tls = read_tls(in, out.transport);
  static_cast<void>(in.finish());  // the report has it
  return out;
}

}  // namespace agent::logs
