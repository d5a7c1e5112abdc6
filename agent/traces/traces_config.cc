#include "agent/traces/traces_config.h"

#include <algorithm>
#include <charconv>

#include "agent/traces/tracestate.h"

namespace agent::traces {
namespace {

constexpr std::uint16_t kGrpcPort = 4317;
constexpr std::uint16_t kHttpPort = 4318;
constexpr std::int64_t kMaxBodyMib = 1024;

bool is_wildcard(const std::string& host) {
  return host.empty() || host == "0.0.0.0" || host == "::";
}
bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3);
}

// "" binds all addresses.
std::string default_host(const Environment& environment) {
  return environment.in_container ? "" : "127.0.0.1";
}

// A map that has no effect as long as it is empty.
void refuse_unless_empty(config::Reader& reader, const char* key, const char* reason) {
  const config::Node node = reader.child(key);
  if (!node.is_empty() && !(node.is_map() && node.entries().empty())) reader.error(key, reason);
}

class SectionReader {
 public:
  SectionReader(const Environment& environment, config::Report& report)
      : environment_(environment), report_(report) {}

  TracesConfig read_traces(const config::Node& node) {
    config::Reader reader(node, config::Keys::Strict, report_, "traces");
    out_.active = true;
    reader.refuse("configs",
                  "the Grafana Agent's form is not built yet; see `receivers`, `sampler` "
                  "and `exporters`");
    reader.refuse("tail_sampling", "tail sampling is not built yet");
    read_receivers(reader);
    out_.sampler = read_sampler_config(reader.child("sampler"), report_, reader.path_of("sampler"));
    out_.batch = read_batch_config(reader.child("batch"), report_, reader.path_of("batch"));
    read_exporters(reader);
    static_cast<void>(reader.finish());
    return std::move(out_);
  }

  TracesConfig read_tracing(const config::Node& node) {
    config::Reader reader(node, config::Keys::Strict, report_, "tracing_config");
    out_.active = reader.boolean("active", true);
    read_receivers(reader);
    out_.sampler = read_sampler_config(reader.child("sampler"), report_, reader.path_of("sampler"));
    out_.batch = read_batch_config(reader.child("batch"), report_, reader.path_of("batch"));
    const auto endpoint = out_.active ? Endpoint::Required : Endpoint::Optional;
    add_exporter(read_exporter_keys(reader, endpoint, environment_.folder), reader, "endpoint");
    static_cast<void>(reader.finish());
    return std::move(out_);
  }

 private:
  void read_receivers(config::Reader& section) {
    const config::Node node = section.child("receivers");
    if (node.is_empty()) {
      add_listener({{default_host(environment_), kGrpcPort}});
      add_listener({{default_host(environment_), kHttpPort}});
      out_.default_addresses = true;
      return;
    }
    config::Reader receivers(node, config::Keys::Strict, report_, section.path_of("receivers"));
    for (const char* later : {"zipkin", "jaeger", "jaeger_remote_sampling"})
      receivers.refuse(later, "not built yet: only otlp is");
    config::Reader otlp(receivers.child("otlp"), config::Keys::Strict, report_,
                        receivers.path_of("otlp"));
    const config::Node protocols_node = otlp.child("protocols");
    config::Reader protocols(protocols_node, config::Keys::Strict, report_,
                             otlp.path_of("protocols"));
    if (const auto grpc = protocols.child("grpc"); !grpc.is_absent()) read_grpc(protocols, grpc);
    if (const auto http = protocols.child("http"); !http.is_absent()) read_http(protocols, http);
    const bool read = protocols.finish() && otlp.finish() && receivers.finish();
    if (read && out_.listeners.empty())
      section.error("receivers", "no receiver is named: otlp.protocols with grpc, http or both");
  }

