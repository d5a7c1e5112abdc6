#include "agent/codec/openmetrics.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "agent/base/strings.h"
#include "agent/codec/float_text.h"
#include "agent/codec/page_parser.h"

namespace agent::codec {
namespace {

constexpr std::size_t kMaxExemplarCharacters = 128;

std::string_view text_between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

std::string_view take_token(Cursor& in) {
  const char* begin = in.at;
  in.at = std::find(in.at, in.end, ' ');
  return text_between(begin, in.at);
}

bool take_prefix(Cursor& in, std::string_view prefix) {
  if (text_between(in.at, in.end).substr(0, prefix.size()) != prefix) return false;
  in.at += prefix.size();
  return true;
}

std::optional<MetricType> parse_type(std::string_view word) {
  constexpr MetricType kTypes[] = {
      MetricType::Unknown, MetricType::Counter,        MetricType::Gauge, MetricType::Histogram,
      MetricType::Summary, MetricType::GaugeHistogram, MetricType::Info,  MetricType::StateSet};
  for (const MetricType type : kTypes)
    if (word == to_string(type)) return type;
  return std::nullopt;
}

bool take_number(Cursor& in, double& out) {
  const char* const begin = in.at;
  const auto value = parse_float(take_token(in));
  if (!value) {
    in.at = begin;
    return in.fail("expected a number as the value");
  }
  out = *value;
  return true;
}

// Seconds in the page, milliseconds for us, cut off towards zero.
bool take_timestamp(Cursor& in, std::optional<std::int64_t>& out) {
  constexpr double kLimit = 9.2e18;
  const char* const begin = in.at;
  const auto seconds = parse_float(take_token(in));
  const double milliseconds = seconds ? *seconds * 1000 : NAN;
  if (!(std::abs(milliseconds) < kLimit)) {
    in.at = begin;
    return in.fail("expected a timestamp in seconds");
  }
  out = static_cast<std::int64_t>(milliseconds);
  return true;
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool is_too_long(const ScrapedExemplar& exemplar) {
  std::size_t total = 0;
  for (const auto& label : exemplar.labels)
    total += characters(label.name) + characters(label.value);
  return total > kMaxExemplarCharacters;
}

class OpenMetricsParser final : public PageParser {
 public:
  using PageParser::PageParser;

 protected:
  bool joins_open_lines() const override { return false; }
  const char* missing_at_end() const override {
    return ended_ ? nullptr : "the page has no # EOF: it is cut off";
  }

  bool parse_line(Cursor& in, bool terminated) override {
    if (ended_) return in.fail("nothing may follow # EOF");
    if (!in.has('#')) return parse_sample(in);
    if (text_between(in.at, in.end) == "# EOF") {
      ended_ = true;
      return true;
    }
    (void)terminated;
    return parse_metadata(in);
  }

 private:
  bool parse_sample(Cursor& in) {
    NameOnly seen;
    const char* const begin = in.at;
    if (!series::take_series<false>(in, seen)) return false;
    ScrapedSample sample;
    sample.series = text_between(begin, in.at);
    if (!in.take(' ')) return in.fail("expected one blank and the value");
    if (!take_number(in, sample.value)) return false;
    bool has_exemplar = false;
    if (!parse_tail(in, sample, has_exemplar)) return false;
    sample.type = seen.name.escaped ? families().type_of(unescaped(seen.name))
                                    : families().type_of(seen.name.text);
    if (has_exemplar && is_too_long(exemplar_)) {
      visitor().on_exemplar_dropped();
    } else if (has_exemplar) {
      sample.exemplar = &exemplar_;
    }
    visitor().on_sample(sample);
    return true;
  }

  // [" " timestamp] [" # " exemplar]
  bool parse_tail(Cursor& in, ScrapedSample& sample, bool& has_exemplar) {
    if (in.at == in.end) return true;
    ++in.at;  // the blank that ended the value
    if (!in.has('#')) {
      if (!take_timestamp(in, sample.timestamp_ms)) return false;
      if (in.at == in.end) return true;
      ++in.at;
    }
    if (!take_prefix(in, "# {")) return in.fail("expected the end of the line, or an exemplar");
    has_exemplar = true;
    return parse_exemplar(in);
  }

  bool parse_exemplar(Cursor& in) {
    const char* const begin = in.at;
    SeriesBuilder builder(exemplar_.labels);
    bool named = true;  // a text alone would be a second name
    if (!series::take_items<false>(in, builder, named)) return false;
    if (const char* wrong = builder.finish()) {
      in.at = begin;
      return in.fail(wrong);
    }
    if (!in.take(' ')) return in.fail("expected one blank and the exemplar's value");
    if (!take_number(in, exemplar_.value)) return false;
    exemplar_.timestamp_ms.reset();
    if (in.take(' ') && !take_timestamp(in, exemplar_.timestamp_ms)) return false;
    return in.at == in.end || in.fail("expected the end of the line behind the exemplar");
  }

  bool parse_metadata(Cursor& in) {
    const char* const begin = in.at;
    enum class Kind { Help, Type, Unit } kind = Kind::Help;
    if (take_prefix(in, "# TYPE ")) {
      kind = Kind::Type;
    } else if (take_prefix(in, "# UNIT ")) {
      kind = Kind::Unit;
    } else if (!take_prefix(in, "# HELP ")) {
      in.at = begin;
      return in.fail("expected # HELP, # TYPE, # UNIT or # EOF");
    }
    Word name;
    if (in.has('"')) {
      if (!series::take_quoted(in, name)) return false;
    } else if (!series::take_bare(in, series::kNameStart, series::kNameByte, name)) {
      return in.fail("expected a metric name");
    }
    const std::string family = unescaped(name);
    if (family.empty() || !is_valid_utf8(family)) return in.fail("the metric name is not valid");
    if (!in.take(' ')) return in.fail("expected one blank behind the metric name");
    const std::string_view text = text_between(in.at, in.end);
    if (kind == Kind::Help) return take_help(in, family, text);
    if (kind == Kind::Unit) return parse_unit(in, family, text);
    const auto type = parse_type(text);
    if (!type) return in.fail("expected a metric type");
    return take_type(in, family, *type);
  }

  bool parse_unit(Cursor& in, std::string_view family, std::string_view unit) {
    const bool fits = unit.empty() || (family.size() > unit.size() && family.ends_with(unit) &&
                                       family[family.size() - unit.size() - 1] == '_');
    if (!fits) return in.fail("the metric's name does not end in its unit");
    if (!is_valid_utf8(unit)) return in.fail("the unit is not valid UTF-8");
    visitor().on_unit(family, unit);
    return true;
  }

  bool ended_ = false;
  ScrapedExemplar exemplar_;
};

}  // namespace

std::unique_ptr<ExpositionParser> make_openmetrics_parser(ExpositionVisitor& visitor) {
  return std::make_unique<OpenMetricsParser>(visitor);
}

}  // namespace agent::codec
