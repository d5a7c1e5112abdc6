#include "agent/admin/routes.h"

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "agent/admin/assets.h"
#include "agent/admin/documents.h"
#include "agent/admin/log_targets.h"
#include "agent/admin/page.h"
#include "agent/admin/process_metrics.h"
#include "agent/admin/promtail_routes.h"
#include "agent/base/strings.h"
#include "agent/base/version.h"

namespace agent::admin {
namespace {

using Shared = std::shared_ptr<const Context>;

constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kJson = "application/json";
constexpr const char* kHtml = "text/html; charset=utf-8";
constexpr std::uint64_t kMaxBodyBytes = 64UL * 1024;

net::Response make_response(int status, const char* type, std::string body) {
  net::Response response;
  response.status = status;
  response.headers.add("content-type", type);
  response.headers.add("cache-control", "no-store");
  response.headers.add("x-content-type-options", "nosniff");
  response.body = std::move(body);
  return response;
}

// Only our own files may be loaded: what a log line or label smuggles in stays text.
net::Response make_page(std::string html) {
  auto response = make_response(200, kHtml, std::move(html));
  response.headers.add("content-security-policy",
                       "default-src 'self'; base-uri 'none'; form-action 'none'; "
                       "frame-ancestors 'none'");
  response.headers.add("referrer-policy", "no-referrer");
  return response;
}

bool accepts(const net::Request& request, std::string_view type) {
  return to_lower(request.headers.get("accept").value_or("")).find(type) != std::string::npos;
}

bool is_loopback(std::string_view peer) { return peer == "::1" || peer.starts_with("127."); }

std::string host_name() {
  std::string name(256, '\0');
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  name.resize(name.find('\0'));
  return name;
}

/// Answers with what `make` builds from a fresh snapshot.
using FromSnapshot = net::Response (*)(const Context&, const net::Request&, const Snapshot&);

net::Handler with_snapshot(Shared context, FromSnapshot make) {
  return [context = std::move(context), make](net::Request request, net::Responder responder) {
    // std::function wants its captures copyable; a Responder is not.
    struct Pending {
      net::Request request;
      net::Responder responder;
    };
    auto pending = std::make_shared<Pending>(Pending{std::move(request), std::move(responder)});
    context->source.collect([context, make, pending](const Snapshot& snapshot) {
      pending->responder.send(make(*context, pending->request, snapshot));
    });
  };
}

net::Response healthy(const Context& /*context*/, const net::Request& /*request*/,
                      const Snapshot& snapshot) {
  if (snapshot.silent.empty()) return make_response(200, kText, "healthy\n");
  std::string body;
  for (const auto& signal : snapshot.silent)
    body += signal + ": its thread does not answer\n";
  return make_response(503, kText, std::move(body));
}

net::Response ready(const Context& /*context*/, const net::Request& request,
                    const Snapshot& snapshot) {
  const auto reasons = reasons_not_ready(snapshot);
  const int status = reasons.empty() ? 200 : 503;
  if (accepts(request, kJson)) return make_response(status, kJson, readiness_json(snapshot) + "\n");
  return make_response(status, kText, reasons.empty() ? "ready\n" : join(reasons, "\n") + "\n");
}

net::Response ledger(const Context& /*context*/, const net::Request& /*request*/,
                     const Snapshot& snapshot) {
  return make_response(200, kJson, ledger_json(snapshot) + "\n");
}

net::Response targets_api(const Context& /*context*/, const net::Request& request,
                          const Snapshot& snapshot) {
  return make_response(200, kJson, targets_json(snapshot, request.query) + "\n");
}

net::Response page(const Context& context, const Snapshot& snapshot, View view) {
  return make_page(
      render_page(snapshot, view,
                  {host_name(), context.clock.wall_now(), context.started, context.pages.base()}));
}

net::Response overview(const Context& context, const net::Request& /*request*/,
                       const Snapshot& snapshot) {
  return page(context, snapshot, View::Overview);
}

net::Response targets(const Context& context, const net::Request& request,
                      const Snapshot& snapshot) {
  // Browsers ask for HTML by name; tools do not.
  if (accepts(request, "text/html")) return page(context, snapshot, View::Targets);
  return targets_api(context, request, snapshot);
}

net::Response discovery(const Context& context, const net::Request& request,
                        const Snapshot& snapshot) {
  if (accepts(request, "text/html")) return page(context, snapshot, View::Discovery);
  return make_response(200, kJson, discovery_json(snapshot) + "\n");
}

net::Response configuration(const Context& context, const net::Request& request,
                            const Snapshot& snapshot) {
  if (accepts(request, "text/html")) return page(context, snapshot, View::Config);
  return make_response(200, kText, snapshot.config);
}

net::Response promtail_ready(const Context& context, const net::Request& /*request*/,
                             const Snapshot& snapshot) {
  return PromtailAnswers::ready(context.pages, snapshot);
}

net::Response promtail_targets(const Context& context, const net::Request& /*request*/,
                               const Snapshot& snapshot) {
  return page(context, snapshot, View::LogTargets);
}

net::Response promtail_discovery(const Context& context, const net::Request& /*request*/,
                                 const Snapshot& snapshot) {
  return page(context, snapshot, View::Discovery);
}

net::Handler promtail_reload(Shared context) {
  return [context = std::move(context)](const net::Request&, net::Responder responder) {
    auto pending = std::make_shared<net::Responder>(std::move(responder));
    context->source.reload(
        [pending](const Status& status) { pending->send(PromtailAnswers::reloaded(status)); });
  };
}

net::Handler always(net::Response response) {
  return [response = std::move(response)](const net::Request&, net::Responder responder) {
    responder.send(response);
  };
}

std::string names_of_peers(const Context& context) {
  std::string out;
  if (context.pages.promtail_names) out += context.scope.exposition_of(selfmon::promtail_aliases());
  if (context.pages.prometheus_names)
    out += context.scope.exposition_of(selfmon::prometheus_aliases());
  return out;
}

net::Handler metrics(Shared context) {
  return [context = std::move(context)](const net::Request&, net::Responder responder) {
    responder.send(make_response(200, "text/plain; version=0.0.4; charset=utf-8",
                                 context->scope.exposition() + names_of_peers(*context) +
                                     process_metrics(context->started)));
    context->scope.forget_idle_series(context->clock.wall_now());
  };
}

}  // namespace

net::ServerLimits admin_limits() {
  net::ServerLimits limits;
  limits.max_connections = 64;
  limits.max_header_bytes = 8UL * 1024;
  limits.header_timeout = limits.body_timeout = std::chrono::seconds(10);
  limits.idle_timeout = std::chrono::minutes(2);
  return limits;
}

net::Handler reload_handler(Context context) {
  return [context = std::make_shared<const Context>(std::move(context))](
             const net::Request& request, net::Responder responder) {
    if (!context->enable_lifecycle && !is_loopback(request.peer)) {
      responder.send(make_response(
          403, kText, "reload is for loopback unless server.enable_lifecycle is set\n"));
      return;
    }
    auto pending = std::make_shared<net::Responder>(std::move(responder));
    context->source.reload([pending](const Status& status) {
      pending->send(status ? make_response(200, kText, "reloaded\n")
                           : make_response(400, kText, status.error().message + "\n"));
    });
  };
}

namespace {

using Add = std::function<void(const char* method, const char* path, net::Handler handler)>;

// Of the old agent, in the place of ours.
void add_promtail_routes(const Shared& shared, const Add& add) {
  add("GET", "/", always(PromtailAnswers::root(shared->pages)));
  add("GET", "/ready", with_snapshot(shared, promtail_ready));
  add("GET", "/targets", with_snapshot(shared, promtail_targets));
  add("GET", "/service-discovery", with_snapshot(shared, promtail_discovery));
  if (!shared->pages.reload_by_path) return;
  add("GET", "/reload", promtail_reload(shared));
  add("POST", "/reload", promtail_reload(shared));
}

}  // namespace

void install_routes(net::HttpServer& server, Context context) {
  context.scope.gauge("build_info", {{"version", kVersion}}, "Always 1; its labels say what runs.")
      .set(1);
  const auto shared = std::make_shared<const Context>(std::move(context));
  const Add add = [&](const char* method, const char* path, net::Handler handler) {
    server.add_route(
        {method, shared->pages.prefix + path, std::move(handler), kMaxBodyBytes, nullptr});
  };
  const auto asset = [](const char* type, std::string_view content) {
    return always(make_response(200, type, std::string(content)));
  };
  add("GET", "/", with_snapshot(shared, overview));
  add("GET", "/overview", with_snapshot(shared, overview));
  add("GET", "/targets", with_snapshot(shared, targets));
  add("GET", "/service-discovery", with_snapshot(shared, discovery));
  add("GET", "/config", with_snapshot(shared, configuration));
  add("GET", "/api/v1/targets", with_snapshot(shared, targets_api));
  add("GET", "/-/healthy", with_snapshot(shared, healthy));
  add("GET", "/-/ready", with_snapshot(shared, ready));
  add("GET", "/ready", with_snapshot(shared, ready));
  add("GET", "/-/ledger", with_snapshot(shared, ledger));
  if (shared->pages.metrics) add("GET", "/metrics", metrics(shared));
  add("GET", "/version", always(make_response(200, kJson, version_json() + "\n")));
  add("POST", "/-/reload", reload_handler(*shared));
  add("PUT", "/-/reload", reload_handler(*shared));
  add("GET", "/assets/page.css", asset("text/css; charset=utf-8", assets::kPageCss));
  add("GET", "/assets/page.js", asset("text/javascript; charset=utf-8", assets::kPageJs));
  add("GET", "/assets/icon.svg", asset("image/svg+xml", assets::kIconSvg));
  if (shared->pages.style == PageOptions::Style::Promtail) add_promtail_routes(shared, add);
}

}  // namespace agent::admin
