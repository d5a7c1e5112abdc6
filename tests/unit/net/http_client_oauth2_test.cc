#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/net/http_client.h"

#include "tests/support/run_until.h"
#include "tests/support/scripted_server.h"

namespace agent::net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ScriptedServer;
using Received = ScriptedServer::Received;
using Reply = ScriptedServer::Reply;

// A token server that hands out t1, t2, ..., and a server that takes those in `valid_`.
class HttpClientOAuth2Test : public ::testing::Test {
 protected:
  HttpClientOAuth2Test()
      : login_(loop_, [this](const Received&) { return hand_out_(); }),
        server_(loop_, [this](const Received& received) { return answer_(received); }) {
    config_.auth = model::HttpClientConfig::Auth::OAuth2;
    config_.oauth2.client_id = "me";
    config_.oauth2.client_secret.value = "pw";
    config_.oauth2.token_url = login_.url("/token");
  }

  static Reply token(int number) {
    return ScriptedServer::answer(200, R"({"access_token":"t)" + std::to_string(number) + R"("})");
  }
  HttpClient::Call start(HttpClient& client, const std::string& url, Duration timeout = 10s) {
    ClientRequest request;
    request.url = url;
    request.timeout = timeout;
    return client.start(std::move(request), [this](auto answer) {
      answers_.push_back(answer ? "HTTP " + std::to_string(answer->status)
                                : answer.error().message);
      kinds_.push_back(answer ? ErrorKind::Internal : answer.error().kind);
    });
  }
  void wait_for(std::size_t answers) {
    EXPECT_TRUE(testing::run_until(loop_, [&] { return answers_.size() >= answers; }));
  }
  std::vector<std::string> tokens_seen() const {
    std::vector<std::string> out;
    for (const auto& request : server_.requests())
      out.push_back(request.header("authorization"));
    return out;
  }

  loop::EventLoop loop_;
  int asked_ = 0;
  std::function<Reply()> hand_out_ = [this] { return token(++asked_); };
  std::function<Reply(const Received&)> answer_ = [](const Received&) {
    return ScriptedServer::answer(200, "ok");
  };
  ScriptedServer login_;
  ScriptedServer server_;
  model::HttpClientConfig config_;
  std::vector<std::string> answers_;
  std::vector<ErrorKind> kinds_;
};

TEST_F(HttpClientOAuth2Test, AllRequestsShareOneToken) {
  HttpClient client(loop_, config_);
  const auto first = start(client, server_.url());
  const auto second = start(client, server_.url());
  wait_for(2);
  const auto third = start(client, server_.url());
  wait_for(3);
  EXPECT_THAT(answers_, ElementsAre("HTTP 200", "HTTP 200", "HTTP 200"));
  EXPECT_THAT(tokens_seen(), ElementsAre("Bearer t1", "Bearer t1", "Bearer t1"));
  EXPECT_EQ(asked_, 1);
}

TEST_F(HttpClientOAuth2Test, ARefusedTokenIsReplacedAndTheRequestSentAgain) {
  std::string valid = "Bearer t1";
  answer_ = [&](const Received& received) {
    return ScriptedServer::answer(received.header("authorization") == valid ? 200 : 401, "");
  };
  HttpClient client(loop_, config_);
  const auto first = start(client, server_.url());
  wait_for(1);
  valid = "Bearer t2";
  const auto second = start(client, server_.url());
  wait_for(2);
  EXPECT_THAT(answers_, ElementsAre("HTTP 200", "HTTP 200"));
  EXPECT_THAT(tokens_seen(), ElementsAre("Bearer t1", "Bearer t1", "Bearer t2"));
}

TEST_F(HttpClientOAuth2Test, AServerThatTakesNoTokenIsNotAskedForEver) {
  answer_ = [](const Received&) { return ScriptedServer::answer(401, ""); };
  HttpClient client(loop_, config_);
  const auto first = start(client, server_.url());
  wait_for(1);
  const auto second = start(client, server_.url());
  wait_for(2);
  EXPECT_THAT(answers_, ElementsAre("HTTP 401", "HTTP 401"));
  EXPECT_THAT(tokens_seen(), ElementsAre("Bearer t1", "Bearer t2", "Bearer t2"));
  EXPECT_EQ(asked_, 2);
}

TEST_F(HttpClientOAuth2Test, WithoutATokenAllThatWaitFail) {
  hand_out_ = [] { return ScriptedServer::answer(403, R"({"error":"access_denied"})"); };
  HttpClient client(loop_, config_);
  const auto first = start(client, server_.url());
  const auto second = start(client, server_.url());
  wait_for(2);
  for (const auto& answer : answers_)
    EXPECT_EQ(answer, "oauth2: token_url: HTTP 403: access_denied");
  EXPECT_THAT(kinds_, ElementsAre(ErrorKind::Rejected, ErrorKind::Rejected));
  const auto third = start(client, server_.url());
  wait_for(3);
  EXPECT_EQ(answers_[2], answers_[0]);
  EXPECT_TRUE(server_.requests().empty());
  EXPECT_EQ(login_.requests().size(), 2U) << "the third one got what was just heard";
}

TEST_F(HttpClientOAuth2Test, ARequestDoesNotWaitBeyondItsTime) {
  hand_out_ = [] { return Reply{}; };
  HttpClient client(loop_, config_);
  const auto call = start(client, server_.url(), 50ms);
  wait_for(1);
  EXPECT_THAT(answers_[0], HasSubstr("oauth2: no token within 50ms"));
  EXPECT_EQ(kinds_[0], ErrorKind::Timeout);
}

TEST_F(HttpClientOAuth2Test, ATokenDoesNotGoToAnotherHost) {
  ScriptedServer other(loop_, [](const Received&) { return ScriptedServer::answer(401, ""); });
  answer_ = [&](const Received& received) {
    if (received.line() == "GET /near HTTP/1.1")
      return ScriptedServer::answer(302, "", "Location: /here\r\n");
    return ScriptedServer::answer(302, "", "Location: " + other.url("/there") + "\r\n");
  };
  HttpClient client(loop_, config_);
  const auto call = start(client, server_.url("/near"));
  wait_for(1);
  EXPECT_THAT(answers_, ElementsAre("HTTP 401"));
  EXPECT_THAT(tokens_seen(), ElementsAre("Bearer t1", "Bearer t1"));
  ASSERT_EQ(other.requests().size(), 1U);
  EXPECT_EQ(other.requests()[0].header("authorization"), "<none>");
  EXPECT_EQ(asked_, 1);
}

TEST_F(HttpClientOAuth2Test, CancelledRequestsAreSilentAndAClientMayDieWaiting) {
  HttpClient client(loop_, config_);
  { const auto dropped = start(client, server_.url()); }
  auto cancelled = start(client, server_.url());
  cancelled.cancel();
  auto dying = std::make_unique<HttpClient>(loop_, config_);
  const auto orphan = start(*dying, server_.url());
  dying.reset();
  const auto last = start(client, server_.url());
  wait_for(1);
  loop_.run_for(20ms);
  EXPECT_THAT(answers_, ElementsAre("HTTP 200"));
  EXPECT_EQ(server_.requests().size(), 1U);
}

}  // namespace
}  // namespace agent::net
