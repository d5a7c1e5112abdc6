#include "agent/selfmon/metrics.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <variant>

#include "agent/base/check.h"
#include "agent/base/strings.h"
#include "agent/selfmon/text_format.h"

namespace agent::selfmon {
namespace {

using Metric =
    std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>, std::unique_ptr<Histogram>>;

struct Family {
  std::string help;
  std::map<model::LabelSet, Metric> metrics;
};

// What a metric shows at one moment; of a counter or gauge only `value`.
struct Reading {
  double value = 0;  // of a histogram: the sum
  std::vector<double> bounds;
  std::vector<std::uint64_t> cumulative;
};

struct Reader {
  Reading operator()(const std::unique_ptr<Counter>& c) const {
    return {static_cast<double>(c->value()), {}, {}};
  }
  Reading operator()(const std::unique_ptr<Gauge>& g) const { return {g->value(), {}, {}}; }
  Reading operator()(const std::unique_ptr<Histogram>& h) const {
    Reading out{h->sum(), h->bounds(), {}};
    for (std::size_t i = 0; i <= out.bounds.size(); ++i)
      out.cumulative.push_back(h->cumulative(i));
    return out;
  }
};

void merge_into(Reading& to, const Reading& more, Merge how) {
  to.value = how == Merge::Most ? std::max(to.value, more.value) : to.value + more.value;
  to.bounds = more.bounds;
  to.cumulative.resize(more.cumulative.size());
  for (std::size_t i = 0; i < more.cumulative.size(); ++i)
    to.cumulative[i] += more.cumulative[i];
}

void write(std::string& out, const std::string& name, const model::LabelSet& labels,
           const Reading& reading) {
  const auto line = [&](const char* suffix, const std::string& label_part,
                        const std::string& value) {
    out += name + suffix + label_part + " " + value + "\n";
  };
  if (reading.cumulative.empty()) return line("", label_text(labels), number_text(reading.value));
  for (std::size_t i = 0; i < reading.cumulative.size(); ++i) {
    const std::string le = i < reading.bounds.size() ? number_text(reading.bounds[i]) : "+Inf";
    line("_bucket", label_text(labels, "le", le), std::to_string(reading.cumulative[i]));
  }
  line("_sum", label_text(labels), number_text(reading.value));
  // Of the last bucket: _count agrees with it while others observe.
  line("_count", label_text(labels), std::to_string(reading.cumulative.back()));
}

bool is_wanted(const model::LabelSet& labels, std::string_view only) {
  const auto equals = only.find('=');
  return only.empty() || labels.get(only.substr(0, equals)) == only.substr(equals + 1);
}

// Those of `labels` that the peer has.
model::LabelSet kept(const model::LabelSet& labels, std::string_view names) {
  model::LabelSet out;
  for (const auto name : split(names, ' '))
    out.set(name, labels.get(name));
  return out;
}

const char* type_of(const Metric& metric) {
  constexpr const char* kTypes[] = {"counter", "gauge", "histogram"};
  return kTypes[metric.index()];
}

}  // namespace

void Histogram::observe(double value) {
  std::size_t i = 0;
  while (i < bounds_.size() && !(value <= bounds_[i]))  // so that NaN ends in +Inf
    ++i;
  counts_[i].fetch_add(1, std::memory_order_relaxed);
  sum_.add(value);
}

std::uint64_t Histogram::cumulative(std::size_t i) const {
  std::uint64_t total = 0;
  for (std::size_t k = 0; k <= i; ++k)
    total += counts_[k].load(std::memory_order_relaxed);
  return total;
}

std::vector<double> default_buckets() {
  return {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}

class Registry {
 public:
  template <typename T, typename... Args>
  T& get(const std::string& name, const model::LabelSet& labels, std::string_view help,
         Args&&... args) {
    const std::lock_guard lock(mutex_);
    Family& family = families_[name];
    if (family.help.empty()) family.help = help;
    auto at = family.metrics.find(labels);
    if (at == family.metrics.end())
      at = family.metrics.emplace(labels, std::make_unique<T>(std::forward<Args>(args)...)).first;
    // One name, one type: every metric of the family, the new one included, holds a T.
    for (const auto* metric : {&family.metrics.begin()->second, &family.metrics.rbegin()->second})
      AGENT_CHECK(std::holds_alternative<std::unique_ptr<T>>(*metric));
    return *std::get<std::unique_ptr<T>>(at->second);
  }

  void remove(const std::string& name, const model::LabelSet& labels) {
    const std::lock_guard lock(mutex_);
    const auto family = families_.find(name);
    if (family == families_.end()) return;
    family->second.metrics.erase(labels);
    if (family->second.metrics.empty()) families_.erase(family);
  }

  Result<std::shared_ptr<SeriesFamily>> series(const std::string& name,
                                               SeriesFamily::Options options) {
    const std::lock_guard lock(mutex_);
    const SeriesFamily::Type type = options.type;
    auto& family = series_[name];
    if (family == nullptr) family = std::make_shared<SeriesFamily>(std::move(options));
    if (family->options().type == type) return family;
    return Error{ErrorKind::Config, "\"" + name + "\" is defined with another type elsewhere"};
  }

  void restart_series() {
    const std::lock_guard lock(mutex_);
    for (const auto& item : series_)
      item.second->retire();
    series_.clear();
  }

  void forget_idle_series(Timestamp now) {
    const std::lock_guard lock(mutex_);
    for (const auto& item : series_)
      item.second->forget_idle(now);
  }

  std::string exposition() const {
    const std::lock_guard lock(mutex_);
    std::string out;
    auto custom = series_.begin();
    for (const auto& [name, family] : families_) {
      for (; custom != series_.end() && custom->first <= name; ++custom)
        if (custom->first != name) out += custom->second->exposition(custom->first);
      out += family_head(name, family.help, type_of(family.metrics.begin()->second));
      for (const auto& [labels, metric] : family.metrics)
        write(out, name, labels, std::visit(Reader(), metric));
    }
    for (; custom != series_.end(); ++custom)
      out += custom->second->exposition(custom->first);
    return out;
  }

  std::string exposition_of(std::span<const Alias> aliases) const {
    const std::lock_guard lock(mutex_);
    std::string out;
    for (const Alias& alias : aliases) {
      const auto family = families_.find(std::string(alias.ours));
      if (family == families_.end()) continue;
      std::map<model::LabelSet, Reading> merged;
      for (const auto& [labels, metric] : family->second.metrics)
        if (is_wanted(labels, alias.only))
          merge_into(merged[kept(labels, alias.labels)], std::visit(Reader(), metric), alias.merge);
      if (merged.empty()) continue;
      const std::string name(alias.theirs);
      out +=
          family_head(name, family->second.help, type_of(family->second.metrics.begin()->second));
      for (const auto& [labels, reading] : merged)
        write(out, name, labels, reading);
    }
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;
  std::map<std::string, std::shared_ptr<SeriesFamily>> series_;
};

Scope::Scope() : Scope("dunlin_") {}
Scope::Scope(std::string prefix) : Scope(std::make_shared<Registry>(), std::move(prefix), {}) {}
Scope::Scope(std::shared_ptr<Registry> registry, std::string prefix, model::LabelSet labels)
    : registry_(std::move(registry)), prefix_(std::move(prefix)), labels_(std::move(labels)) {}

Scope Scope::with(std::string_view label, std::string_view value) const {
  model::LabelSet labels = labels_;
  labels.set(label, value);
  return {registry_, prefix_, std::move(labels)};
}

Scope Scope::with_prefix(std::string_view prefix) const {
  return {registry_, std::string(prefix), labels_};
}

namespace {
model::LabelSet merged(model::LabelSet base, const model::LabelSet& more) {
  for (const auto& label : more)
    base.set(label.name, label.value);
  return base;
}
}  // namespace

Counter& Scope::counter(std::string_view name, std::string_view help) const {
  return counter(name, model::LabelSet{}, help);
}
Counter& Scope::counter(std::string_view name, std::string_view label,
                        std::string_view value) const {
  return counter(name, model::LabelSet{{std::string(label), std::string(value)}}, {});
}
Counter& Scope::counter(std::string_view name, const model::LabelSet& labels,
                        std::string_view help) const {
  return registry_->get<Counter>(prefix_ + std::string(name), merged(labels_, labels), help);
}
Gauge& Scope::gauge(std::string_view name, std::string_view help) const {
  return gauge(name, model::LabelSet{}, help);
}
Gauge& Scope::gauge(std::string_view name, const model::LabelSet& labels,
                    std::string_view help) const {
  return registry_->get<Gauge>(prefix_ + std::string(name), merged(labels_, labels), help);
}
Histogram& Scope::histogram(std::string_view name, std::vector<double> bounds,
                            const model::LabelSet& labels, std::string_view help) const {
  return registry_->get<Histogram>(prefix_ + std::string(name), merged(labels_, labels), help,
                                   std::move(bounds));
}
void Scope::remove(std::string_view name, const model::LabelSet& labels) const {
  registry_->remove(prefix_ + std::string(name), merged(labels_, labels));
}

Result<std::shared_ptr<SeriesFamily>> Scope::series(const std::string& full_name,
                                                    SeriesFamily::Options options) const {
  return registry_->series(full_name, std::move(options));
}
void Scope::restart_series() const { registry_->restart_series(); }
void Scope::forget_idle_series(Timestamp now) const { registry_->forget_idle_series(now); }

std::string Scope::exposition() const { return registry_->exposition(); }
std::string Scope::exposition_of(std::span<const Alias> aliases) const {
  return registry_->exposition_of(aliases);
}

}  // namespace agent::selfmon
