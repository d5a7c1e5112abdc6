#pragma once
// Kubernetes' label selectors. Pure. Spec: metrics.md 8.1.
#include <map>
#include <string>
#include <vector>

#include "agent/config/node.h"
#include "agent/config/report.h"

namespace agent::discovery {

/// Labels of an object as it stands in a file: unlike those of a sample, an empty value is a value.
using ObjectLabels = std::map<std::string, std::string>;

/// What must hold of an object's labels; without requirements everything does.
struct LabelSelector {
  enum class Operator { In, NotIn, Exists, DoesNotExist };
  struct Requirement {
    std::string key;
    Operator op = Operator::In;
    std::vector<std::string> values;
  };
  std::vector<Requirement> requirements;

  bool matches(const ObjectLabels& labels) const;
};

/// {matchLabels, matchExpressions}; absent or null selects everything.
LabelSelector read_label_selector(const config::Node& node, config::Report& report,
                                  const std::string& path);

/// {any, matchNames}; absent: the own namespace only.
struct NamespaceSelector {
  bool any = false;
  std::vector<std::string> names;
  bool matches(const std::string& name) const;
};
NamespaceSelector read_namespace_selector(const config::Node& node, config::Report& report,
                                          const std::string& path, const std::string& own);

}  // namespace agent::discovery
