#include "agent/app/overrides.h"

#include <gtest/gtest.h>

namespace agent::app {
namespace {

using Scope = Override::Scope;

Sections sections_of(const std::string& text, config::Report& report,
                     const std::vector<Override>& overrides = {}) {
  std::vector<config::Document> documents;
  for (const auto& node : config::parse_documents(text, "a.yaml", report))
    documents.push_back({node, "a.yaml", "."});
  return sort_sections(
      documents, report,
      speaks_of_promtail(overrides) ? ScrapeFile::Promtail : ScrapeFile::Prometheus);
}

TEST(Overrides, WinOverTheFile) {
  const struct {
    const char* name;
    const char* file;
    std::vector<Override> overrides;
    const char* logs;    // as canonical text, nothing: not looked at
    const char* server;  // of promtail or ours
  } cases[] = {
      {"a value that the file has",
       "clients: [{url: x}]\npositions: {filename: /a, sync_period: 1s}",
       {{"-positions.file", Scope::File, {"positions", "filename"}, "/b"}},
       R"({"clients":[{"url":"x",},],"positions":{"filename":"/b","sync_period":"1s",},})",
       "~"},
      {"a section that the file has not",
       "clients: [{url: x}]",
       {{"-stdin", Scope::File, {"target_config", "stdin"}, "true"}},
       R"({"clients":[{"url":"x",},],"target_config":{"stdin":"true",},})",
       "~"},
      {"labels of every client",
       "client: {url: y}\nclients: [{url: x, external_labels: {a: 0, c: 2}}, {url: z}]",
       {{"-client.external-labels", Scope::EveryClient, {"external_labels", "a"}, "1"}},
       R"({"client":{"url":"y","external_labels":{"a":"1",},},"clients":[{"url":"x",)"
       R"("external_labels":{"a":"1","c":"2",},},{"url":"z","external_labels":{"a":"1",},},],})",
       "~"},
      {"a client of its own, whatever the order",
       "positions: {filename: x}",
       {{"-client.tenant-id", Scope::EveryClient, {"tenant_id"}, "t"},
        {"-client.url", Scope::File, {"client", "url"}, "http://l"}},
       R"({"positions":{"filename":"x",},"client":{"url":"http://l","tenant_id":"t",},})",
       "~"},
      {"a flag tells what file it is",
       "scrape_configs: []",
       {{"-client.url", Scope::File, {"client", "url"}, "http://l"}},
       R"({"scrape_configs":[],"client":{"url":"http://l",},})",
       "~"},
      {"the server of promtail",
       "clients: []\nserver: {http_listen_port: 1}",
       {{"-server.http-listen-port", Scope::File, {"server", "http_listen_port"}, "2"},
        {"-log.level", Scope::Agent, {"server", "log_level"}, "debug"}},
       nullptr,
       R"({"http_listen_port":"2","log_level":"debug",})"},
      {"our own logs and server",
       "logs: {clients: [{url: x}]}",
       {{"-positions.file", Scope::File, {"positions", "filename"}, "/b"},
        {"-log.level", Scope::Agent, {"server", "log_level"}, "debug"},
        {"-web.listen-address", Scope::Agent, {"server", "listen_address"}, ":1"}},
       R"({"clients":[{"url":"x",},],"positions":{"filename":"/b",},})",
       R"({"log_level":"debug","listen_address":":1",})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config::Report report;
    Sections sections = sections_of(c.file, report, c.overrides);
    apply_overrides(c.overrides, sections, report);
    EXPECT_FALSE(report.has_errors()) << report.status().error().message;
    if (c.logs != nullptr) {
      EXPECT_EQ(config::canonical_text(sections.logs.node), c.logs);
    }
    EXPECT_EQ(config::canonical_text(sections.bare_promtail ? sections.promtail_server.node
                                                            : sections.server.node),
              c.server);
  }
}

TEST(Overrides, SayWhichFlagHasNoPlace) {
  const struct {
    const char *name, *file;
    Override given;
  } cases[] = {
      {"no log jobs", "traces: {}", {"-client.url", Scope::File, {"client", "url"}, "http://l"}},
      {"promtail's port, our server",
       "logs: {clients: [{url: x}]}",
       {"-server.http-listen-port", Scope::File, {"server", "http_listen_port"}, "2"}},
      {"prometheus' address, promtail's server",
       "clients: []",
       {"-web.listen-address", Scope::Agent, {"server", "listen_address"}, ":2"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config::Report report;
    Sections sections = sections_of(c.file, report);
    apply_overrides({c.given}, sections, report);
    ASSERT_EQ(report.errors(), 1);
    EXPECT_TRUE(report.status().error().message.starts_with(c.given.flag));
  }
}

TEST(Overrides, AStateFolderOfPrometheus) {
  config::Report report;
  Sections sections = sections_of("scrape_configs: []", report);
  apply_overrides({{"-storage.agent.path", Scope::Agent, {"state_dir"}, "/data"}}, sections,
                  report);
  EXPECT_EQ(sections.state_dir.node.text(), "/data");
  EXPECT_FALSE(report.has_errors());
}

}  // namespace
}  // namespace agent::app
