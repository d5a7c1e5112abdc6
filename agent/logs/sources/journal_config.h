#pragma once
#include "agent/config/node.h"
#include "agent/logs/source.h"
#include "agent/logs/sources/journal_reader.h"
#include "agent/model/label_set.h"

namespace agent::logs {

/// The `journal` key of a job. Spec: logs.md 2.3.
struct JournalConfig {
  JournalPlace place;
  Duration max_age = std::chrono::hours(7);
  bool json = false;
  model::LabelSet labels;
};

/// Faults go into the report; nothing is opened.
JournalConfig read_journal_config(const config::Node& options, const SourceSite& site);

}  // namespace agent::logs
