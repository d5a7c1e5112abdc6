#pragma once
#include <functional>
#include <string>

#include "agent/base/log.h"
#include "agent/loop/event_loop.h"
#include "agent/model/scrape_job.h"
#include "agent/net/http_client.h"
#include "agent/selfmon/metrics.h"

namespace agent::discovery {

/// Asks one Docker Engine for its containers, at once and then every refresh_interval. An engine
/// that does not answer keeps its last containers, is asked again after ten seconds at the latest,
/// and is counted. Loop thread.
class DockerGroups {
 public:
  struct Environment {
    loop::EventLoop& loop;
    Logger& log;
    selfmon::Counter& failures;
    std::string job;
  };
  /// `on_change` runs, in a later turn, when there are other targets than before, and after the
  /// first answer; it may destroy this. `source` names the group.
  DockerGroups(Environment environment, model::DockerDiscovery engine, std::string source,
               loop::Callback on_change);
  DockerGroups(const DockerGroups&) = delete;
  DockerGroups& operator=(const DockerGroups&) = delete;
  ~DockerGroups() = default;

  /// What it found last; empty before the first answer.
  const model::TargetGroup& group() const { return group_; }
  const model::DockerDiscovery& engine() const { return engine_; }
  /// False before the first answer.
  bool known() const { return known_; }

 private:
  void ask_for_containers();
  void ask_for_networks(std::string containers);
  void on_lists(const std::string& containers, const std::string& networks);
  void fail(const Error& error);
  void wait(Duration delay);

  Environment env_;
  const model::DockerDiscovery engine_;
  loop::Callback on_change_;
  net::HttpClient client_;
  net::HttpClient::Call call_;
  loop::Timer timer_;
  model::TargetGroup group_;
  bool known_ = false;
};

}  // namespace agent::discovery
