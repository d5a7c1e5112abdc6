#include "agent/app/overrides.h"

#include <algorithm>
#include <span>

namespace agent::app {
namespace {

using config::Node;
using Path = std::vector<std::string>;

void set(Section& section, std::span<const std::string> path, const Node& value) {
  section.node = config::with_value(section.node, path, value);
  if (section.key.is_absent()) section.key = section.node;
  if (section.folder.empty()) section.folder = ".";
}

class Overlay {
 public:
  Overlay(Sections& sections, config::Report& report) : sections_(sections), report_(report) {}

  void apply(const Override& given) {
    const Node value = config::scalar_node(given.value, given.flag);
    const bool server = given.scope != Override::Scope::EveryClient && given.path[0] == "server";
    if (server) return set_server(given, value);
    if (given.scope == Override::Scope::Agent)
      return set(sections_.state_dir, {}, value);  // the only other one
    if (!sections_.logs.present())
      return refuse(given, "this flag is for log jobs, and the configuration has none");
    if (given.scope == Override::Scope::EveryClient) {
      set_clients(given, value);
    } else {
      set(sections_.logs, given.path, value);
    }
  }

 private:
  void refuse(const Override& given, std::string why) {
    report_.error({given.flag}, "", std::move(why));
  }

  // Of a promtail.yaml, `server` is read on its own and stands in the section of the logs too.
  void set_server(const Override& given, const Node& value) {
    const auto below = std::span(given.path).subspan(1);
    const bool both_have_it = below[0] == "log_level" || below[0] == "log_format";
    if (sections_.bare_promtail) {
      if (given.scope == Override::Scope::Agent && !both_have_it)
        return refuse(given,
                      "a promtail.yaml is given: use -server.http-listen-address, "
                      "-server.http-listen-port, -server.enable-runtime-reload");
      set(sections_.promtail_server, below, value);
      set(sections_.logs, given.path, value);
    } else if (given.scope == Override::Scope::File && !both_have_it) {
      refuse(given,
             "this flag is for a promtail.yaml; here --web.listen-address=HOST:PORT says "
             "where the agent listens");
    } else {
      set(sections_.server, below, value);
    }
  }

  void set_clients(const Override& given, const Node& value) {
    for (const char* key : {"clients", "client"}) {
      if (sections_.logs.node.get(key).is_empty()) continue;
      Path path{key};
      if (path[0] == "clients") path.emplace_back("*");
      path.insert(path.end(), given.path.begin(), given.path.end());
      set(sections_.logs, path, value);
    }
  }

  Sections& sections_;
  config::Report& report_;
};

}  // namespace

bool speaks_of_promtail(const std::vector<Override>& overrides) {
  return std::any_of(overrides.begin(), overrides.end(), [](const Override& given) {
    return given.scope == Override::Scope::EveryClient ||
           (given.scope == Override::Scope::File && given.path[0] != "server");
  });
}

void apply_overrides(const std::vector<Override>& overrides, Sections& sections,
                     config::Report& report) {
  Overlay overlay(sections, report);
  // A client that a flag makes gets what the flags say of every client.
  for (const Override& given : overrides)
    if (given.scope != Override::Scope::EveryClient) overlay.apply(given);
  for (const Override& given : overrides)
    if (given.scope == Override::Scope::EveryClient) overlay.apply(given);
}

}  // namespace agent::app
