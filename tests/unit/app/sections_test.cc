#include "agent/app/sections.h"

#include <gtest/gtest.h>

namespace agent::app {
namespace {

Sections sort(const std::vector<std::pair<std::string, std::string>>& files,
              config::Report& report) {
  std::vector<config::Document> documents;
  for (const auto& [name, text] : files)
    for (const auto& node : config::parse_documents(text, name, report))
      documents.push_back({node, name, "folder"});
  return sort_sections(documents, report);
}

TEST(Sections, TellsTheKindOfFileByItsTopLevelKeys) {
  const struct {
    const char *name, *text;
    const char* section;
    bool promtail;
  } cases[] = {
      {"promtail by clients", "clients: [{url: x}]\nscrape_configs: []", "logs", true},
      {"promtail by positions", "positions: {filename: x}", "logs", true},
      {"promtail by target_config", "target_config: {sync_period: 1s}\nscrape_configs: []", "logs",
       true},
      {"prometheus by scrape_configs", "scrape_configs: []", "metrics", false},
      {"prometheus by remote_write", "global: {}\nremote_write: []", "metrics", false},
      {"ours", "metrics: {scrape_configs: []}", "metrics", false},
      {"ours, logs", "logs: {clients: []}", "logs", false},
      {"tracing_config", "tracing_config: {endpoint: tempo:4317}", "tracing", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config::Report report;
    const Sections sections = sort({{"a.yaml", c.text}}, report);
    EXPECT_FALSE(report.has_errors());
    EXPECT_EQ(sections.metrics.present(), std::string(c.section) == "metrics");
    EXPECT_EQ(sections.logs.present(), std::string(c.section) == "logs");
    EXPECT_EQ(sections.tracing_config.present(), std::string(c.section) == "tracing");
    EXPECT_EQ(sections.bare_promtail, c.promtail);
  }
}

TEST(Sections, KeepsObjectsAndTheServerOfPromtail) {
  config::Report report;
  const Sections sections =
      sort({{"a.yaml", "kind: ServiceMonitor\n---\nkind: ServiceInventory\n"},
            {"b.yaml", "server: {http_listen_port: 9081}\nclients: [{url: x}]"}},
           report);
  EXPECT_FALSE(report.has_errors());
  EXPECT_EQ(sections.objects.size(), 2U);
  EXPECT_TRUE(sections.promtail_server.present());
  EXPECT_FALSE(sections.server.present());
}

TEST(Sections, NamesWhatIsWrongWithItsPlace) {
  const struct {
    const char* name;
    std::vector<std::pair<std::string, std::string>> files;
    const char* message;
  } cases[] = {
      {"unknown key",
       {{"a.yaml", "metrcs: {}"}},
       "a.yaml:1:1: metrcs: unknown key; did you mean \"metrics\"?"},
      {"twice",
       {{"a.yaml", "state_dir: x"}, {"b.yaml", "\n  \nstate_dir: y"}},
       "b.yaml:3:1: state_dir: this section is given twice; it stands at a.yaml:1:1 already"},
      {"not a map",
       {{"a.yaml", "- 1"}},
       "a.yaml:1:1: a configuration document is a map at its top"},
      {"static mode",
       {{"a.yaml", "logs: {configs: []}"}},
       "a.yaml:1:17: logs.configs: Grafana Agent's static mode is not supported yet; write this as "
       "a "
       "plain `logs:` section"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config::Report report;
    sort(c.files, report);
    ASSERT_EQ(report.errors(), 1);
    EXPECT_EQ(config::to_string(report.problems().front()), c.message);
  }
}

}  // namespace
}  // namespace agent::app
