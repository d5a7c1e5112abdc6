#pragma once
// Reads a page with a parser and writes down what it said, one line an event.
#include <string>
#include <string_view>
#include <vector>

#include "agent/codec/exposition.h"
#include "agent/codec/float_text.h"

namespace agent::codec {

class PageRecorder final : public ExpositionVisitor {
 public:
  void on_sample(const ScrapedSample& sample) override {
    std::string out = std::string(sample.series) + " = " + format_float(sample.value);
    if (sample.timestamp_ms) out += " @" + std::to_string(*sample.timestamp_ms);
    out += std::string(" ") + to_string(sample.type);
    if (sample.exemplar != nullptr) out += describe(*sample.exemplar);
    events.push_back(out);
    last_value = sample.value;
  }
  void on_type(std::string_view family, MetricType type) override {
    events.push_back("TYPE " + std::string(family) + " " + to_string(type));
  }
  void on_help(std::string_view family, std::string_view help) override {
    events.push_back("HELP " + std::string(family) + " [" + std::string(help) + "]");
  }
  void on_unit(std::string_view family, std::string_view unit) override {
    events.push_back("UNIT " + std::string(family) + " [" + std::string(unit) + "]");
  }
  void on_exemplar_dropped() override { events.emplace_back("exemplar dropped"); }

  std::vector<std::string> events;
  double last_value = 0;

 private:
  static std::string describe(const ScrapedExemplar& exemplar) {
    std::string out = " #";
    for (const auto& label : exemplar.labels)
      out += " " + label.name + "=" + label.value;
    out += " " + format_float(exemplar.value);
    if (exemplar.timestamp_ms) out += " @" + std::to_string(*exemplar.timestamp_ms);
    return out;
  }
};

/// What a page says: its events, or the message of its error.
struct PageResult {
  std::vector<std::string> events;
  std::string error;
  friend bool operator==(const PageResult&, const PageResult&) = default;
};

/// Feeds `page` in pieces of `piece` bytes.
inline PageResult read_page(ExpositionFormat format, std::string_view page,
                            std::size_t piece = std::string_view::npos) {
  PageRecorder recorder;
  const auto parser = make_exposition_parser(format, recorder);
  Status status;
  for (std::string_view rest = page; status && !rest.empty();) {
    const std::size_t size = std::min(piece, rest.size());
    status = parser->feed(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  if (status) status = parser->finish();
  return {recorder.events, status ? "" : status.error().message};
}

}  // namespace agent::codec
