#include "agent/scrape/job_settings.h"

#include <charconv>
#include <utility>

#include "agent/base/strings.h"

namespace agent::scrape {
namespace {

struct Protocol {
  std::string_view name;
  std::string_view media_type;
  bool escapes;  // the 1.0.0 versions say how names may be escaped
};
constexpr Protocol kProtocols[] = {
    {"PrometheusProto",
     "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
     false},
    {"OpenMetricsText1.0.0", "application/openmetrics-text;version=1.0.0", true},
    {"OpenMetricsText0.0.1", "application/openmetrics-text;version=0.0.1", false},
    {"PrometheusText1.0.0", "text/plain;version=1.0.0", true},
    {"PrometheusText0.0.4", "text/plain;version=0.0.4", false},
};

void append_quality(std::string& out, int tenths) {
  out += ";q=0." + std::to_string(std::max(tenths, 1));
}

std::optional<codec::ExpositionFormat> format_of_media_type(std::string_view content_type) {
  const std::string type = to_lower(trim(content_type.substr(0, content_type.find(';'))));
  if (type == "text/plain") return codec::ExpositionFormat::PrometheusText;
  if (type == "application/openmetrics-text") return codec::ExpositionFormat::OpenMetrics;
  return std::nullopt;
}

}  // namespace

std::string accept_header(const std::vector<std::string>& protocols, const std::string& escaping) {
  std::string out;
  int tenths = 6;
  for (const auto& name : protocols) {
    for (const auto& protocol : kProtocols) {
      if (protocol.name != name) continue;
      out += protocol.media_type;
      if (protocol.escapes) out += ";escaping=" + escaping;
      append_quality(out, tenths--);
      out += ',';
    }
  }
  out += "*/*";
  append_quality(out, tenths);
  return out;
}

Result<codec::ExpositionFormat> choose_format(std::string_view content_type,
                                              const std::string& fallback_protocol) {
  if (const auto format = format_of_media_type(content_type)) return *format;
  if (fallback_protocol.starts_with("OpenMetrics")) return codec::ExpositionFormat::OpenMetrics;
  if (fallback_protocol.starts_with("PrometheusText"))
    return codec::ExpositionFormat::PrometheusText;
  if (content_type.empty())
    return Error{ErrorKind::Input,
                 "the answer has no Content-Type; set fallback_scrape_protocol to say what it is"};
  return Error{ErrorKind::Input, "the answer's Content-Type is " + json_quote(content_type) +
                                     ", which is no metrics page"};
}

std::string format_seconds(Duration duration) {
  char text[64];
  const double seconds = std::chrono::duration<double>(duration).count();
  return {text, std::to_chars(text, text + sizeof text, seconds, std::chars_format::fixed).ptr};
}

Result<std::shared_ptr<const JobSettings>> make_job_settings(model::ScrapeJob job) {
  auto out = std::make_shared<JobSettings>();
  for (auto [rules, key, into] :
       {std::tuple{&job.relabel_rules, "relabel_configs", &out->relabeling},
        std::tuple{&job.metric_relabel_rules, "metric_relabel_configs", &out->metric_relabeling}}) {
    auto compiled = relabel::RuleSet::compile(*rules, job.name_validation);
    if (!compiled) return compiled.error().within("job " + json_quote(job.name) + ": " + key);
    *into = std::move(*compiled);
  }
  out->accept = accept_header(job.scrape_protocols, job.name_escaping);
  out->job = std::move(job);
  return std::shared_ptr<const JobSettings>(std::move(out));
}

bool label_series_alike(const model::ScrapeJob& a, const model::ScrapeJob& b) {
  return a.honor_labels == b.honor_labels && a.honor_timestamps == b.honor_timestamps &&
         a.track_timestamps_staleness == b.track_timestamps_staleness &&
         a.name_validation == b.name_validation && a.limits.labels == b.limits.labels &&
         a.limits.label_name_length == b.limits.label_name_length &&
         a.limits.label_value_length == b.limits.label_value_length &&
         a.metric_relabel_rules == b.metric_relabel_rules &&
         a.extra_scrape_metrics == b.extra_scrape_metrics;
}

}  // namespace agent::scrape
