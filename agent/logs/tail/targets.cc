#include "agent/logs/tail/targets.h"

#include <cstdlib>
#include <set>
#include <utility>

#include <unistd.h>

#include "agent/base/strings.h"

namespace agent::logs {
namespace {

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

}  // namespace

std::string this_host() {
  // Read once at set-up, before other threads run.
  const char* set = std::getenv("HOSTNAME");  // NOLINT(concurrency-mt-unsafe)
  if (set != nullptr && *set != '\0') return set;
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

ResolvedTargets resolve_targets(const std::vector<model::TargetGroup>& groups,
                                const relabel::RuleSet& rules, const std::string& host) {
  ResolvedTargets out;
  std::set<std::pair<std::string, model::LabelSet>> known;
  const auto resolve = [&](model::LabelSet labels) -> const char* {
    if (!rules.apply(labels)) return "dropped";
    if (labels.has("__host__") && labels.get("__host__") != host) return "wrong_host";
    const std::string path(labels.get("__path__"));
    if (path.empty()) return "no_path";
    const std::string exclude(labels.get("__path_exclude__"));
    auto glob = Glob::compile(path);
    auto excluded = exclude.empty() ? Result<Glob>(Glob()) : Glob::compile(exclude);
    if (!glob || !excluded) {
      out.errors.push_back((glob ? excluded : glob).error().message);
      return "error";
    }
    model::LabelSet streams = stream_labels(labels);
    if (!known.emplace(path, streams).second) return "exists";
    out.targets.push_back({std::move(*glob), std::nullopt, std::move(streams)});
    if (!exclude.empty()) out.targets.back().exclude = std::move(*excluded);
    return nullptr;
  };
  for (const auto& group : groups)
    for (const auto& target : group.targets)
      if (const char* reason = resolve(merged(group.labels, target))) ++out.failed[reason];
  return out;
}

}  // namespace agent::logs
