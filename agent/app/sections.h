#pragma once
// Which part of which file is what: our own sections, a promtail.yaml, a prometheus.yml, Kubernetes
// objects. Spec: product.md "Configuration", metrics.md 1.1, logs.md 1.
#include <string>
#include <vector>

#include "agent/config/loader.h"

namespace agent::app {

/// A top-level section, and the folder that relative paths in it start at.
struct Section {
  config::Node node;
  config::Node key;  ///< where it is named; the node itself where a whole file is the section
  std::string folder;
  bool present() const { return !node.is_absent(); }
};

/// A configuration taken apart. Objects keep the documents' order.
struct Sections {
  Section server;  ///< ours; of a bare promtail.yaml: `promtail_server`
  Section promtail_server;
  Section state_dir;
  Section memory;
  Section queue;
  Section shutdown_timeout;
  Section metrics;
  Section logs;
  Section traces;
  Section tracing_config;
  Section pipeline_stages;
  Section alerting_rules;
  std::vector<Section> objects;  ///< documents with `kind:`
  bool bare_promtail = false;    ///< the logs section is a promtail.yaml as it stands
};

/// What a file is whose keys do not tell: `scrape_configs` stands in a promtail.yaml too.
enum class ScrapeFile { Prometheus, Promtail };

/// Sorts documents into sections. A section given twice is an error that names both places; an
/// unknown top-level key is an error with the nearest known one.
Sections sort_sections(const std::vector<config::Document>& documents, config::Report& report,
                       ScrapeFile in_doubt = ScrapeFile::Prometheus);

}  // namespace agent::app
