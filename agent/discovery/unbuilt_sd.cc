#include "agent/discovery/unbuilt_sd.h"

#include <string>

#include "agent/base/strings.h"
#include "agent/net/http_client_config.h"

namespace agent::discovery {
namespace {

enum class HttpKeys { None, Accepted };

struct Kind {
  std::string_view key;
  HttpKeys http;
  std::string_view known;     // keys, by blanks
  std::string_view required;  // of those
};

constexpr Kind kKinds[] = {
    {"http_sd_configs", HttpKeys::Accepted, "url", "url"},
    {"dns_sd_configs", HttpKeys::None, "names type port", "names"},
    {"kubernetes_sd_configs", HttpKeys::Accepted,
     "role api_server kubeconfig_file namespaces selectors attach_metadata", "role"},
    {"consul_sd_configs", HttpKeys::Accepted,
     "server path_prefix scheme token datacenter namespace partition services tags node_meta "
     "filter health_filter tag_separator allow_stale username password",
     ""},
    {"ec2_sd_configs", HttpKeys::Accepted,
     "region endpoint access_key secret_key profile role_arn external_id port filters", ""},
};

void check_dns(config::Reader& in) {
  const std::string type = to_upper(in.string("type", "SRV"));
  bool known = false;
  for (const char* one : {"SRV", "A", "AAAA", "MX", "NS"})
    known |= type == one;
  if (!known) in.error("type", "SRV, A, AAAA, MX or NS is asked here");
  if (in.strings("names").empty()) in.error("names", "at least one name is asked here");
  if (in.integer("port", 0, 0, 65535) == 0 && type != "SRV")
    in.error("port", "records of type " + type + " have no port: it is required here");
}

void check_kubernetes(config::Reader& in) {
  const std::string role = to_lower(in.string("role"));
  for (const char* one : {"", "node", "service", "pod", "endpoints", "endpointslice", "ingress"})
    if (role == one) return;
  in.error("role", "node, service, pod, endpoints, endpointslice or ingress is asked here");
}

void check_one(const Kind& kind, config::Reader& in) {
  for (const auto key : split(kind.known, ' '))
    in.accept(key);
  in.duration("refresh_interval", Duration::zero(), config::DurationForm::Prometheus);
  if (!kind.required.empty() && !in.has(kind.required))
    in.error(kind.required, "this key is required");
  if (kind.key == "dns_sd_configs") check_dns(in);
  if (kind.key == "kubernetes_sd_configs") check_kubernetes(in);
  if (kind.http == HttpKeys::Accepted) (void)net::read_http_client_config(in);
  (void)in.finish();  // what it finds is in the report
}

}  // namespace

void read_unbuilt_discovery(config::Reader& in, std::string_view key) {
  for (const Kind& kind : kKinds) {
    if (kind.key != key) continue;
    const auto elements = in.list(key);
    for (std::size_t i = 0; i < elements.size(); ++i) {
      config::Reader one(elements[i], config::Keys::Strict, in.report(),
                         in.path_of(key) + "[" + std::to_string(i) + "]");
      check_one(kind, one);
    }
    in.warning(key, "is not built yet: the job has no targets from it");
    return;
  }
  in.error(key,
           "this discovery is not supported; a small HTTP service and http_sd_configs do the same");
}

}  // namespace agent::discovery
