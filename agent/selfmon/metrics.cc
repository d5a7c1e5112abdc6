#include "agent/selfmon/metrics.h"

#include <charconv>
#include <map>
#include <mutex>
#include <variant>

#include "agent/base/check.h"
#include "agent/base/strings.h"

namespace agent::selfmon {
namespace {

using Metric =
    std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>, std::unique_ptr<Histogram>>;

struct Family {
  std::string help;
  std::map<model::LabelSet, Metric> metrics;
};

std::string number(double value) {
  if (value != value) return "NaN";
  if (value - value != 0) return value > 0 ? "+Inf" : "-Inf";
  char out[40];
  const auto end = std::to_chars(out, out + sizeof out, value);
  return {out, end.ptr};
}

std::string label_text(const model::LabelSet& labels, std::string_view extra_name = {},
                       std::string_view extra_value = {}) {
  std::string out;
  const auto add = [&](std::string_view name, std::string_view value) {
    out += out.empty() ? "{" : ",";
    out += std::string(name) + "=\"";
    for (const char c : value) {
      if (c == '\\' || c == '"') out += '\\';
      if (c == '\n') {
        out += "\\n";
      } else {
        out += c;
      }
    }
    out += '"';
  };
  for (const auto& label : labels)
    add(label.name, label.value);
  if (!extra_name.empty()) add(extra_name, extra_value);
  return out.empty() ? out : out + "}";
}

struct Writer {
  std::string& out;
  const std::string& name;
  const model::LabelSet& labels;
  void line(const std::string& suffix, const std::string& label_part,
            const std::string& value) const {
    out += name + suffix + label_part + " " + value + "\n";
  }
  void operator()(const std::unique_ptr<Counter>& c) const {
    line("", label_text(labels), std::to_string(c->value()));
  }
  void operator()(const std::unique_ptr<Gauge>& g) const {
    line("", label_text(labels), number(g->value()));
  }
  void operator()(const std::unique_ptr<Histogram>& h) const {
    const auto& bounds = h->bounds();
    std::uint64_t count = 0;  // of the last bucket: _count agrees with it while others observe
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
      const std::string le = i < bounds.size() ? number(bounds[i]) : "+Inf";
      count = h->cumulative(i);
      line("_bucket", label_text(labels, "le", le), std::to_string(count));
    }
    line("_sum", label_text(labels), number(h->sum()));
    line("_count", label_text(labels), std::to_string(count));
  }
};

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

  std::string exposition() const {
    const std::lock_guard lock(mutex_);
    std::string out;
    for (const auto& [name, family] : families_) {
      if (!family.help.empty()) out += "# HELP " + name + " " + family.help + "\n";
      out += "# TYPE " + name + " " + type_of(family.metrics.begin()->second) + "\n";
      for (const auto& [labels, metric] : family.metrics)
        std::visit(Writer{out, name, labels}, metric);
    }
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;
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

std::string Scope::exposition() const { return registry_->exposition(); }

}  // namespace agent::selfmon
