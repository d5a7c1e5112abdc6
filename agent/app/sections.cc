#include "agent/app/sections.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "agent/base/strings.h"

namespace agent::app {
namespace {

using config::Document;
using config::Node;
using config::Report;

bool has_any(const Node& node, std::initializer_list<std::string_view> keys) {
  return std::any_of(keys.begin(), keys.end(),
                     [&](auto key) { return !node.get(key).is_absent(); });
}

// A scrape config of logs, told by keys that Prometheus' have not.
bool is_log_job(const Node& job) {
  if (has_any(job, {"pipeline_stages", "journal", "syslog", "loki_push_api", "gelf", "gcplog",
                    "windows_events", "cloudflare", "heroku_drain", "azure_event_hubs"}))
    return true;
  const auto groups = job.get("static_configs").items();
  return std::any_of(groups.begin(), groups.end(), [](const Node& group) {
    return !group.get("labels").get("__path__").is_absent();
  });
}

bool is_promtail_file(const Node& node) {
  if (has_any(node, {"clients", "client", "positions", "limits_config", "target_config"}))
    return true;
  const auto jobs = node.get("scrape_configs").items();
  return std::any_of(jobs.begin(), jobs.end(), is_log_job);
}
bool is_prometheus_file(const Node& node) {
  return has_any(node, {"scrape_configs", "remote_write", "scrape_config_files"});
}

class Sorter {
 public:
  Sorter(Sections& out, Report& report, ScrapeFile in_doubt)
      : out_(out), report_(report), in_doubt_(in_doubt) {}

  void sort(const Document& document) {
    const Node& node = document.node;
    if (!node.is_map()) {
      report_.error(node.mark(), "", "a configuration document is a map at its top");
    } else if (!node.get("kind").is_absent()) {
      out_.objects.push_back({node, node, document.folder});
    } else if (is_promtail_file(node) ||
               (is_prometheus_file(node) && in_doubt_ == ScrapeFile::Promtail)) {
      out_.bare_promtail = true;
      take(out_.logs, "logs", node, node, document);
      if (const Node server = node.get("server"); !server.is_absent())
        take(out_.promtail_server, "server", node, server, document);
    } else if (is_prometheus_file(node)) {
      take(out_.metrics, "metrics", node, node, document);
    } else {
      sort_own(document);
    }
  }

 private:
  struct Own {
    std::string_view name;
    Section Sections::*section;
  };
  static constexpr std::array<Own, 11> kOwn{{{"server", &Sections::server},
                                             {"state_dir", &Sections::state_dir},
                                             {"memory", &Sections::memory},
                                             {"queue", &Sections::queue},
                                             {"shutdown_timeout", &Sections::shutdown_timeout},
                                             {"metrics", &Sections::metrics},
                                             {"logs", &Sections::logs},
                                             {"traces", &Sections::traces},
                                             {"tracing_config", &Sections::tracing_config},
                                             {"pipeline_stages", &Sections::pipeline_stages},
                                             {"alerting_rules", &Sections::alerting_rules}}};

  void sort_own(const Document& document) {
    for (const auto& [key, value] : document.node.entries()) {
      const auto name = key.text();
      const auto at =
          std::find_if(kOwn.begin(), kOwn.end(), [&](const Own& own) { return own.name == name; });
      if (at == kOwn.end()) {
        unknown(key);
      } else if (value.is_map() && !value.get("configs").is_absent() && name != "server") {
        report_.error(value.get("configs").mark(), std::string(name) + ".configs",
                      "Grafana Agent's static mode is not supported yet; write this as a plain `" +
                          std::string(name) + ":` section");
      } else {
        take(out_.*(at->section), name, key, value, document);
      }
    }
  }

  void unknown(const Node& key) {
    std::vector<std::string_view> known;
    known.reserve(std::size(kOwn));
    for (const Own& own : kOwn)
      known.push_back(own.name);
    const auto near = nearest(key.text(), known);
    std::string message = "unknown key";
    if (!near.empty()) message += "; did you mean \"" + std::string(near) + "\"?";
    report_.error(key.mark(), std::string(key.text()), std::move(message));
  }

  void take(Section& section, std::string_view name, const Node& key, const Node& value,
            const Document& document) {
    if (section.present()) {
      report_.error(key.mark(), std::string(name),
                    "this section is given twice; it stands at " +
                        config::to_string(section.key.mark()) + " already");
      return;
    }
    section = {value, key, document.folder};
  }

  Sections& out_;
  Report& report_;
  ScrapeFile in_doubt_;
};

}  // namespace

Sections sort_sections(const std::vector<Document>& documents, Report& report,
                       ScrapeFile in_doubt) {
  Sections out;
  Sorter sorter(out, report, in_doubt);
  for (const auto& document : documents)
    sorter.sort(document);
  return out;
}

}  // namespace agent::app
