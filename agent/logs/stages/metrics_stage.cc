// metrics: counters, gauges and histograms from entries, on the agent's own /metrics.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "agent/base/duration.h"
#include "agent/base/strings.h"
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"

namespace agent::logs {
namespace {

using selfmon::SeriesFamily;
using Type = SeriesFamily::Type;

enum class Action { Inc, Dec, Add, Sub, Set, Observe };

struct MetricOptions {
  std::string full_name;
  std::string source;
  SeriesFamily::Options family;
  Action action = Action::Observe;
  std::optional<std::string> value;  // what the source's text has to be
  bool match_all = false;
  bool counts_bytes = false;
  Duration max_idle{};
};

// A number, a text that is one or that is a Go duration (in seconds), true or false.
std::optional<double> number_of(const Value& value) {
  if (value.kind == Value::Kind::Number) return value.number;
  if (value.kind == Value::Kind::Boolean) return value.boolean ? 1 : 0;
  if (value.kind == Value::Kind::Null || value.text.empty()) return std::nullopt;
  std::string_view text = value.text;
  if (text[0] == '+') text.remove_prefix(1);
  if (text.empty() || text[0] == '+') return std::nullopt;
  double out = 0;
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, out);
  if (parsed.ec == std::errc() && parsed.ptr == end) return out;
  // Only then, as an error that nobody reads costs an allocation.
  if (end[-1] != 's' && end[-1] != 'm' && end[-1] != 'h') return std::nullopt;
  const auto duration = parse_go_duration(value.text);
  if (!duration) return std::nullopt;
  return std::chrono::duration<double>(*duration).count();
}

class MetricsStage final : public Stage {
 public:
  MetricsStage(selfmon::Scope scope, selfmon::Counter& unparsed)
      : scope_(std::move(scope)), unparsed_(unparsed) {}

  Status add(MetricOptions options) {
    auto family = scope_.series(options.full_name, options.family);
    if (!family) return family.error();
    metrics_.push_back({std::move(options), std::move(*family)});
    return {};
  }
  const SeriesFamily& last_family() const { return *metrics_.back().family; }

  void apply(EntryBatch& batch, Timestamp now) override {
    for (Metric& metric : metrics_) {
      if (!is_current(metric)) continue;
      SeriesFamily::Access access(*metric.family);
      for (const Entry* entry : batch.entries())
        update(metric.options, *entry, access, now);
    }
  }

 private:
  struct Metric {
    MetricOptions options;
    std::shared_ptr<SeriesFamily> family;
  };

  // A reload retires all families. False: the name has another type by now, these stages are about
  // to go.
  bool is_current(Metric& metric) const {
    if (!SeriesFamily::Access(*metric.family).is_retired()) return true;
    auto family = scope_.series(metric.options.full_name, metric.options.family);
    if (family) metric.family = std::move(*family);
    return family.has_value();
  }

  void update(const MetricOptions& options, const Entry& entry, SeriesFamily::Access& access,
              Timestamp now) {
    const auto amount =
        options.match_all ? amount_of_all(options, entry) : amount_of_source(options, entry);
    if (!amount) return;
    const bool is_counter = options.family.type == Type::Counter;
    SeriesFamily::Series* series =
        is_counter && *amount < 0 ? nullptr : access.find(*entry.labels, now);
    if (series == nullptr) return unparsed_.add();
    if (options.action == Action::Observe) {
      access.observe(*series, *amount);
    } else if (options.action == Action::Set) {
      series->value = *amount;
    } else {
      series->value += *amount;
    }
    series->idle_at = now + options.max_idle;
  }

  static std::optional<double> amount_of_all(const MetricOptions& options, const Entry& entry) {
    if (options.action == Action::Inc) return 1;
    if (options.counts_bytes) return static_cast<double>(entry.line.size());
    return std::nullopt;
  }

  std::optional<double> amount_of_source(const MetricOptions& options, const Entry& entry) {
    const auto value = entry.extracted.get(options.source);
    if (!value) return std::nullopt;
    if (options.value && !has_text(*value, *options.value)) return std::nullopt;
    if (options.action == Action::Inc) return 1;
    if (options.action == Action::Dec) return -1;
    const auto number = number_of(*value);
    if (!number) unparsed_.add();
    return number && options.action == Action::Sub ? -*number : number;
  }

  bool has_text(const Value& value, std::string_view text) {
    if (value.is_null()) return false;
    scratch_.clear();
    append_text(scratch_, value);
    return scratch_ == text;
  }

