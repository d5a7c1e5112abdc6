#include "agent/admin/routes.h"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_status_source.h"
#include "tests/support/raw_client.h"
#include "tests/support/test_http_server.h"

namespace agent::admin {
namespace {

using namespace std::literals;
using agent::testing::RawClient;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class RoutesTest : public ::testing::Test {
 protected:
  RoutesTest() : server_(loop_, admin_limits()) { install({}); }
  void install(PageOptions pages) {
    install_routes(*server_.server,
                   {source_, clock_, scope_, clock_.wall_now(), false, std::move(pages)});
  }
  // The whole answer to one request.
  std::string ask(const std::string& request, const std::string& headers = {}) {
    RawClient client(loop_, server_.server->local());
    client.send(request + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n");
    return client.read_to_end().value_or("no answer");
  }

  loop::EventLoop loop_;
  SystemClock clock_;
  selfmon::Scope scope_;
  agent::testing::FakeStatusSource source_;
  agent::testing::TestHttpServer server_;
};

TEST_F(RoutesTest, ShowsAnIdleSeriesOnceMore) {
  const auto family = scope_.series("promtail_custom_x", {});
  ASSERT_TRUE(family);
  model::LabelTable labels;
  selfmon::SeriesFamily::Access(**family).find(*labels.intern({}), clock_.wall_now())->value = 7;
  EXPECT_NE(ask("GET /metrics").find("\npromtail_custom_x 7\n"), std::string::npos);
  EXPECT_EQ(ask("GET /metrics").find("promtail_custom_x"), std::string::npos);
}

TEST_F(RoutesTest, ServesEachPath) {
  source_.snapshot = agent::testing::busy_node(clock_.wall_now());
  source_.snapshot.config = "a: <b>\n";
  const struct {
    const char *name, *request, *headers, *status, *type, *body;
  } cases[] = {
      {"the page", "GET /", "", "200", "text/html; charset=utf-8", "<h2>Ledger"},
      {"targets for browsers", "GET /targets", "Accept: text/html,*/*\r\n", "200",
       "text/html; charset=utf-8", "<h2>Targets"},
      {"targets for tools", "GET /targets", "", "200", "application/json", "activeTargets"},
      {"the API", "GET /api/v1/targets?state=dropped", "Accept: text/html\r\n", "200",
       "application/json", "\"activeTargets\":[]"},
      {"metrics", "GET /metrics", "", "200", "text/plain; version=0.0.4; charset=utf-8",
       "dunlin_build_info{version="},
      {"the configuration", "GET /config", "", "200", "text/plain; charset=utf-8", "a: <b>\n"},
      {"the configuration for browsers", "GET /config", "Accept: text/html\r\n", "200",
       "text/html; charset=utf-8", "a: &lt;b&gt;"},
      {"discovery", "GET /service-discovery", "", "200", "application/json",
       "\"dropped\":\"no_path\""},
      {"discovery for browsers", "GET /service-discovery", "Accept: text/html\r\n", "200",
       "text/html; charset=utf-8", "reason: no_path"},
      {"metrics of the process", "GET /metrics", "", "200",
       "text/plain; version=0.0.4; charset=utf-8", "\nprocess_resident_memory_bytes "},
      {"healthy", "GET /-/healthy", "", "200", "text/plain; charset=utf-8", "healthy"},
      {"not ready", "GET /-/ready", "", "503", "text/plain; charset=utf-8",
       "logs: clients[0] has not answered"},
      {"not ready, in JSON", "GET /ready", "Accept: application/json\r\n", "503",
       "application/json", "{\"ready\":false"},
      {"the ledger", "GET /-/ledger", "", "200", "application/json", "\"balanced\":true"},
      {"the version", "GET /version", "", "200", "application/json", "\"product\":\"dunlin\""},
      {"reload", "POST /-/reload", "", "200", "text/plain; charset=utf-8", "reloaded"},
      {"reload by PUT", "PUT /-/reload", "", "200", "text/plain; charset=utf-8", "reloaded"},
      {"reload by GET", "GET /-/reload", "", "405", "text/plain; charset=utf-8", "Not Allowed"},
      {"a page that cannot be posted", "POST /metrics", "", "405", "text/plain; charset=utf-8",
       "Not Allowed"},
      {"no such page", "GET /nothing", "", "404", "text/plain; charset=utf-8", "Not Found"},
      {"the style", "GET /assets/page.css", "", "200", "text/css; charset=utf-8",
       "prefers-color-scheme"},
      {"the script", "GET /assets/page.js", "", "200", "text/javascript; charset=utf-8", "fetch("},
      {"the icon", "GET /assets/icon.svg", "", "200", "image/svg+xml", "<svg"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto answer = ask(c.request, c.headers);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 "s + c.status)) << answer.substr(0, 80);
    EXPECT_THAT(answer, HasSubstr("\r\ncontent-type: "s + c.type + "\r\n"));
    EXPECT_THAT(answer, HasSubstr(c.body));
  }
  EXPECT_EQ(source_.reloads, 2);
}

TEST_F(RoutesTest, ABarePromtailYamlHasPromtailsPages) {
  PageOptions pages;
  pages.style = PageOptions::Style::Promtail;
  pages.external_path = "/node";
  pages.prefix = "/logs";
  pages.reload_by_path = true;
  install(pages);
  EXPECT_THAT(ask("GET /logs/ready"),
              AllOf(HasSubstr("500 Internal"), HasSubstr("\r\n\r\nNot ready: Unable to find any")));
  source_.snapshot = agent::testing::busy_node(clock_.wall_now());
  EXPECT_THAT(ask("GET /logs/ready"), AllOf(HasSubstr("200 OK"), EndsWith("\r\n\r\nReady")));
  EXPECT_THAT(ask("GET /logs/"),
              AllOf(HasSubstr("303 See Other"), HasSubstr("location: /node/logs/targets\r\n")));
  EXPECT_THAT(ask("GET /logs/targets"),
              AllOf(HasSubstr("text/html"), HasSubstr("/catalog/0.log</span> 4\u202f100\u202f000"),
                    HasSubstr("href=\"/node/logs/assets/page.css\"")));
  EXPECT_THAT(ask("GET /logs/service-discovery"), HasSubstr("reason: no_path"));
  EXPECT_THAT(ask("GET /logs/reload"), HasSubstr("200 OK"));
  source_.reload_result = Error{ErrorKind::Config, "a.yaml:1:1: no"};
  EXPECT_THAT(ask("POST /logs/reload"),
              AllOf(HasSubstr("500 "), HasSubstr("failed to reload config: a.yaml:1:1: no\n")));
  source_.snapshot.not_ready = {"stopping"};
  EXPECT_THAT(ask("GET /logs/ready"), HasSubstr("Not ready: stopping"));
}

TEST_F(RoutesTest, WithoutTheHealthCheckReadyIsReady) {
  PageOptions pages;
  pages.style = PageOptions::Style::Promtail;
  pages.health_check_target = false;
  install(pages);
  EXPECT_THAT(ask("GET /ready"), HasSubstr("200 OK"));
  EXPECT_THAT(ask("GET /reload"), HasSubstr("404 ")) << "only with enable_runtime_reload";
}

TEST_F(RoutesTest, PagesAllowNothingFromElsewhere) {
  const auto answer = ask("GET /");
  EXPECT_THAT(answer, HasSubstr("content-security-policy: default-src 'self';"));
  EXPECT_THAT(answer, Not(HasSubstr("://"))) << "every reference is our own";
}

TEST_F(RoutesTest, ReadinessAndHealthFollowTheAgent) {
  EXPECT_THAT(ask("GET /-/ready"), HasSubstr("200 OK"));
  source_.snapshot.not_ready = {"stopping"};
  EXPECT_THAT(ask("GET /-/ready"), HasSubstr("\r\n\r\nstopping\n"));
  EXPECT_THAT(ask("GET /-/healthy"), HasSubstr("200 OK")) << "not ready is healthy";
  source_.snapshot.silent = {"logs"};
  const auto sick = ask("GET /-/healthy");
  EXPECT_THAT(sick, HasSubstr("503 "));
  EXPECT_THAT(sick, HasSubstr("logs: its thread does not answer"));
}

TEST_F(RoutesTest, AFailedReloadSaysWhere) {
  source_.reload_result = Error{ErrorKind::Config, "dunlin.yaml:3:5: unknown key"};
  const auto answer = ask("POST /-/reload");
  EXPECT_THAT(answer, HasSubstr("400 Bad Request"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\ndunlin.yaml:3:5: unknown key\n"));
}

TEST(Routes, ReloadFromElsewhereNeedsTheSwitch) {
  class Recorder final : public net::Responder::Target {
   public:
    void respond(net::Response response) override { got = std::move(response); }
    net::Response got;
  };
  const struct {
    const char *name, *peer;
    bool enabled;
    int status;
  } cases[] = {
      {"loopback", "127.0.0.1", false, 200},
      {"loopback of IPv6", "::1", false, 200},
      {"another machine", "10.0.0.1", false, 403},
      {"a name that looks alike", "1127.0.0.1", false, 403},
      {"another machine, allowed", "10.0.0.1", true, 200},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    agent::testing::FakeStatusSource source;
    const SystemClock clock;
    const auto handler = reload_handler({source, clock, {}, {}, c.enabled});
    const auto recorder = std::make_shared<Recorder>();
    net::Request request;
    request.peer = c.peer;
    handler(request, net::Responder(std::weak_ptr<net::Responder::Target>(recorder)));
    EXPECT_EQ(recorder->got.status, c.status);
    EXPECT_EQ(source.reloads, c.status == 200 ? 1 : 0);
  }
}

}  // namespace
}  // namespace agent::admin
