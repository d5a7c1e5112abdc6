#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "agent/base/strings.h"
#include "agent/cli/cli.h"
#include "agent/cli/command.h"
#include "agent/cli/fetch.h"
#include "agent/codec/exposition.h"
#include "agent/codec/float_text.h"

namespace agent::cli {
namespace {

using codec::ExpositionFormat;

std::optional<ExpositionFormat> format_of(const std::string& word) {
  if (word == "prometheus") return ExpositionFormat::PrometheusText;
  if (word == "openmetrics") return ExpositionFormat::OpenMetrics;
  return std::nullopt;
}

// {"name": "value", ...}; a label without a value is an absent one.
std::string json_of(const std::vector<codec::ScrapedLabel>& labels) {
  std::string out;
  for (const auto& label : labels) {
    if (label.value.empty() || label.name == "__name__") continue;
    out += (out.empty() ? "" : ", ") + json_quote(label.name) + ": " + json_quote(label.value);
  }
  return "{" + out + "}";
}

std::string json_of(const codec::ScrapedExemplar& exemplar) {
  std::string out = "{\"labels\": " + json_of(exemplar.labels) +
                    ", \"value\": " + json_quote(codec::format_float(exemplar.value));
  if (exemplar.timestamp_ms) out += ", \"timestamp\": " + std::to_string(*exemplar.timestamp_ms);
  return out + "}";
}

/// Writes a JSON object a sample. Every series is taken apart, so that what parse_series() finds
/// wrong is found here too.
class SamplePrinter final : public codec::ExpositionVisitor {
 public:
  explicit SamplePrinter(ExpositionFormat format) : format_(format) {}

  void on_sample(const codec::ScrapedSample& sample) override {
    if (!wrong_.empty()) return;
    const auto read = codec::parse_series(format_, sample.series, sample.type, series_);
    if (!read) {
      wrong_ = read.error().message;
      return;
    }
    std::cout << json_of_sample(sample) << '\n';
  }
  /// Empty, or what is wrong with the series that was seen last.
  const std::string& wrong() const { return wrong_; }

 private:
  std::string json_of_sample(const codec::ScrapedSample& sample) const {
    std::string_view name;
    for (const auto& label : series_.labels)
      if (label.name == "__name__") name = label.value;
    std::string out = "{\"name\": " + json_quote(name) +
                      ", \"labels\": " + json_of(series_.labels) +
                      ", \"value\": " + json_quote(codec::format_float(sample.value));
    if (sample.timestamp_ms) out += ", \"timestamp\": " + std::to_string(*sample.timestamp_ms);
    out += std::string(R"(, "type": ")") + codec::to_string(sample.type) + "\"";
    if (sample.exemplar != nullptr) out += ", \"exemplar\": " + json_of(*sample.exemplar);
    return out + "}";
  }

  ExpositionFormat format_;
  codec::ParsedSeries series_;
  std::string wrong_;
};

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// Feeds the page line by line, so that a series that is wrong has its line.
class PageReader {
 public:
  PageReader(ExpositionFormat format, std::string name)
      : name_(std::move(name)),
        printer_(format),
        parser_(codec::make_exposition_parser(format, printer_)) {}

  bool read(std::FILE* file) {
    char piece[64 * 1024];
    while (const std::size_t size = std::fread(piece, 1, sizeof piece, file))
      if (!feed({piece, size})) return false;
    if (std::ferror(file) != 0) return complain(name_ + ": cannot be read");
    return finish();
  }
  bool read(std::string_view page) { return feed(page) && finish(); }

 private:
  bool finish() {
    const std::size_t line = parser_->line();
    if (const Status whole = parser_->finish(); !whole) return complain_of_page(whole.error());
    return printer_.wrong().empty() || complain_of_series(line);
  }

  bool feed(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t newline = bytes.find('\n');
      const std::string_view line = bytes.substr(0, newline);
      const std::size_t size = newline == std::string_view::npos ? line.size() : line.size() + 1;
      const std::size_t number = parser_->line();
      if (const Status fed = parser_->feed(bytes.substr(0, size)); !fed)
        return complain_of_page(fed.error());
      if (!printer_.wrong().empty()) return complain_of_series(number);
      bytes.remove_prefix(size);
    }
    return true;
  }

  // The place is in front already, in the form of all our messages.
  bool complain_of_page(const Error& error) {
    const std::size_t reason = error.message.find(": ");
    return complain(name_ + ":" + std::to_string(parser_->line()) + ":" +
                    std::to_string(parser_->column()) + ": " + error.message.substr(reason + 2));
  }
  bool complain_of_series(std::size_t line) {
    return complain(name_ + ":" + std::to_string(line) + ":1: " + printer_.wrong());
  }
  static bool complain(const std::string& message) {
    std::cout.flush();
    std::cerr << message << '\n';
    return false;
  }

  std::string name_;
  SamplePrinter printer_;
  std::unique_ptr<codec::ExpositionParser> parser_;
};

constexpr std::uint64_t kMaxPageBytes = 256ULL << 20U;

bool is_url(std::string_view source) {
  return source.starts_with("http://") || source.starts_with("https://");
}

Result<std::string> download(const std::string& url, ExpositionFormat format) {
  net::ClientRequest request;
  request.url = url;
  request.max_response_bytes = kMaxPageBytes;
  request.headers.add("Accept", format == ExpositionFormat::OpenMetrics
                                    ? "application/openmetrics-text;version=1.0.0"
                                    : "text/plain;version=0.0.4");
  auto answer = fetch(std::move(request));
  if (!answer) return answer.error();
  if (answer->status != 200)
    return Error{ErrorKind::Network, url + ": HTTP " + std::to_string(answer->status)};
  return std::move(answer->body);
}

bool print_samples(const std::string& source, ExpositionFormat format) {
  if (is_url(source)) {
    const auto page = download(source, format);
    if (page) return PageReader(format, source).read(*page);
    std::cerr << page.error().message << '\n';
    return false;
  }
  if (source.empty() || source == "-") return PageReader(format, "<stdin>").read(stdin);
  const File file(std::fopen(source.c_str(), "rb"), &std::fclose);
  if (file) return PageReader(format, source).read(file.get());
  std::cerr << source << ": cannot be opened\n";
  return false;
}

}  // namespace

int try_scrape(const TryScrapeArguments& arguments) {
  const auto format = format_of(arguments.format);
  if (!format) {
    std::cerr << "the format \"" << arguments.format
              << "\" is not supported: prometheus or openmetrics\n";
    return kUsage;
  }
  const bool good = print_samples(arguments.source, *format);
  std::cout.flush();
  return good && std::cout.good() ? kOk : kFailure;
}

}  // namespace agent::cli
