#include "agent/app/alerting_rules.h"

namespace agent::app {
namespace {

using config::DurationForm;
using config::Keys;
using config::Node;
using config::Reader;
using config::Report;

// Complaints stand in the report already.
void finish(Reader& in) { static_cast<void>(in.finish()); }

void check_texts(Reader& in, const char* key) {
  for (const auto& [name, value] : in.map(key))
    if (!value.is_scalar())
      in.report().error(value.mark(), in.path_of(key) + "." + std::string(name.text()),
                        "text is asked here");
}

void check_rule(const Node& node, Report& report, const std::string& path) {
  Reader in(node, Keys::Strict, report, path);
  const bool alert = in.has("alert");
  if (alert == in.has("record")) in.error("", "a rule has either `alert` or `record`");
  in.string("alert");
  in.string("record");
  if (in.required_string("expr").empty() && !in.child("expr").is_empty())
    in.error("expr", "the expression is empty");
  in.duration("for", Duration::zero(), DurationForm::Prometheus);
  in.duration("keep_firing_for", Duration::zero(), DurationForm::Prometheus);
  if (!alert && in.has("for")) in.error("for", "a recording rule has no `for`");
  check_texts(in, "labels");
  check_texts(in, "annotations");
  finish(in);
}

void check_group(const Node& node, Report& report, const std::string& path) {
  Reader in(node, Keys::Strict, report, path);
  in.required_string("name");
  in.duration("interval", Duration::zero(), DurationForm::Prometheus);
  in.duration("query_offset", Duration::zero(), DurationForm::Prometheus);
  in.integer("limit", 0, 0, 1'000'000'000);
  check_texts(in, "labels");
  std::size_t i = 0;
  for (const Node& rule : in.list("rules"))
    check_rule(rule, report, path + ".rules[" + std::to_string(i++) + "]");
  finish(in);
}

}  // namespace

void check_alerting_rules(const Node& key, const Node& node, Report& report) {
  Reader in(node, Keys::Strict, report, "alerting_rules");
  std::size_t i = 0;
  for (const Node& group : in.list("groups"))
    check_group(group, report, "alerting_rules.groups[" + std::to_string(i++) + "]");
  finish(in);
  report.note(key.mark(), "alerting_rules",
              "the rules are well formed; the agent does not evaluate rules, load them into "
              "Prometheus or its ruler");
}

}  // namespace agent::app
