#pragma once
// What the kinds of metrics.md 8 have in common, in camel case.
#include <string>

#include "agent/config/reader.h"
#include "agent/discovery/monitor_context.h"
#include "agent/discovery/monitor_object.h"

namespace agent::discovery {

/// The limits, protocols and histogram keys of a spec, under the enforced limits.
void read_monitor_limits(config::Reader& spec, const MonitorContext& context,
                         model::ScrapeJob& job);

/// honorLabels, honorTimestamps, trackTimestampsStaleness, params, scheme, the path (below
/// `path_key`), the HTTP keys.
void read_monitor_request(config::Reader& in, const MonitorContext& context,
                          const std::string& name_space, std::string_view path_key,
                          model::ScrapeJob& job);

/// Rules of `key`, after those that are in `rules`.
void append_rules(config::Reader& in, std::string_view key, model::NameValidation validation,
                  std::vector<model::RelabelRule>& rules);

/// Applies the class that `name` means, before the monitor's own rules are appended: its rules, and
/// each value that the monitor left out. An unknown name is an error.
void apply_scrape_class(config::Reader& spec, const MonitorContext& context, model::ScrapeJob& job);

}  // namespace agent::discovery
