#pragma once
// The keys that `global` and a job share. Spec: metrics.md 1.3, 1.4.
#include <string>

#include "agent/config/reader.h"
#include "agent/model/scrape_job.h"

namespace agent::discovery {

/// Reads what is given into `job`, which holds the values to inherit: protocols, limits, name
/// schemes, the histogram switches.
void read_shared_settings(config::Reader& in, model::ScrapeJob& job);

/// Interval and timeout of a job under the defaults in `job`: an absent timeout shrinks to the
/// interval, a longer one is an error.
void read_timing(config::Reader& in, std::string_view interval_key, std::string_view timeout_key,
                 model::ScrapeJob& job);

/// The names of metrics.md 1.4 in `key`, into `protocols` where it is given. Formats that no parser
/// here reads are left out with a warning.
void read_protocols(config::Reader& in, std::string_view key, std::vector<std::string>& protocols);
/// One of the same names; "" when absent.
std::string read_fallback_protocol(config::Reader& in, std::string_view key,
                                   const std::string& fallback);

/// What a job without any setting does.
model::ScrapeJob default_job();

/// Secrets and certificates of `http` that are named by relative paths, from `folder` on.
void resolve_paths(model::HttpClientConfig& http, const std::string& folder);

}  // namespace agent::discovery
