#include "agent/logs/tail/targets.h"

#include <cstdlib>
#include <set>
#include <utility>

#include <unistd.h>

#include "agent/base/strings.h"

namespace agent::logs {
namespace {

constexpr std::size_t kMostShown = 100;  // of those that were dropped

model::LabelSet merged(const model::LabelSet& group, const model::LabelSet& target) {
  model::LabelSet out = group;
  for (const auto& label : target)
    out.set(label.name, label.value);
  if (!out.has("__address__")) out.set("__address__", "localhost");
  return out;
}

model::LabelSet stream_labels(const model::LabelSet& labels) {
  model::LabelSet out;
  for (const auto& label : labels)
    if (!label.name.starts_with("__") && is_valid_utf8(label.value))
      out.set(label.name, label.value);
  return out;
}

// Resolves one target after the other into `out`.
class Resolver {
 public:
  Resolver(const relabel::RuleSet& rules, const std::string& host, ResolvedTargets& out)
      : rules_(rules), host_(host), out_(out) {}

  // The reason why there is no target of it; null: it is one.
  const char* resolve(const model::LabelSet& discovered) {
    model::LabelSet labels = discovered;
    if (!rules_.apply(labels)) return "dropped";
    if (labels.has("__host__") && labels.get("__host__") != host_) return "wrong_host";
    const std::string path(labels.get("__path__"));
    if (path.empty()) return "no_path";
    auto glob = compile(path);
    if (!glob) return "error";
    const std::string exclude(labels.get("__path_exclude__"));
    auto excluded = exclude.empty() ? std::nullopt : compile(exclude);
    if (!exclude.empty() && !excluded) return "error";
    model::LabelSet streams = stream_labels(labels);
    if (!known_.emplace(path, streams).second) return "exists";
    out_.targets.push_back({std::move(*glob), std::move(excluded), std::move(streams), discovered});
    return nullptr;
  }

 private:
  std::optional<Glob> compile(const std::string& pattern) {
    auto glob = Glob::compile(pattern);
    if (glob) return std::move(*glob);
    out_.errors.push_back(glob.error().message);
    return std::nullopt;
  }

  const relabel::RuleSet& rules_;
  const std::string& host_;
  ResolvedTargets& out_;
  std::set<std::pair<std::string, model::LabelSet>> known_;
};

}  // namespace

std::string this_host() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this process changes its environment
  const char* set = std::getenv("HOSTNAME");
  if (set != nullptr && *set != '\0') return set;
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

ResolvedTargets resolve_targets(const std::vector<model::TargetGroup>& groups,
                                const relabel::RuleSet& rules, const std::string& host) {
  ResolvedTargets out;
  Resolver resolver(rules, host, out);
  for (const auto& group : groups)
    for (const auto& target : group.targets) {
      model::LabelSet discovered = merged(group.labels, target);
      const char* reason = resolver.resolve(discovered);
      if (reason == nullptr) continue;
      ++out.failed[reason];
      if (out.dropped.size() < kMostShown) out.dropped.push_back({std::move(discovered), reason});
    }
  return out;
}

}  // namespace agent::logs
