#include "agent/logs/sources/unbuilt_sources.h"

#include <algorithm>
#include <limits>

#include "agent/base/strings.h"
#include "agent/config/reader.h"
#include "agent/logs/sources/source_options.h"
#include "agent/net/http_client_config.h"
#include "agent/net/peer_server_config.h"

namespace agent::logs {
namespace {

using config::Reader;

enum class Type {
  Text,
  Texts,
  TextMap,
  Flag,
  Whole,
  GoDuration,
  Duration,  // Prometheus' form
  Labels,
  Server,
  Map,         // of the part "<part>.<key>"
  Maps,        // a list of such
  Tls,         // a map of the part "tls"
  InlineTls,   // those keys here; the key is ""
  InlineHttp,  // the keys of HTTP clients here; the key is ""
};
enum class Need { Optional, Required };

struct Key {
  std::string_view part;
  std::string_view key;
  Type type;
  Need need = Need::Optional;
  std::string_view words = {};  // that a text may be, by |; "": any
};

// What each kind may hold. One key a line.
// clang-format off
constexpr Key kKeys[] = {
    {"kafka", "brokers", Type::Texts, Need::Required},
    {"kafka", "topics", Type::Texts, Need::Required},
    {"kafka", "group_id", Type::Text},
    {"kafka", "assignor", Type::Text, Need::Optional, "range|roundrobin|sticky"},
    {"kafka", "version", Type::Text},
    {"kafka", "use_incoming_timestamp", Type::Flag},
    {"kafka", "labels", Type::Labels},
    {"kafka", "authentication", Type::Map},
    {"kafka.authentication", "type", Type::Text, Need::Optional, "none|ssl|sasl"},
    {"kafka.authentication", "tls_config", Type::Tls},
    {"kafka.authentication", "sasl_config", Type::Map},
    {"kafka.authentication.sasl_config", "mechanism", Type::Text, Need::Optional, "PLAIN|SCRAM-SHA-256|SCRAM-SHA-512"},
    {"kafka.authentication.sasl_config", "user", Type::Text},
    {"kafka.authentication.sasl_config", "password", Type::Text},
    {"kafka.authentication.sasl_config", "use_tls", Type::Flag},
    {"kafka.authentication.sasl_config", "", Type::InlineTls},
    {"cloudflare", "api_token", Type::Text, Need::Required},
    {"cloudflare", "zone_id", Type::Text, Need::Required},
    {"cloudflare", "pull_range", Type::Duration},
    {"cloudflare", "workers", Type::Whole},
    {"cloudflare", "fields_type", Type::Text, Need::Optional, "default|minimal|extended|all|custom"},
    {"cloudflare", "additional_fields", Type::Texts},
    {"cloudflare", "labels", Type::Labels},
    {"gcplog", "subscription_type", Type::Text, Need::Optional, "pull|push"},
    {"gcplog", "project_id", Type::Text},
    {"gcplog", "subscription", Type::Text},
    {"gcplog", "use_incoming_timestamp", Type::Flag},
    {"gcplog", "use_full_line", Type::Flag},
    {"gcplog", "push_timeout", Type::GoDuration},
    {"gcplog", "server", Type::Server},
    {"gcplog", "labels", Type::Labels},
    {"azure_event_hubs", "fully_qualified_namespace", Type::Text, Need::Required},
    {"azure_event_hubs", "event_hubs", Type::Texts, Need::Required},
    {"azure_event_hubs", "connection_string", Type::Text, Need::Required},
    {"azure_event_hubs", "group_id", Type::Text},
    {"azure_event_hubs", "use_incoming_timestamp", Type::Flag},
    {"azure_event_hubs", "disallow_custom_messages", Type::Flag},
    {"azure_event_hubs", "labels", Type::Labels},
    {"heroku_drain", "server", Type::Server},
    {"heroku_drain", "labels", Type::Labels},
    {"heroku_drain", "use_incoming_timestamp", Type::Flag},
    {"windows_events", "locale", Type::Whole},
    {"windows_events", "eventlog_name", Type::Text},
    {"windows_events", "xpath_query", Type::Text},
    {"windows_events", "use_incoming_timestamp", Type::Flag},
    {"windows_events", "bookmark_path", Type::Text},
    {"windows_events", "poll_interval", Type::GoDuration},
    {"windows_events", "exclude_event_data", Type::Flag},
    {"windows_events", "exclude_event_message", Type::Flag},
    {"windows_events", "exclude_user_data", Type::Flag},
    {"windows_events", "labels", Type::Labels},
    {"kubernetes_sd_configs", "role", Type::Text, Need::Required, "node|service|pod|endpoints|endpointslice|ingress"},
    {"kubernetes_sd_configs", "api_server", Type::Text},
    {"kubernetes_sd_configs", "kubeconfig_file", Type::Text},
    {"kubernetes_sd_configs", "namespaces", Type::Map},
    {"kubernetes_sd_configs.namespaces", "names", Type::Texts},
    {"kubernetes_sd_configs.namespaces", "own_namespace", Type::Flag},
    {"kubernetes_sd_configs", "selectors", Type::Maps},
    {"kubernetes_sd_configs.selectors", "role", Type::Text, Need::Required, "node|service|pod|endpoints|endpointslice|ingress"},
    {"kubernetes_sd_configs.selectors", "label", Type::Text},
    {"kubernetes_sd_configs.selectors", "field", Type::Text},
    {"kubernetes_sd_configs", "attach_metadata", Type::Map},
    {"kubernetes_sd_configs.attach_metadata", "node", Type::Flag},
    {"kubernetes_sd_configs.attach_metadata", "namespace", Type::Flag},
    {"kubernetes_sd_configs", "", Type::InlineHttp},
    {"consul_sd_configs", "server", Type::Text},
    {"consul_sd_configs", "path_prefix", Type::Text},
    {"consul_sd_configs", "token", Type::Text},
    {"consul_sd_configs", "datacenter", Type::Text},
    {"consul_sd_configs", "namespace", Type::Text},
    {"consul_sd_configs", "partition", Type::Text},
    {"consul_sd_configs", "tag_separator", Type::Text},
    {"consul_sd_configs", "scheme", Type::Text},
    {"consul_sd_configs", "username", Type::Text},
    {"consul_sd_configs", "password", Type::Text},
    {"consul_sd_configs", "allow_stale", Type::Flag},
    {"consul_sd_configs", "refresh_interval", Type::Duration},
    {"consul_sd_configs", "services", Type::Texts},
    {"consul_sd_configs", "tags", Type::Texts},
    {"consul_sd_configs", "node_meta", Type::TextMap},
    {"consul_sd_configs", "filter", Type::Text},
    {"consul_sd_configs", "health_filter", Type::Text},
    {"consul_sd_configs", "", Type::InlineHttp},
    {"consulagent_sd_configs", "server", Type::Text},
    {"consulagent_sd_configs", "token", Type::Text},
    {"consulagent_sd_configs", "datacenter", Type::Text},
    {"consulagent_sd_configs", "tag_separator", Type::Text},
    {"consulagent_sd_configs", "scheme", Type::Text},
    {"consulagent_sd_configs", "username", Type::Text},
    {"consulagent_sd_configs", "password", Type::Text},
    {"consulagent_sd_configs", "refresh_interval", Type::Duration},
    {"consulagent_sd_configs", "services", Type::Texts},
    {"consulagent_sd_configs", "tags", Type::Texts},
    {"consulagent_sd_configs", "tls_config", Type::Tls},
    {"dns_sd_configs", "names", Type::Texts, Need::Required},
    {"dns_sd_configs", "refresh_interval", Type::Duration},
    {"dns_sd_configs", "type", Type::Text},
    {"dns_sd_configs", "port", Type::Whole},
    {"tls", "ca", Type::Text},
    {"tls", "cert", Type::Text},
    {"tls", "key", Type::Text},
    {"tls", "ca_file", Type::Text},
    {"tls", "cert_file", Type::Text},
    {"tls", "key_file", Type::Text},
    {"tls", "server_name", Type::Text},
    {"tls", "insecure_skip_verify", Type::Flag},
    {"tls", "min_version", Type::Text, Need::Optional, "TLS10|TLS11|TLS12|TLS13"},
    {"tls", "max_version", Type::Text, Need::Optional, "TLS10|TLS11|TLS12|TLS13"},
};
// clang-format on

bool is_listed(std::string_view part) {
  return std::any_of(std::begin(kKeys), std::end(kKeys),
                     [&](const Key& key) { return key.part == part; });
}

void check_map(std::string_view part, const config::Node& node, config::Report& report,
               const std::string& path);

void check_text(Reader& in, const Key& key) {
  const std::string text = in.string(key.key);
  if (text.empty() || key.words.empty()) return;
  const auto words = split(key.words, '|');
  if (std::find(words.begin(), words.end(), text) != words.end()) return;
  std::vector<std::string> known(words.begin(), words.end());
  in.error(key.key, join(known, ", ") + " are known here, not \"" + text + "\"");
}

void check_server(Reader& parent, std::string_view key) {
  Reader in(parent.child(key), config::Keys::Strict, parent.report(), parent.path_of(key));
  static_cast<void>(net::read_peer_server_config(in));
  net::check_agent_server_keys(in);
  static_cast<void>(in.finish());  // the report has it
}

void check_texts(Reader& in, std::string_view key) {
  for (const auto& [name, value] : in.map(key))
    if (!value.is_scalar() && !value.is_empty())
      in.report().error(value.mark(), in.path_of(key), "text is asked here");
}

void check_below(Reader& in, const Key& key) {
  const std::string part = std::string(key.part) + "." + std::string(key.key);
  if (key.type == Type::Map)
    return check_map(part, in.child(key.key), in.report(), in.path_of(key.key));
  std::size_t index = 0;
  for (const config::Node& item : in.list(key.key))
    check_map(part, item, in.report(), in.path_of(key.key) + "[" + std::to_string(index++) + "]");
}

void check_keys(std::string_view part, Reader& in);

void check_value(Reader& in, const Key& key) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  switch (key.type) {
    case Type::Text:
      return check_text(in, key);
    case Type::Texts:
      static_cast<void>(in.strings(key.key));
      return;
    case Type::TextMap:
      return check_texts(in, key.key);
    case Type::Flag:
      in.boolean(key.key, false);
      return;
    case Type::Whole:
      in.integer(key.key, 0, 0, kMost);
      return;
    case Type::GoDuration:
      read_go_duration(in, key.key, Duration::zero());
      return;
    case Type::Duration:
      in.duration(key.key, Duration::zero(), config::DurationForm::Prometheus);
      return;
    case Type::Labels:
      static_cast<void>(read_source_labels(in));
      return;
    case Type::Server:
      return check_server(in, key.key);
    case Type::Map:
    case Type::Maps:
      return check_below(in, key);
    case Type::Tls:
      return check_map("tls", in.child(key.key), in.report(), in.path_of(key.key));
    case Type::InlineTls:
      return check_keys("tls", in);
    case Type::InlineHttp:
      static_cast<void>(net::read_http_client_config(in));
      return;
  }
}

bool is_given(const config::Node& value) {
  return value.is_map() || !value.items().empty() || !value.text().empty();
}

void check_keys(std::string_view part, Reader& in) {
  for (const Key& key : kKeys) {
    if (key.part != part) continue;
    const int before = in.report().errors();
    check_value(in, key);
    if (key.need == Need::Required && in.report().errors() == before &&
        !is_given(in.child(key.key)))
      in.error(key.key, "this key is required");
  }
}

void check_map(std::string_view part, const config::Node& node, config::Report& report,
               const std::string& path) {
  Reader in(node, config::Keys::Strict, report, path);
  check_keys(part, in);
  static_cast<void>(in.finish());  // the report has it
}

}  // namespace

void check_unbuilt(std::string_view kind, const config::Node& options, config::Report& report,
                   const std::string& path) {
  if (!kind.ends_with("_sd_configs")) return check_map(kind, options, report, path);
  if (!options.is_sequence()) return report.error(options.mark(), path, "a list is asked here");
  std::size_t index = 0;
  for (const config::Node& item : options.items()) {
    const std::string at = path + "[" + std::to_string(index++) + "]";
    if (is_listed(kind)) {
      check_map(kind, item, report, at);
    } else if (!item.is_map()) {
      report.error(item.mark(), at, "a map is asked here");
    }
  }
}

}  // namespace agent::logs