  void read_grpc(const config::Reader& protocols, const config::Node& node) {
    config::Reader grpc(node, config::Keys::Strict, report_, protocols.path_of("grpc"));
    OtlpListenerConfig listener;
    listener.address = read_address(grpc, kGrpcPort);
    out_.max_grpc_bytes =
        static_cast<std::uint64_t>(grpc.integer("max_recv_msg_size_mib", 16, 1, kMaxBodyMib))
        << 20U;
    listener.max_concurrent_streams =
        static_cast<std::uint32_t>(grpc.integer("max_concurrent_streams", 100, 1, 100'000));
    refuse_unless_empty(grpc, "keepalive", "not built yet");
    refuse_unless_empty(grpc, "tls", "TLS on listeners is not built yet");
    if (grpc.finish()) add_listener(listener);
  }

  void read_http(const config::Reader& protocols, const config::Node& node) {
    config::Reader http(node, config::Keys::Strict, report_, protocols.path_of("http"));
    OtlpListenerConfig listener;
    listener.address = read_address(http, kHttpPort);
    out_.max_http_bytes = http.byte_size("max_request_body_size", out_.max_http_bytes);
    if (out_.max_http_bytes == 0 || out_.max_http_bytes >> 20U > kMaxBodyMib)
      http.error("max_request_body_size", "must be from 1 byte to 1GiB");
    out_.traces_path = http.string("traces_url_path", out_.traces_path);
    if (!out_.traces_path.starts_with('/'))
      http.error("traces_url_path", "a path starts with a slash");
    refuse_unless_empty(http, "cors", "not built yet");
    refuse_unless_empty(http, "tls", "TLS on listeners is not built yet");
    if (http.finish()) add_listener(listener);
  }

  loop::HostPort read_address(config::Reader& reader, std::uint16_t port) {
    const auto endpoint = reader.optional_string("endpoint");
    if (!endpoint) {
      out_.default_addresses = true;
      return {default_host(environment_), port};
    }
    const auto address = loop::parse_host_port(*endpoint, port);
    if (address) return *address;
    reader.error("endpoint", address.error().message);
    return {};
  }

  // One listener an address: the second protocol on the same one is served by the first.
  void add_listener(OtlpListenerConfig listener) {
    for (const auto& other : out_.listeners) {
      if (other.address.port == listener.address.port && listener.address.port != 0 &&
          other.address.host == listener.address.host)
        return;
    }
    out_.listeners.push_back(std::move(listener));
  }

  void read_exporters(config::Reader& section) {
    const auto nodes = section.list("exporters");
    if (nodes.empty()) section.error("exporters", "at least one exporter is needed");
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      config::Reader reader(nodes[i], config::Keys::Strict, report_,
                            section.path_of("exporters") + "[" + std::to_string(i) + "]");
      auto exporter = read_exporter_keys(reader, Endpoint::Required, environment_.folder);
      if (reader.finish()) add_exporter(std::move(exporter), reader, "endpoint");
    }
  }

  void add_exporter(model::OtlpExporterConfig exporter, config::Reader& reader, const char* key) {
    if (exporter.host.empty()) return;  // inactive, or wrong and reported
    const loop::HostPort target{exporter.host, exporter.port};
    for (const auto& listener : out_.listeners) {
      if (!reaches_listener(target, listener.address, environment_.local_addresses)) continue;
      reader.error(
          key, "spans would come back to our own listener on " + loop::to_string(listener.address));
      return;
    }
    // The ledger keeps one account a name.
    const std::string name = exporter.name;
    for (int twin = 2; is_taken(exporter.name); ++twin)
      exporter.name = name + "#" + std::to_string(twin);
    out_.exporters.push_back(std::move(exporter));
  }

  bool is_taken(const std::string& name) const {
    return std::any_of(out_.exporters.begin(), out_.exporters.end(),
                       [&](const auto& other) { return other.name == name; });
  }

  const Environment& environment_;
  config::Report& report_;
  TracesConfig out_;
};

}  // namespace

bool reaches_listener(const loop::HostPort& target, const loop::HostPort& listener,
                      const std::vector<std::string>& local_addresses) {
  if (target.port != listener.port || listener.port == 0) return false;
  if (target.host == listener.host) return true;
  if (target.host == "localhost")
    return is_wildcard(listener.host) || listener.host == "127.0.0.1" || listener.host == "::1";
  if (listener.host == "localhost") return target.host == "127.0.0.1" || target.host == "::1";
  // Connecting to "any address" gets to this machine.
  if (is_wildcard(target.host)) return is_wildcard(listener.host) || is_loopback(listener.host);
  return is_wildcard(listener.host) &&
         (is_loopback(target.host) || std::find(local_addresses.begin(), local_addresses.end(),
                                                target.host) != local_addresses.end());
}

TracesConfig read_traces_config(const config::Node& traces_section,
                                const config::Node& tracing_section, const Environment& environment,
                                config::Report& report) {
  if (!traces_section.is_absent() && !tracing_section.is_absent()) {
    report.error(tracing_section.mark(), "tracing_config",
                 "is shorthand for `traces`, which stands at " +
                     config::to_string(traces_section.mark()) + " as well; keep one of them");
    return {};
  }
  SectionReader reader(environment, report);
  if (!traces_section.is_absent()) return reader.read_traces(traces_section);
  if (!tracing_section.is_absent()) return reader.read_tracing(tracing_section);
  return {};
}

std::string describe(const SamplerConfig& sampler) {
  if (sampler.ratio >= 1) return "keeps all traces";
  if (sampler.ratio <= 0) return "keeps no trace";
  char text[32];
  const auto end = std::to_chars(std::begin(text), std::end(text), sampler.ratio).ptr;
  return "keeps a share of " + std::string(std::begin(text), end) + " of all traces (threshold " +
         threshold_text(ratio_threshold(sampler.ratio)) + ")";
}

}  // namespace agent::traces
