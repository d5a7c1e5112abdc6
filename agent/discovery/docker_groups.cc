#include "agent/discovery/docker_groups.h"

#include <algorithm>
#include <utility>

#include "agent/discovery/docker_targets.h"
#include "agent/net/docker_host.h"

namespace agent::discovery {
namespace {

constexpr Duration kLongestRetry = std::chrono::seconds(10);

// The body of a good answer.
Result<std::string> body_of(Result<net::ClientResponse> answer) {
  constexpr int kOk = 200;
  constexpr std::size_t kMostWords = 200;
  if (!answer) return answer.error();
  if (answer->status == kOk) return std::move(answer->body);
  return Error{ErrorKind::Network,
               "HTTP " + std::to_string(answer->status) + " " + answer->body.substr(0, kMostWords)};
}

}  // namespace

DockerGroups::DockerGroups(Environment environment, model::DockerDiscovery engine,
                           std::string source, loop::Callback on_change)
    : env_(std::move(environment)),
      engine_(std::move(engine)),
      on_change_(std::move(on_change)),
      client_(env_.loop, engine_.http) {
  group_.source = std::move(source);
  wait(Duration::zero());
}

void DockerGroups::ask_for_containers() {
  call_ = client_.start(net::docker_request(engine_, docker_containers_path(engine_)),
                        [this](Result<net::ClientResponse> answer) {
                          auto body = body_of(std::move(answer));
                          if (!body) return fail(body.error());
                          ask_for_networks(std::move(*body));
                        });
}

void DockerGroups::ask_for_networks(std::string containers) {
  call_ =
      client_.start(net::docker_request(engine_, std::string(kDockerNetworksPath)),
                    [this, containers = std::move(containers)](Result<net::ClientResponse> answer) {
                      const auto body = body_of(std::move(answer));
                      if (!body) return fail(body.error());
                      on_lists(containers, *body);
                    });
}

void DockerGroups::on_lists(const std::string& containers, const std::string& networks) {
  auto found = docker_targets(engine_, containers, networks);
  if (!found) return fail(found.error());
  wait(engine_.refresh_interval);
  found->source = group_.source;
  if (std::exchange(known_, true) && *found == group_) return;
  group_ = std::move(*found);
  const auto tell = on_change_;  // may destroy this
  tell();
}

void DockerGroups::fail(const Error& error) {
  env_.failures.add();
  env_.log.limited(LogLevel::Warn, "docker " + env_.job + group_.source,
                   "A Docker Engine does not tell its containers; the last ones stay in force.",
                   {{"job", env_.job}, {"host", engine_.host}, {"error", error.message}});
  wait(std::min(engine_.refresh_interval, kLongestRetry));
}

void DockerGroups::wait(Duration delay) {
  timer_ = env_.loop.after(delay, [this] { ask_for_containers(); });
}

}  // namespace agent::discovery
