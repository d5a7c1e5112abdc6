#include "agent/discovery/global_config.h"

#include "agent/discovery/job_settings_reader.h"
#include "agent/discovery/names.h"
#include "agent/relabel/read_rules.h"

namespace agent::discovery {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

struct Reference {
  std::string name;
  std::size_t length = 0;  // of the whole reference, the `$` among it; 0: none
};

// `$NAME` or `${NAME}` at the start of `text`.
Reference reference_at(std::string_view text) {
  if (text.size() > 1 && text[1] == '{') {
    const std::size_t end = text.find('}');
    if (end == std::string_view::npos) return {};
    return {std::string(text.substr(2, end - 2)), end + 1};
  }
  std::size_t end = 1;
  while (end < text.size() && is_name_character(text[end]))
    ++end;
  return end == 1 ? Reference() : Reference{std::string(text.substr(1, end - 1)), end};
}

// Spec: metrics.md 1.2. `unset` collects names of variables that are not there.
std::string expand(std::string_view text, const config::Environment& environment,
                   std::vector<std::string>& unset) {
  std::string out;
  while (!text.empty()) {
    const std::size_t dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar);
    if (text.starts_with("$$")) {
      out += '$';
      text.remove_prefix(2);
      continue;
    }
    const Reference reference = reference_at(text);
    if (reference.length == 0) {
      out += '$';
      text.remove_prefix(1);
      continue;
    }
    const auto value = environment(reference.name);
    if (!value) unset.push_back(reference.name);
    out += value.value_or("");
    text.remove_prefix(reference.length);
  }
  return out;
}

model::LabelSet read_external_labels(config::Reader& in, const config::Environment& environment) {
  model::LabelSet out;
  for (const auto& label : read_labels(in, "external_labels")) {
    std::vector<std::string> unset;
    out.set(label.name, expand(label.value, environment, unset));
    for (const auto& name : unset)
      in.warning("external_labels",
                 "the environment has no " + name + ": " + label.name + " gets nothing for it");
  }
  return out;
}

}  // namespace

GlobalConfig read_global_config(const config::Node& node, config::Report& report,
                                const std::string& path, const config::Environment& environment) {
  GlobalConfig out;
  out.defaults = default_job();
  config::Reader in(node, config::Keys::Strict, report, path);
  read_timing(in, "scrape_interval", "scrape_timeout", out.defaults);
  read_shared_settings(in, out.defaults);
  out.external_labels = read_external_labels(in, environment);
  out.defaults.relabel_rules =
      relabel::read_rules(in.child("relabel_configs"), report, in.path_of("relabel_configs"),
                          relabel::Spelling::SnakeCase, out.defaults.name_validation);
  out.defaults.metric_relabel_rules = relabel::read_rules(
      in.child("metric_relabel_configs"), report, in.path_of("metric_relabel_configs"),
      relabel::Spelling::SnakeCase, out.defaults.name_validation);
  for (const char* key : {"evaluation_interval", "rule_query_offset", "query_log_file"})
    if (in.has(key)) in.warning(key, "has no meaning in an agent");
  (void)in.finish();  // what it finds is in the report
  return out;
}

}  // namespace agent::discovery
