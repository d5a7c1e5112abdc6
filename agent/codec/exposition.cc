#include "agent/codec/exposition.h"

#include "agent/codec/float_text.h"
#include "agent/codec/openmetrics.h"
#include "agent/codec/prom_text.h"
#include "agent/codec/series_text.h"

namespace agent::codec {
namespace {

void make_canonical(std::string_view name, std::vector<ScrapedLabel>& labels) {
  for (ScrapedLabel& label : labels) {
    if (label.name != name) continue;
    if (const auto bound = parse_float(label.value)) label.value = format_bound(*bound);
  }
}

}  // namespace

const char* to_string(MetricType type) {
  constexpr const char* kNames[] = {"unknown",        "counter", "gauge", "histogram",
                                    "gaugehistogram", "summary", "info",  "stateset"};
  return kNames[static_cast<int>(type)];
}

std::unique_ptr<ExpositionParser> make_exposition_parser(ExpositionFormat format,
                                                         ExpositionVisitor& visitor) {
  return format == ExpositionFormat::OpenMetrics ? make_openmetrics_parser(visitor)
                                                 : make_prometheus_parser(visitor);
}

Status parse_series(ExpositionFormat format, std::string_view raw, MetricType type,
                    ParsedSeries& out) {
  Cursor in{raw.data(), raw.data() + raw.size()};
  SeriesBuilder builder(out.labels);
  const bool read = format == ExpositionFormat::OpenMetrics
                        ? series::take_series<false>(in, builder)
                        : series::take_series<true>(in, builder);
  if (read && in.at != in.end) in.fail("expected the end of the series");
  if (in.wrong == nullptr) in.wrong = builder.finish();
  if (in.wrong != nullptr) return Error{ErrorKind::Input, in.wrong};
  if (type == MetricType::Histogram) make_canonical("le", out.labels);
  if (type == MetricType::Summary) make_canonical("quantile", out.labels);
  return {};
}

}  // namespace agent::codec
