#include "agent/app/start_only.h"

#include <string_view>

namespace agent::app {
namespace {

// Listeners that stay open keep the limits that they were opened with.
bool has_other_limits(const traces::TracesConfig& running, const traces::TracesConfig& wanted) {
  for (const auto& before : running.listeners)
    for (const auto& now : wanted.listeners)
      if (loop::to_string(before.address) == loop::to_string(now.address) &&
          before.max_concurrent_streams != now.max_concurrent_streams)
        return true;
  return false;
}

}  // namespace

std::vector<std::string> changed_until_restart(const LoadedConfig& running,
                                               const LoadedConfig& wanted) {
  const ServerConfig& server = running.server;
  const auto& agent = running.agent;
  const logs::LogsConfig::Positions& before = agent->logs.positions;
  const logs::LogsConfig::Positions& now = wanted.agent->logs.positions;
  const bool promtail = server.pages.style == admin::PageOptions::Style::Promtail;
  const bool other_host = server.listen.host != wanted.server.listen.host;
  const bool other_port = server.listen.port != wanted.server.listen.port;
  const struct {
    std::string_view key;  // as the file has it
    bool changed;
  } keys[] = {
      {"server.disable", server.enabled != wanted.server.enabled},
      {promtail ? "server.http_listen_address" : "server.listen_address",
       other_host || (other_port && !promtail)},
      {"server.http_listen_port", other_port && promtail},
      {promtail ? "server.enable_runtime_reload" : "server.enable_lifecycle",
       server.enable_lifecycle != wanted.server.enable_lifecycle},
      {"server.log_level", server.log_level != wanted.server.log_level},
      {"server.log_format", server.log_format != wanted.server.log_format},
      {"state_dir", agent->state_dir != wanted.agent->state_dir},
      {promtail ? "positions" : "logs.positions", before.given != now.given ||
                                                      before.filename != now.filename ||
                                                      before.sync_period != now.sync_period},
      {"traces.receivers.otlp.protocols.grpc.max_concurrent_streams",
       has_other_limits(agent->traces, wanted.agent->traces)},
  };
  std::vector<std::string> out;
  for (const auto& [key, changed] : keys)
    if (changed) out.emplace_back(key);
  return out;
}

}  // namespace agent::app
