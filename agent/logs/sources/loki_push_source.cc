#include "agent/logs/sources/loki_push_source.h"

#include <chrono>
#include <utility>

#include "agent/config/reader.h"
#include "agent/logs/sources/loki_push_intake.h"
#include "agent/logs/sources/push_body.h"
#include "agent/logs/sources/source_options.h"
#include "agent/net/http_server.h"
#include "agent/net/peer_server_config.h"

namespace agent::logs {
namespace {

using Answer = PushAnswer::Kind;

constexpr std::uint64_t kMostBodyBytes = 1ULL << 30U;
// How long open requests may take once nothing new is taken. Spec: delivery.md 5.
constexpr Duration kLastRequests = std::chrono::seconds(2);

struct LokiPushConfig {
  net::PeerServerConfig server;
  LokiPushIntake::Config intake;
  std::uint64_t max_body_bytes = std::uint64_t{100} << 20U;  // before and after decompression
};

net::Response plain_text(int status, const std::string& text) {
  net::Response response;
  response.status = status;
  response.headers.add("content-type", "text/plain; charset=utf-8");
  response.body = text + "\n";
  return response;
}

net::Response response_of(const PushAnswer& answer) {
  if (answer.kind == Answer::Malformed) return plain_text(400, answer.message);
  if (answer.kind == Answer::TooLarge) return plain_text(413, answer.message);
  net::Response response;
  response.status = 204;
  if (answer.kind == Answer::NoRoom) {
    response = plain_text(503, answer.message);
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(answer.retry_after);
    response.headers.add("retry-after", std::to_string(seconds.count()));
  }
  return response;
}

net::Response response_of(const Error& error) {
  if (error.kind == ErrorKind::Overloaded) return plain_text(413, error.message);
  return plain_text(error.kind == ErrorKind::Rejected ? 415 : 400, error.message);
}

class LokiPushSource final : public Source {
 public:
  LokiPushSource(std::shared_ptr<const LokiPushConfig> config, relabel::RuleSet rules,
                 SourceEnvironment environment, model::Sink<model::LogBatch>& next)
      : config_(std::move(config)),
        env_(std::move(environment)),
        intake_(config_->intake, std::move(rules), env_, next) {}

  Status start() override {
    auto server =
        net::HttpServer::listen(env_.loop, config_->server.listen, config_->server.limits, env_.log,
                                env_.scope.with("listener", "loki_push_api"), config_->server.tls);
    if (!server) return server.error();
    server_ = std::move(*server);
    add_route("/loki/api/v1/push", codec::LokiPushForm::Json);
    add_route("/api/prom/push", codec::LokiPushForm::LegacyJson);
    add_route("/promtail/api/v1/raw", std::nullopt);
    server_->add_route({"GET", config_->server.path_prefix + "/ready",
                        [](const net::Request& /*request*/, net::Responder responder) {
                          responder.send(plain_text(200, "ready"));
                        }});
    return {};
  }
  void stop() override {
    intake_.stop();
    if (server_) server_->drain(kLastRequests, [] {});
  }
  bool ready() const override { return server_ != nullptr; }
  bool stalled() const override { return false; }
  void add_status(model::PipelineStatus& out) const override {
    const loop::HostPort address = server_ ? server_->local() : config_->server.listen;
    const std::string protocol = config_->server.tls ? "https " : "http ";
    out.receivers.push_back({"loki push " + protocol + loop::to_string(address), requests_,
                             intake_.records(), refused_});
  }

 private:
  // `json`: the spelling of JSON on that path; none: lines.
  void add_route(const std::string& path, std::optional<codec::LokiPushForm> json) {
    const std::uint64_t limit = config_->max_body_bytes;
    server_->add_route({"POST", config_->server.path_prefix + path,
                        [this, json](net::Request request, net::Responder responder) {
                          responder.send(counted(answer(std::move(request), json)));
                        },
                        limit,
                        [this, limit](const net::Request& /*head*/) {
                          return counted(plain_text(
                              413, "the body is larger than " + std::to_string(limit) + " bytes"));
                        }});
  }

  net::Response counted(net::Response response) {
    ++requests_;
    if (response.status >= 300) ++refused_;
    return response;
  }

  net::Response answer(net::Request request, std::optional<codec::LokiPushForm> json) {
    const PushType type = json ? push_type_of(request) : PushType::Lines;
    auto body = push_body_of(std::move(request), type, config_->max_body_bytes);
    if (!body) return response_of(body.error());
    if (type == PushType::Lines) return response_of(intake_.take_lines(std::move(*body)));
    return response_of(intake_.take(type == PushType::Json ? *json : codec::LokiPushForm::Protobuf,
                                    std::move(*body)));
  }

  const std::shared_ptr<const LokiPushConfig> config_;
  const SourceEnvironment env_;
  LokiPushIntake intake_;
  std::unique_ptr<net::HttpServer> server_;
  std::uint64_t requests_ = 0;
  std::uint64_t refused_ = 0;
};

LokiPushConfig read_config(const config::Node& options, const SourceSite& site) {
  LokiPushConfig out;
  config::Reader in(options, config::Keys::Strict, site.report, site.path);
  config::Reader server(in.child("server"), config::Keys::Strict, site.report,
                        in.path_of("server"));
  out.server = net::read_peer_server_config(server);
  net::check_agent_server_keys(server);
  (void)server.finish();  // what is wrong is in the report, here and below
  out.intake.labels = read_source_labels(in);
  out.intake.use_incoming_timestamp = in.boolean("use_incoming_timestamp", false);
  out.max_body_bytes = in.byte_size("max_send_msg_size", out.max_body_bytes);
  if (out.max_body_bytes == 0 || out.max_body_bytes > kMostBodyBytes)
    in.error("max_send_msg_size", "must be from 1 byte to 1GiB");
  (void)in.finish();
  return out;
}

}  // namespace

SourceMaker read_loki_push_source(const config::Node& options, const SourceSite& site) {
  const auto config = std::make_shared<const LokiPushConfig>(read_config(options, site));
  return [config, rules = site.relabel_rules](
             const SourceEnvironment& environment,
             model::Sink<model::LogBatch>& next) -> Result<std::unique_ptr<Source>> {
    auto compiled = relabel::RuleSet::compile(rules, model::NameValidation::Utf8);
    if (!compiled) return compiled.error();
    return std::unique_ptr<Source>(
        std::make_unique<LokiPushSource>(config, std::move(*compiled), environment, next));
  };
}

}  // namespace agent::logs
