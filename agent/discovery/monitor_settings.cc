#include "agent/discovery/monitor_settings.h"

#include <algorithm>
#include <iterator>

#include "agent/discovery/job_settings_reader.h"
#include "agent/discovery/monitor_http.h"
#include "agent/discovery/names.h"
#include "agent/relabel/read_rules.h"

namespace agent::discovery {
namespace {

// The smaller of two limits of which 0 is none.
void bound(std::uint64_t own, std::uint64_t enforced, std::uint64_t& limit) {
  if (own != 0) limit = own;
  if (enforced != 0) limit = limit == 0 ? enforced : std::min(limit, enforced);
}

void take_if_empty(std::string& own, const std::string& from) {
  if (own.empty()) own = from;
}

void merge_tls(const model::TlsConfig& from, model::TlsConfig& own) {
  take_if_empty(own.ca_file, from.ca_file);
  if (own.cert_file.empty()) {
    own.cert_file = from.cert_file;
    own.key = from.key;
  }
  take_if_empty(own.server_name, from.server_name);
  take_if_empty(own.min_version, from.min_version);
  take_if_empty(own.max_version, from.max_version);
  own.insecure_skip_verify |= from.insecure_skip_verify;
}

}  // namespace

void read_monitor_limits(config::Reader& spec, const MonitorContext& context,
                         model::ScrapeJob& job) {
  const auto& enforced = context.enforced;
  bound(read_limit(spec, "sampleLimit"), enforced.samples, job.limits.samples);
  bound(read_limit(spec, "targetLimit"), enforced.targets, job.limits.targets);
  bound(read_limit(spec, "labelLimit"), enforced.labels, job.limits.labels);
  bound(read_limit(spec, "labelNameLengthLimit"), 0, job.limits.label_name_length);
  bound(read_limit(spec, "labelValueLengthLimit"), 0, job.limits.label_value_length);
  bound(read_size(spec, "bodySizeLimit"), enforced.body_size_bytes, job.limits.body_size_bytes);
  bound(read_limit(spec, "keepDroppedTargets"), 0, job.keep_dropped_targets);
  read_protocols(spec, "scrapeProtocols", job.scrape_protocols);
  job.fallback_scrape_protocol =
      read_fallback_protocol(spec, "fallbackScrapeProtocol", job.fallback_scrape_protocol);
  job.scrape_native_histograms =
      spec.boolean("scrapeNativeHistograms", job.scrape_native_histograms);
  if (spec.has("scrapeNativeHistograms") && job.scrape_native_histograms)
    spec.warning("scrapeNativeHistograms",
                 "native histograms come with PrometheusProto, which is not built yet: classic "
                 "series are scraped");
  job.always_scrape_classic_histograms =
      spec.boolean("scrapeClassicHistograms", job.always_scrape_classic_histograms);
  if (spec.boolean("convertClassicHistogramsToNHCB", false))
    spec.error("convertClassicHistogramsToNHCB",
               "is not supported yet; leave it out, and the classic series are sent");
  // Only native histograms have these, and they are not read yet.
  (void)read_limit(spec, "nativeHistogramBucketLimit");
  (void)spec.number("nativeHistogramMinBucketFactor", 0, 0, 1e9);
}

void read_monitor_request(config::Reader& in, const MonitorContext& context,
                          const std::string& name_space, std::string_view path_key,
                          model::ScrapeJob& job) {
  job.metrics_path = in.string(path_key, job.metrics_path);
  job.scheme = read_scheme(in, "scheme", job.scheme);
  job.params = read_params(in, "params");
  job.honor_labels = in.boolean("honorLabels", job.honor_labels);
  job.honor_timestamps = in.boolean("honorTimestamps", job.honor_timestamps);
  job.track_timestamps_staleness =
      in.boolean("trackTimestampsStaleness", job.track_timestamps_staleness);
  read_monitor_http(in, {context.secrets_dir, name_space}, job.http);
}

void append_rules(config::Reader& in, std::string_view key, model::NameValidation validation,
                  std::vector<model::RelabelRule>& rules) {
  auto own = relabel::read_rules(in.child(key), in.report(), in.path_of(key),
                                 relabel::Spelling::CamelCase, validation);
  rules.insert(rules.end(), std::make_move_iterator(own.begin()),
               std::make_move_iterator(own.end()));
}

void apply_scrape_class(config::Reader& spec, const MonitorContext& context,
                        model::ScrapeJob& job) {
  const std::string name = spec.string("scrapeClass");
  const ScrapeClass* found = context.find_class(name);
  if (found == nullptr) {
    if (!name.empty())
      spec.error("scrapeClass", "metrics.scrape_classes has no class \"" + name + "\"");
    return;
  }
  job.relabel_rules.insert(job.relabel_rules.end(), found->relabel_rules.begin(),
                           found->relabel_rules.end());
  job.metric_relabel_rules.insert(job.metric_relabel_rules.end(),
                                  found->metric_relabel_rules.begin(),
                                  found->metric_relabel_rules.end());
  if (job.http.auth == model::HttpClientConfig::Auth::None) {
    job.http.auth = found->http.auth;
    job.http.authorization_type = found->http.authorization_type;
    job.http.credentials = found->http.credentials;
  }
  merge_tls(found->http.tls, job.http.tls);
  take_if_empty(job.fallback_scrape_protocol, found->fallback_scrape_protocol);
}

}  // namespace agent::discovery
