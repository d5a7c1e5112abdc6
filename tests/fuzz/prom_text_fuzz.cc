// Pages in both text formats: any bytes, cut into pieces anywhere, give samples or an error, and
// the same ones however they were cut.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/codec/exposition.h"

namespace {

using agent::codec::ExpositionFormat;

class Recorder final : public agent::codec::ExpositionVisitor {
 public:
  explicit Recorder(ExpositionFormat format) : format_(format) {}
  void on_sample(const agent::codec::ScrapedSample& sample) override {
    seen += sample.series;
    seen += '\n';
    (void)agent::codec::parse_series(format_, sample.series, sample.type, series_);
  }
  void on_type(std::string_view family, agent::codec::MetricType type) override {
    seen += family;
    seen += agent::codec::to_string(type);
  }
  void on_help(std::string_view family, std::string_view help) override {
    seen += family;
    seen += help;
  }
  std::string seen;

 private:
  ExpositionFormat format_;
  agent::codec::ParsedSeries series_;
};

std::string read(ExpositionFormat format, std::string_view page, std::size_t piece) {
  Recorder recorder(format);
  const auto parser = agent::codec::make_exposition_parser(format, recorder);
  agent::Status status;
  for (; status && !page.empty(); page.remove_prefix(std::min(piece, page.size())))
    status = parser->feed(page.substr(0, piece));
  if (status) status = parser->finish();
  return recorder.seen + (status ? "" : status.error().message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view page(reinterpret_cast<const char*>(data), size);
  for (const auto format : {ExpositionFormat::PrometheusText, ExpositionFormat::OpenMetrics}) {
    const std::string whole = read(format, page, std::string_view::npos);
    const std::size_t piece = 1 + size % 13;
    if (read(format, page, piece) != whole) std::abort();
  }
  return 0;
}
