// Any text as a configuration: prometheus.yml, our own form, monitors and inventories.
#include <cstdint>
#include <string_view>

#include "agent/discovery/metrics_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  agent::config::Report report;
  agent::discovery::MetricsDocuments documents;
  std::string path;
  const auto all = agent::config::parse_documents(text, "fuzz.yml", report);
  const auto section = agent::discovery::split_metrics_documents(all, documents, path);
  const auto config = agent::discovery::read_metrics_config(
      section, documents, "/nonexistent", report, path,
      [](const std::string&) { return std::optional<std::string>(); });
  if (report.has_errors()) return 0;
  // What was read without an error can be selected from again.
  for (const auto& selection : config.selections)
    (void)agent::discovery::select_targets(selection, config.inline_inventory);
  return 0;
}
