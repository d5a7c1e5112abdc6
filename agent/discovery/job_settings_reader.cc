#include "agent/discovery/job_settings_reader.h"

#include <algorithm>
#include <array>

#include "agent/base/duration.h"
#include "agent/base/strings.h"
#include "agent/discovery/names.h"

namespace agent::discovery {
namespace {

constexpr std::string_view kProtocols[] = {"OpenMetricsText1.0.0", "OpenMetricsText0.0.1",
                                           "PrometheusText1.0.0", "PrometheusText0.0.4"};
constexpr std::string_view kProtobuf = "PrometheusProto";

bool is_protocol(std::string_view name) {
  return name == kProtobuf ||
         std::find(std::begin(kProtocols), std::end(kProtocols), name) != std::end(kProtocols);
}

std::string protocol_names() {
  std::string out(kProtobuf);
  for (const auto name : kProtocols)
    out += ", " + std::string(name);
  return out;
}

void inherit(std::uint64_t own, std::uint64_t& limit) {
  if (own != 0) limit = own;
}

void read_limits(config::Reader& in, model::ScrapeJob& job) {
  inherit(read_size(in, "body_size_limit"), job.limits.body_size_bytes);
  inherit(read_limit(in, "sample_limit"), job.limits.samples);
  inherit(read_limit(in, "label_limit"), job.limits.labels);
  inherit(read_limit(in, "label_name_length_limit"), job.limits.label_name_length);
  inherit(read_limit(in, "label_value_length_limit"), job.limits.label_value_length);
  inherit(read_limit(in, "target_limit"), job.limits.targets);
  inherit(read_limit(in, "keep_dropped_targets"), job.keep_dropped_targets);
}

void read_name_schemes(config::Reader& in, model::ScrapeJob& job) {
  if (const auto scheme = in.optional_string("metric_name_validation_scheme")) {
    if (*scheme != "utf8" && *scheme != "legacy")
      in.error("metric_name_validation_scheme", "utf8 or legacy is asked here");
    job.name_validation =
        *scheme == "legacy" ? model::NameValidation::Legacy : model::NameValidation::Utf8;
    // Who changes only the scheme gets the escaping that fits it.
    job.name_escaping = *scheme == "legacy" ? "underscores" : "allow-utf-8";
  }
  if (const auto escaping = in.optional_string("metric_name_escaping_scheme")) {
    constexpr std::array kSchemes = {"allow-utf-8", "underscores", "dots", "values"};
    if (std::find(kSchemes.begin(), kSchemes.end(), *escaping) == kSchemes.end())
      in.error("metric_name_escaping_scheme", "allow-utf-8, underscores, dots or values is asked");
    job.name_escaping = *escaping;
  }
  if (job.name_validation == model::NameValidation::Legacy && job.name_escaping == "allow-utf-8")
    in.error("metric_name_escaping_scheme",
             "allow-utf-8 does not go with the validation scheme legacy");
}

void read_histogram_switches(config::Reader& in, model::ScrapeJob& job) {
  job.scrape_native_histograms =
      in.boolean("scrape_native_histograms", job.scrape_native_histograms);
  if (in.has("scrape_native_histograms") && job.scrape_native_histograms)
    in.warning("scrape_native_histograms",
               "native histograms come with PrometheusProto, which is not built yet: classic "
               "series are scraped");
  job.convert_classic_histograms_to_nhcb =
      in.boolean("convert_classic_histograms_to_nhcb", job.convert_classic_histograms_to_nhcb);
  if (in.has("convert_classic_histograms_to_nhcb") && job.convert_classic_histograms_to_nhcb)
    in.error("convert_classic_histograms_to_nhcb",
             "is not supported yet; leave it out, and the classic series are sent");
  job.always_scrape_classic_histograms =
      in.boolean("always_scrape_classic_histograms", job.always_scrape_classic_histograms);
  job.extra_scrape_metrics = in.boolean("extra_scrape_metrics", job.extra_scrape_metrics);
  in.refuse("scrape_failure_log_file",
            "is not supported yet; failures are in the agent's log and on the targets page");
}

}  // namespace

model::ScrapeJob default_job() {
  model::ScrapeJob job;
  job.scrape_protocols.assign(std::begin(kProtocols), std::end(kProtocols));
  return job;
}

void read_protocols(config::Reader& in, std::string_view key, std::vector<std::string>& protocols) {
  if (!in.has(key)) return;
  const auto names = in.strings(key);
  if (names.empty()) in.error(key, "at least one protocol is asked here");
  std::vector<std::string> readable;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!is_protocol(names[i])) {
      in.error(key, "unknown protocol \"" + names[i] + "\"; known are " + protocol_names());
      return;
    }
    const bool twice =
        std::any_of(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const auto& other) { return equals_ignoring_case(other, names[i]); });
    if (twice) in.error(key, "protocol \"" + names[i] + "\" is given twice");
    if (names[i] != kProtobuf) readable.push_back(names[i]);
  }
  if (readable.size() < names.size()) {
    if (readable.empty()) {
      in.error(key, "PrometheusProto is not built yet; give a text protocol beside it");
    } else {
      in.warning(key, "PrometheusProto is not built yet; the other protocols are asked for");
    }
  }
  protocols = readable;
}

std::string read_fallback_protocol(config::Reader& in, std::string_view key,
                                   const std::string& fallback) {
  const auto name = in.optional_string(key);
  if (!name) return fallback;
  if (!is_protocol(*name)) {
    in.error(key, "unknown protocol \"" + *name + "\"; known are " + protocol_names());
  } else if (*name == kProtobuf) {
    in.error(key, "PrometheusProto is not built yet");
  }
  return *name;
}

void read_shared_settings(config::Reader& in, model::ScrapeJob& job) {
  read_protocols(in, "scrape_protocols", job.scrape_protocols);
  job.fallback_scrape_protocol =
      read_fallback_protocol(in, "fallback_scrape_protocol", job.fallback_scrape_protocol);
  read_limits(in, job);
  read_name_schemes(in, job);
  read_histogram_switches(in, job);
}

void read_timing(config::Reader& in, std::string_view interval_key, std::string_view timeout_key,
                 model::ScrapeJob& job) {
  const auto form = config::DurationForm::Prometheus;
  const auto interval = in.optional_duration(interval_key, form);
  const auto timeout = in.optional_duration(timeout_key, form);
  if (interval && *interval != Duration::zero()) job.scrape_interval = *interval;
  if (!timeout || *timeout == Duration::zero()) {
    job.scrape_timeout = std::min(job.scrape_timeout, job.scrape_interval);
    return;
  }
  job.scrape_timeout = *timeout;
  if (*timeout > job.scrape_interval)
    in.error(timeout_key, "is longer than the scrape interval (" +
                              format_prometheus_duration(job.scrape_interval) + ")");
}

void resolve_paths(model::HttpClientConfig& http, const std::string& folder) {
  std::vector<std::string*> paths = {&http.oauth2.client_id_file, &http.basic.username_file,
                                     &http.basic.password.file,   &http.credentials.file,
                                     &http.tls.ca_file,           &http.tls.cert_file,
                                     &http.tls.key.file,          &http.oauth2.client_secret.file,
                                     &http.oauth2.tls.ca_file,    &http.oauth2.tls.cert_file,
                                     &http.oauth2.tls.key.file};
  for (auto& header : http.headers)
    for (auto& secret : header.secrets)
      paths.push_back(&secret.file);
  for (std::string* path : paths)
    *path = joined_path(folder, *path);
}

}  // namespace agent::discovery
