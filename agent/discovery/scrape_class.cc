#include "agent/discovery/job_settings_reader.h"
#include "agent/discovery/monitor_context.h"
#include "agent/discovery/monitor_http.h"
#include "agent/relabel/read_rules.h"

namespace agent::discovery {

const ScrapeClass* MonitorContext::find_class(const std::string& name) const {
  for (const auto& one : classes)
    if (name.empty() ? one.is_default : one.name == name) return &one;
  return nullptr;
}

std::vector<ScrapeClass> read_scrape_classes(config::Reader& in, const std::string& secrets_dir) {
  std::vector<ScrapeClass> out;
  const auto classes = in.list("scrape_classes");
  bool has_default = false;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    config::Reader one(classes[i], config::Keys::Strict, in.report(),
                       in.path_of("scrape_classes") + "[" + std::to_string(i) + "]");
    ScrapeClass made;
    made.name = one.required_string("name");
    made.is_default = one.boolean("default", false);
    if (made.is_default && has_default)
      one.error("default", "another class is the default already");
    has_default |= made.is_default;
    read_monitor_tls(one, {secrets_dir, "default"}, made.http.tls);
    read_monitor_authorization(one, {secrets_dir, "default"}, made.http);
    one.accept("attachMetadata");
    made.fallback_scrape_protocol = read_fallback_protocol(one, "fallbackScrapeProtocol", "");
    made.relabel_rules =
        relabel::read_rules(one.child("relabelings"), in.report(), one.path_of("relabelings"),
                            relabel::Spelling::CamelCase);
    made.metric_relabel_rules =
        relabel::read_rules(one.child("metricRelabelings"), in.report(),
                            one.path_of("metricRelabelings"), relabel::Spelling::CamelCase);
    (void)one.finish();  // what it finds is in the report
    out.push_back(std::move(made));
  }
  return out;
}

}  // namespace agent::discovery
