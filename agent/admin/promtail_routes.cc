#include "agent/admin/promtail_routes.h"

#include "agent/admin/log_targets.h"
#include "agent/base/strings.h"

namespace agent::admin {
namespace {

net::Response plain(int status, std::string text) {
  net::Response out;
  out.status = status;
  out.headers.add("content-type", "text/plain; charset=utf-8");
  out.headers.add("cache-control", "no-store");
  out.headers.add("x-content-type-options", "nosniff");
  out.body = std::move(text);
  return out;
}

}  // namespace

net::Response PromtailAnswers::root(const PageOptions& pages) {
  constexpr int kSeeOther = 303;
  net::Response out = plain(kSeeOther, "");
  out.headers.add("location", pages.base() + "/targets");
  return out;
}

net::Response PromtailAnswers::ready(const PageOptions& pages, const Snapshot& snapshot) {
  constexpr int kError = 500;
  if (!snapshot.not_ready.empty())
    return plain(kError, "Not ready: " + join(snapshot.not_ready, ", ") + "\n");
  if (pages.health_check_target && !has_ready_log_target(snapshot))
    return plain(kError,
                 "Not ready: Unable to find any logs to tail. Please verify permissions, volumes, "
                 "scrape_config, etc.\n");
  return plain(200, "Ready");
}

net::Response PromtailAnswers::reloaded(const Status& result) {
  constexpr int kError = 500;
  if (result) return plain(200, "");
  return plain(kError, "failed to reload config: " + result.error().message + "\n");
}

}  // namespace agent::admin
