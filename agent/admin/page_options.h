#pragma once
// What the configuration says about the pages. Spec: logs.md 1.2, delivery.md 12.
#include <string>

namespace agent::admin {

struct PageOptions {
  /// Ours, or those of the old agent: `/` leads to /targets, /ready speaks Promtail's words.
  enum class Style { Ours, Promtail } style = Style::Ours;
  std::string prefix;               ///< in front of every path: "" or "/logs"
  std::string external_path;        ///< what a proxy puts in front of that: "" or "/node-1"
  bool health_check_target = true;  ///< Promtail: not ready until one target is
  bool reload_by_path = false;      ///< Promtail: GET and POST /reload
  bool metrics = true;              ///< /metrics
  bool promtail_names = false;      ///< Promtail's names on /metrics too
  bool prometheus_names = false;

  /// What links start with.
  std::string base() const { return external_path + prefix; }
};

}  // namespace agent::admin
