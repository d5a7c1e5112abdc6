#include "agent/net/docker_host.h"

#include "agent/base/strings.h"
#include "agent/net/http_client_config.h"
#include "agent/net/url.h"

namespace agent::net {
namespace {

constexpr std::string_view kUnix = "unix://";
constexpr std::string_view kTcp = "tcp://";
// Lists of hosts with thousands of containers.
constexpr std::uint64_t kMostAnswerBytes = 64ULL << 20U;

bool has_tls(const model::TlsConfig& tls) { return !(tls == model::TlsConfig()); }

// Scheme, host and port; what they are of a socket is of no importance.
std::string base_url(const model::DockerDiscovery& engine) {
  const std::string_view host = engine.host;
  if (host.starts_with(kUnix)) return "http://docker";
  if (host.starts_with(kTcp))
    return (has_tls(engine.http.tls) ? "https://" : "http://") +
           std::string(host.substr(kTcp.size()));
  return std::string(host);
}

void check_host(config::Reader& reader, const model::DockerDiscovery& engine) {
  if (engine.host.empty()) return;  // said already
  const bool socket = engine.host.starts_with(kUnix);
  const bool well_formed =
      socket ? engine.host.size() > kUnix.size() && engine.host[kUnix.size()] == '/'
             : parse_url(base_url(engine)).has_value();
  if (!well_formed)
    reader.error("host", "unix:///path/of/socket, tcp://, http:// or https:// is asked here");
}

void read_filters(config::Reader& parent, model::DockerDiscovery& out) {
  const auto filters = parent.list("filters");
  for (std::size_t i = 0; i < filters.size(); ++i) {
    config::Reader reader(filters[i], config::Keys::Strict, parent.report(),
                          parent.path_of("filters") + "[" + std::to_string(i) + "]");
    auto& values = out.filters[reader.required_string("name")];
    for (std::string& value : reader.strings("values"))
      values.push_back(std::move(value));
    if (values.empty()) reader.error("values", "at least one value is asked here");
    (void)reader.finish();  // what it finds is in the report
  }
}

}  // namespace

model::DockerDiscovery read_docker_discovery(config::Reader& reader) {
  model::DockerDiscovery out;
  out.host = reader.required_string("host");
  out.http = read_http_client_config(reader);
  check_host(reader, out);
  out.refresh_interval =
      reader.duration("refresh_interval", out.refresh_interval, config::DurationForm::Prometheus);
  if (out.refresh_interval == Duration::zero()) out.refresh_interval = std::chrono::minutes(1);
  out.port = static_cast<std::uint16_t>(reader.integer("port", out.port, 1, 65535));
  out.host_networking_host = reader.string("host_networking_host", out.host_networking_host);
  out.match_first_network = reader.boolean("match_first_network", out.match_first_network);
  read_filters(reader, out);
  return out;
}

ClientRequest docker_request(const model::DockerDiscovery& engine, const std::string& path) {
  ClientRequest out;
  std::string base = base_url(engine);
  while (base.ends_with('/'))
    base.pop_back();
  out.url = base + path;
  if (engine.host.starts_with(kUnix)) out.unix_socket = engine.host.substr(kUnix.size());
  out.max_response_bytes = kMostAnswerBytes;
  return out;
}

}  // namespace agent::net
