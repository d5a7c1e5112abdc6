#include "agent/codec/prom_text.h"

#include <charconv>
#include <optional>

#include "agent/base/strings.h"
#include "agent/codec/float_text.h"
#include "agent/codec/page_parser.h"

namespace agent::codec {
namespace {

std::string_view text_between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Up to the next blank.
std::string_view take_token(Cursor& in) {
  const char* begin = in.at;
  while (in.at != in.end && !is_blank(*in.at))
    ++in.at;
  return text_between(begin, in.at);
}

std::optional<std::int64_t> parse_milliseconds(std::string_view text) {
  std::int64_t out = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, out);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return out;
}

std::optional<MetricType> parse_type(std::string_view word) {
  if (word == "counter") return MetricType::Counter;
  if (word == "gauge") return MetricType::Gauge;
  if (word == "histogram") return MetricType::Histogram;
  if (word == "summary") return MetricType::Summary;
  if (word == "untyped") return MetricType::Unknown;
  return std::nullopt;
}

class PrometheusParser final : public PageParser {
 public:
  using PageParser::PageParser;

 protected:
  bool joins_open_lines() const override { return true; }

  bool parse_line(Cursor& in, bool terminated) override {
    if (terminated && in.at != in.end && in.end[-1] == '\r') --in.end;
    in.skip_blanks();
    if (in.at == in.end) return true;
    return *in.at == '#' ? parse_comment(in) : parse_sample(in);
  }

 private:
  bool parse_sample(Cursor& in) {
    NameOnly seen;
    const char* const begin = in.at;
    if (!series::take_series<true>(in, seen)) return false;
    ScrapedSample sample;
    sample.series = text_between(begin, in.at);
    if (!parse_value(in, sample)) return false;
    sample.type = seen.name.escaped ? families().type_of(unescaped(seen.name))
                                    : families().type_of(seen.name.text);
    visitor().on_sample(sample);
    return true;
  }

  static bool parse_value(Cursor& in, ScrapedSample& sample) {
    in.skip_blanks();
    const char* begin = in.at;
    const auto value = parse_float(take_token(in));
    if (!value) {
      in.at = begin;
      return in.fail("expected a number as the value");
    }
    sample.value = *value;
    in.skip_blanks();
    if (in.at == in.end) return true;
    begin = in.at;
    sample.timestamp_ms = parse_milliseconds(take_token(in));
    if (!sample.timestamp_ms) {
      in.at = begin;
      return in.fail("expected a timestamp in whole milliseconds, or the end of the line");
    }
    in.skip_blanks();
    return in.at == in.end || in.fail("expected the end of the line behind the timestamp");
  }

  // Anything that is not `# HELP name ...` or `# TYPE name ...` is for people.
  bool parse_comment(Cursor& in) {
    ++in.at;
    if (in.at == in.end || !is_blank(*in.at)) return true;
    in.skip_blanks();
    const std::string_view word = take_token(in);
    const bool is_type = word == "TYPE";
    if ((!is_type && word != "HELP") || in.at == in.end) return true;
    in.skip_blanks();
    Word name;
    if (in.has('"')) {
      if (!series::take_quoted(in, name)) {
        in.open = false;  // a comment ends with its line
        return false;
      }
    } else if (!series::take_bare(in, series::kNameStart, series::kNameByte, name)) {
      return in.fail("expected a metric name");
    }
    const std::string family = unescaped(name);
    if (family.empty() || !is_valid_utf8(family)) return in.fail("the metric name is not valid");
    return is_type ? parse_type_word(in, family) : parse_help(in, family);
  }

  bool parse_type_word(Cursor& in, std::string_view family) {
    in.skip_blanks();
    const auto type = parse_type(trim(text_between(in.at, in.end)));
    if (!type) return in.fail("expected counter, gauge, histogram, summary or untyped");
    return take_type(in, family, *type);
  }

  bool parse_help(Cursor& in, std::string_view family) {
    in.skip_blanks();
    return take_help(in, family, text_between(in.at, in.end));
  }
};

}  // namespace

std::unique_ptr<ExpositionParser> make_prometheus_parser(ExpositionVisitor& visitor) {
  return std::make_unique<PrometheusParser>(visitor);
}

}  // namespace agent::codec
