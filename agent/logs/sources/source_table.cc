#include "agent/logs/sources/source_table.h"

#include "agent/logs/sources/docker_source.h"
#include "agent/logs/sources/gelf_source.h"
#include "agent/logs/sources/journal_source.h"
#include "agent/logs/sources/loki_push_source.h"
#include "agent/logs/sources/syslog_source.h"

namespace agent::logs {
namespace {

// One kind a line.
// clang-format off
constexpr SourceKind kSourceKinds[] = {
    {"journal", &read_journal_source},
    {"syslog", &read_syslog_source},
    {"gcplog", nullptr},
    {"loki_push_api", &read_loki_push_source},
    {"windows_events", nullptr},
    {"kafka", nullptr},
    {"azure_event_hubs", nullptr},
    {"gelf", &read_gelf_source},
    {"cloudflare", nullptr},
    {"docker_sd_configs", &read_docker_source},
    {"heroku_drain", nullptr},
};
// clang-format on

}  // namespace

std::span<const SourceKind> source_kinds() { return kSourceKinds; }

}  // namespace agent::logs
