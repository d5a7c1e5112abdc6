#pragma once
// The text formats that targets are scraped in. Spec: metrics.md 5.
//
// A parser takes the page in pieces as it arrives and never holds it. It checks the syntax of every
// line, but splits labels only when asked: a sample carries the raw text of its series, which is
// the key of the series cache; parse_series() is for the first sight of a text. What depends on
// that text alone (UTF-8, a label name given twice) is checked there, once for each text: whoever
// gets an error from it has to treat it as an error of the page.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"

namespace agent::codec {

enum class ExpositionFormat { PrometheusText, OpenMetrics };

/// As remote write 2.0 numbers them.
enum class MetricType : std::uint8_t {
  Unknown,
  Counter,
  Gauge,
  Histogram,
  GaugeHistogram,
  Summary,
  Info,
  StateSet
};
/// "counter"; the `type` of try scrape.
const char* to_string(MetricType type);

struct ScrapedLabel {
  std::string name;
  std::string value;  ///< may be empty: "mentioned, but absent" (metrics.md 6.5)
};

struct ScrapedExemplar {
  std::vector<ScrapedLabel> labels;
  double value = 0;
  std::optional<std::int64_t> timestamp_ms;
};

struct ScrapedSample {
  std::string_view series;  ///< raw text, name and labels; good until the callback returns
  double value = 0;         ///< a NaN of any spelling is model::normal_nan()
  std::optional<std::int64_t> timestamp_ms;
  MetricType type = MetricType::Unknown;      ///< metrics.md 5.5
  const ScrapedExemplar* exemplar = nullptr;  ///< OpenMetrics only; null: none
};

/// Gets what a page says, in page order.
class ExpositionVisitor {
 public:
  ExpositionVisitor() = default;
  ExpositionVisitor(const ExpositionVisitor&) = delete;
  ExpositionVisitor& operator=(const ExpositionVisitor&) = delete;
  virtual ~ExpositionVisitor() = default;
  virtual void on_sample(const ScrapedSample& sample) = 0;
  virtual void on_type(std::string_view /*family*/, MetricType /*type*/) {}
  virtual void on_help(std::string_view /*family*/, std::string_view /*help*/) {}
  virtual void on_unit(std::string_view /*family*/, std::string_view /*unit*/) {}
  /// An exemplar above 128 characters; its sample follows without it.
  virtual void on_exemplar_dropped() {}
};

/// Feed it the page, then finish it. The first error ends the page: "line 3, column 7: ..." (kind
/// Input).
class ExpositionParser {
 public:
  ExpositionParser() = default;
  ExpositionParser(const ExpositionParser&) = delete;
  ExpositionParser& operator=(const ExpositionParser&) = delete;
  virtual ~ExpositionParser() = default;
  virtual Status feed(std::string_view bytes) = 0;
  virtual Status finish() = 0;
  /// Place of the error, counting from 1.
  virtual std::size_t line() const = 0;
  virtual std::size_t column() const = 0;
};

std::unique_ptr<ExpositionParser> make_exposition_parser(ExpositionFormat format,
                                                         ExpositionVisitor& visitor);

/// A series text taken apart: `labels` are sorted by name, `__name__` among them, empty values
/// kept, escapes undone.
struct ParsedSeries {
  std::vector<ScrapedLabel> labels;
};
/// For raw texts that a parser of that format has passed. `type` decides about canonical `le` and
/// `quantile` (metrics.md 5.4). Errors: Input.
Status parse_series(ExpositionFormat format, std::string_view raw, MetricType type,
                    ParsedSeries& out);

}  // namespace agent::codec