  selfmon::Scope scope_;
  selfmon::Counter& unparsed_;
  std::vector<Metric> metrics_;
  std::string scratch_;
};

void read_action(config::Reader& in, MetricOptions& out) {
  constexpr std::pair<std::string_view, Action> kActions[] = {{"inc", Action::Inc},
                                                              {"add", Action::Add},
                                                              {"set", Action::Set},
                                                              {"dec", Action::Dec},
                                                              {"sub", Action::Sub}};
  const bool is_counter = out.family.type == Type::Counter;
  const auto known = std::span(kActions).first(is_counter ? 2 : std::size(kActions));
  const std::string text = to_lower(in.string("action", {}, config::Text::Strict));
  const auto at = std::find_if(known.begin(), known.end(),
                               [&](const auto& item) { return item.first == text; });
  if (at != known.end()) {
    out.action = at->second;
  } else {
    in.error("action", is_counter ? "a counter needs the action inc or add"
                                  : "a gauge needs the action set, inc, dec, add or sub");
  }
}

void read_buckets(config::Reader& in, MetricOptions& out) {
  std::vector<double>& bounds = out.family.bounds;
  for (const config::Node& item : in.list("buckets")) {
    double bound = 0;
    const auto text = item.text();
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), bound);
    if (item.quoted() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
      in.report().error(item.mark(), in.path_of("buckets"), "a number is asked here");
    bounds.push_back(bound);
  }
  if (!bounds.empty() && std::isinf(bounds.back())) bounds.pop_back();
  if (!std::is_sorted(bounds.begin(), bounds.end(), std::less_equal<>()))
    in.error("buckets", "buckets have to ascend");
  if (bounds.empty()) bounds = selfmon::default_buckets();
}

void read_counter(config::Reader& in, MetricOptions& out) {
  out.match_all = read_flag(in, "match_all", false, Typing::Strict);
  out.counts_bytes = read_flag(in, "count_entry_bytes", false, Typing::Strict);
  if (out.match_all && out.value) in.error("value", "match_all takes all: it has no value");
  if (!out.counts_bytes) return;
  if (!out.match_all) in.error("count_entry_bytes", "it needs match_all: true");
  if (out.action != Action::Add) in.error("count_entry_bytes", "it needs action: add");
}

// `config` of one metric.
Status read_config(config::Reader in, MetricOptions& out) {
  out.value = in.optional_string("value", config::Text::Strict);
  if (out.family.type == Type::Histogram) {
    read_buckets(in, out);
  } else {
    read_action(in, out);
  }
  if (out.family.type == Type::Counter) read_counter(in, out);
  return in.finish();
}

std::optional<Type> read_type(config::Reader& in) {
  const std::string text = to_lower(in.string("type", {}, config::Text::Strict));
  if (text == "counter") return Type::Counter;
  if (text == "gauge") return Type::Gauge;
  if (text == "histogram") return Type::Histogram;
  in.error("type", "Counter, Gauge or Histogram is asked here");
  return std::nullopt;
}

// Characters that no metric name has would spoil the whole page.
std::string metric_name(std::string text, config::Reader& in) {
  std::string out = std::move(text);
  const auto fits = [](char c, bool first) {
    const bool is_digit = c >= '0' && c <= '9';
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
           (is_digit && !first);
  };
  bool is_changed = false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (fits(out[i], i == 0)) continue;
    out[i] = '_';
    is_changed = true;
  }
  if (is_changed) in.warning("", "this is no metric name; it is shown as \"" + out + "\"");
  return out;
}

Result<MetricOptions> read_metric(config::Reader& in, const std::string& name) {
  MetricOptions out;
  const auto type = read_type(in);
  out.family.help = in.string("description", {}, config::Text::Strict);
  out.source = in.string("source", name, config::Text::Strict);
  std::string prefix = in.string("prefix", {}, config::Text::Strict);
  if (prefix.empty()) prefix = "promtail_custom_";
  out.full_name = metric_name(prefix + name, in);
  out.max_idle =
      in.duration("max_idle_duration", std::chrono::minutes(5), config::DurationForm::Go);
  if (out.max_idle < std::chrono::seconds(1))
    in.error("max_idle_duration", "at least 1s is asked here");
  const config::Node options = in.child("config");
  Status read;
  if (type && *type != Type::Histogram && options.is_empty()) {
    in.error("config", "a config with an action is needed");
  } else if (type) {
    out.family.type = *type;
    read = read_config({options, config::Keys::Stage, in.report(), in.path_of("config")}, out);
  }
  if (const Status all = in.finish(); !all) return all.error();
  if (!read) return read.error();
  return out;
}

}  // namespace

Result<StagePtr> make_metrics_stage(const config::Node& options, StageSite& site) {
  config::Report& report = site.context.report;
  const int errors_before = report.errors();
  if (!options.is_map())
    report.error(options.is_empty() ? site.mark : options.mark(), site.path,
                 "a map of metrics is asked here");
  auto stage = std::make_unique<MetricsStage>(site.context.metrics, site.unparsed());
  for (const auto& [key, value] : options.entries()) {
    const std::string path = site.path + "." + std::string(key.text());
    config::Reader in(value, config::Keys::Stage, report, path);
    auto metric = read_metric(in, std::string(key.text()));
    if (!metric) continue;
    const std::vector<double> bounds = metric->family.bounds;
    if (const Status added = stage->add(std::move(*metric)); !added) {
      report.error(key.mark(), path, added.error().message);
    } else if (stage->last_family().options().bounds != bounds) {
      report.warning(key.mark(), path, "it has other buckets elsewhere: those count");
    }
  }
  if (report.errors() > errors_before) return Error{ErrorKind::Config, site.path + ": bad metrics"};
  return StagePtr(std::move(stage));
}

}  // namespace agent::logs
