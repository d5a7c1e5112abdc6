#include "agent/cli/demo_files.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "agent/base/files.h"

namespace agent::cli {
namespace {

// {0} admin port, {1} backend URL, {2} folder
constexpr const char* kAgentConfig = R"(server: {{listen_address: '127.0.0.1:{0}'}}
state_dir: {2}/state
shutdown_timeout: 8s
metrics:
  scrape_configs:
    - job_name: dunlin
      scrape_interval: 2s
      scrape_timeout: 1s
      static_configs: [{{targets: ['127.0.0.1:{0}']}}]
  remote_write:
    - {{name: prometheus, url: '{1}/api/v1/write', queue_config: {{batch_send_deadline: 500ms}}}}
logs:
  positions: {{filename: {2}/state/positions.yaml, sync_period: 1s}}
  target_config: {{sync_period: 1s}}
  clients: [{{name: loki, url: '{1}/loki/api/v1/push', batchwait: 500ms}}]
  scrape_configs:
    # No stages of its own: those of pipeline_stages.yaml apply.
    - job_name: checkout
      static_configs:
        - {{targets: [localhost], labels: {{job: checkout, __path__: '{2}/logs/checkout/*.log'}}}}
    - job_name: shop
      pipeline_stages:
        - cri: {{}}
        - json: {{expressions: {{level: level}}}}
        - labels: {{level: }}
      static_configs:
)";
constexpr const char* kLogTarget =
    "        - {{targets: [localhost], labels: {{job: {0}, __path__: '{1}/logs/{0}/*.log'}}}}\n";
constexpr const char* kInventory = R"(---
apiVersion: dunlin.io/v1
kind: ServiceInventory
services:
)";
constexpr const char* kService =
    "  - {{name: {}, labels: {{app: ecommerce-platform}}, ports: {{http: {}}}, addresses: "
    "[127.0.0.1]}}\n";

}  // namespace

Result<TemporaryFolder> TemporaryFolder::make(const std::string& prefix) {
  const char* base = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): before any thread
  std::string path =
      std::string(base != nullptr && *base != '\0' ? base : "/tmp") + "/" + prefix + "XXXXXX";
  if (::mkdtemp(path.data()) == nullptr)
    return Error{ErrorKind::Io, path + ": " + std::generic_category().message(errno)};
  return TemporaryFolder(std::move(path));
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Status write_demo_files(const DemoPlan& plan) {
  const std::string conf = plan.folder + "/conf";
  for (const char* below : {"/conf", "/state", "/logs"})
    if (Status made = make_directories(plan.folder + below); !made) return made;
  for (const auto& document : case_study_documents()) {
    Status written =
        write_file_atomically(conf + "/" + std::string(document.name), std::string(document.text));
    if (!written) return written;
  }
  const std::string backend = fmt::format("http://127.0.0.1:{}", plan.backend_port);
  std::string text = fmt::format(kAgentConfig, plan.admin_port, backend, plan.folder);
  std::string inventory = kInventory;
  for (const auto& service : plan.services) {
    if (service.name != "checkout") text += fmt::format(kLogTarget, service.name, plan.folder);
    inventory += fmt::format(kService, service.name, service.port);
  }
  return write_file_atomically(conf + "/dunlin.yaml", text + inventory);
}

}  // namespace agent::cli
