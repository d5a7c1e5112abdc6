// Relabeling rules as YAML: any text gives rules that work or a report.
#include <cstdint>
#include <string_view>

#include "agent/config/node.h"
#include "agent/relabel/read_rules.h"
#include "agent/relabel/rule_set.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  agent::config::Report report;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& document : agent::config::parse_documents(text, "fuzz", report)) {
    const auto rules =
        agent::relabel::read_rules(document, report, "rules", agent::relabel::Spelling::SnakeCase);
    // What was read without an error compiles: apply it, or die.
    const auto compiled = agent::relabel::RuleSet::compile(rules);
    if (!compiled) __builtin_trap();
    agent::model::LabelSet labels = {
        {"__name__", "http.requests"}, {"a", "x-1"}, {"b", "é;ß"}, {"instance", "10.0.0.1:80"}};
    (void)compiled->apply(labels);
  }
  return 0;
}
