#include "agent/discovery/job_config.h"

#include "agent/base/strings.h"
#include "agent/discovery/job_settings_reader.h"
#include "agent/discovery/names.h"
#include "agent/discovery/sd_config.h"
#include "agent/net/http_client_config.h"
#include "agent/relabel/read_rules.h"

namespace agent::discovery {
namespace {

void read_rules(config::Reader& in, std::string_view key, model::NameValidation validation,
                std::vector<model::RelabelRule>& rules) {
  auto own = relabel::read_rules(in.child(key), in.report(), in.path_of(key),
                                 relabel::Spelling::SnakeCase, validation);
  rules.insert(rules.end(), std::make_move_iterator(own.begin()),
               std::make_move_iterator(own.end()));
}

// Keys of older or other agents. Spec: metrics.md 1.4.
void read_borrowed_keys(config::Reader& in, model::ScrapeJob& job) {
  if (in.has("scrape_classic_histograms")) {
    job.always_scrape_classic_histograms = in.boolean("scrape_classic_histograms", false);
    in.warning("scrape_classic_histograms",
               "is the old name of always_scrape_classic_histograms and read as such");
  }
  if (in.has("disable_compression"))
    job.enable_compression = !in.boolean("disable_compression", false);
  if (const auto size = read_size(in, "max_scrape_size"); size != 0)
    job.limits.body_size_bytes = size;
  for (const char* key : {"disable_keepalive", "stream_parse"})
    if (in.boolean(key, false))
      in.warning(key,
                 "has no meaning here: pages are parsed as they arrive, and connections are "
                 "kept open");
  for (const char* key : {"headers", "scrape_align_interval", "scrape_offset", "series_limit",
                          "no_stale_markers", "lenient_parsing", "start_timestamps", "on_limit"})
    in.refuse(key, "is not supported yet");
}

void check_static_targets(config::Reader& in, const model::ScrapeJob& job) {
  if (!job.relabel_rules.empty()) return;  // judged after relabeling
  for (const auto& group : job.static_groups)
    for (const auto& target : group.targets)
      if (target.get("__address__").find('/') != std::string_view::npos)
        in.error("static_configs",
                 "the target " + json_quote(target.get("__address__")) +
                     " contains a slash; give host:port, and scheme and metrics_path for the rest");
}

}  // namespace

model::ScrapeJob read_job(const config::Node& node, const GlobalConfig& global,
                          const std::string& base_folder, config::Report& report,
                          const std::string& path) {
  model::ScrapeJob job = global.defaults;
  config::Reader in(node, config::Keys::Strict, report, path);
  job.name = in.required_string("job_name");
  if (in.has("job_name") && job.name.empty()) in.error("job_name", "must not be empty");
  read_timing(in, "scrape_interval", "scrape_timeout", job);
  read_shared_settings(in, job);
  job.metrics_path = in.string("metrics_path", job.metrics_path);
  job.scheme = read_scheme(in, "scheme", job.scheme);
  job.params = read_params(in, "params");
  job.honor_labels = in.boolean("honor_labels", job.honor_labels);
  job.honor_timestamps = in.boolean("honor_timestamps", job.honor_timestamps);
  job.track_timestamps_staleness =
      in.boolean("track_timestamps_staleness", job.track_timestamps_staleness);
  job.enable_compression = in.boolean("enable_compression", job.enable_compression);
  // Only native histograms have these, and they are not read yet.
  (void)read_limit(in, "native_histogram_bucket_limit");
  (void)in.number("native_histogram_min_bucket_factor", 0, 0, 1e9);
  read_borrowed_keys(in, job);
  job.http = net::read_http_client_config(in);
  resolve_paths(job.http, base_folder);
  read_rules(in, "relabel_configs", job.name_validation, job.relabel_rules);
  read_rules(in, "metric_relabel_configs", job.name_validation, job.metric_relabel_rules);
  read_discovery(in, base_folder, job);
  check_static_targets(in, job);
  (void)in.finish();  // what it finds is in the report
  return job;
}

}  // namespace agent::discovery
