#include "agent/net/oauth2_tokens.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/run_until.h"
#include "tests/support/scripted_server.h"
#include "tests/support/temp_dir.h"

namespace agent::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::ScriptedServer;
using Received = ScriptedServer::Received;
using Reply = ScriptedServer::Reply;

// A token server that hands out t1, t2, ... and a clock that the test moves.
class OAuth2TokensTest : public ::testing::Test {
 protected:
  OAuth2TokensTest()
      : server_(loop_, [this](const Received& received) { return answer_(received); }) {
    config_.client_id = "me";
    config_.client_secret.value = "pw";
    config_.token_url = server_.url("/token");
  }

  void make() {
    tokens_ = std::make_unique<OAuth2Tokens>(
        loop_, config_, [this] { return now_; }, [this](const auto& token) { fetched_ = token; });
  }
  Result<std::string> fetch() {
    fetched_.reset();
    tokens_->fetch();
    EXPECT_FALSE(fetched_.has_value()) << "answered before fetch() returned";
    EXPECT_TRUE(testing::run_until(loop_, [&] { return fetched_.has_value(); }));
    return *fetched_;
  }
  std::string current() {
    const auto token = tokens_->current();
    return token ? *token : "error: " + token.error().message;
  }
  static Reply token(int number, int lifetime_s) {
    return ScriptedServer::answer(200, R"({"access_token":"t)" + std::to_string(number) +
                                           R"(","expires_in":)" + std::to_string(lifetime_s) + "}");
  }

  loop::EventLoop loop_;
  int asked_ = 0;
  std::function<Reply(const Received&)> answer_ = [this](const Received&) {
    return token(++asked_, 60);
  };
  ScriptedServer server_;
  model::OAuth2Config config_;
  SteadyTime now_{1000s};
  std::optional<Result<std::string>> fetched_;
  std::unique_ptr<OAuth2Tokens> tokens_;
};

TEST_F(OAuth2TokensTest, KeepsATokenUntilShortlyBeforeItsEnd) {
  make();
  EXPECT_EQ(current(), "");
  EXPECT_EQ(*fetch(), "Bearer t1");
  EXPECT_EQ(server_.requests()[0].line(), "POST /token HTTP/1.1");
  EXPECT_EQ(server_.requests()[0].header("authorization"), "Basic bWU6cHc=");
  now_ += 50s - 1ns;
  EXPECT_EQ(current(), "Bearer t1");
  now_ += 1ns;
  EXPECT_EQ(current(), "");
  EXPECT_EQ(*fetch(), "Bearer t2");
  EXPECT_EQ(current(), "Bearer t2");
}

TEST_F(OAuth2TokensTest, AsksOnceHoweverOftenItIsToldTo) {
  make();
  tokens_->fetch();
  tokens_->fetch();
  EXPECT_EQ(*fetch(), "Bearer t1");
  EXPECT_EQ(asked_, 1);
}

TEST_F(OAuth2TokensTest, FindsOutWhereTheServerWantsTheSecret) {
  answer_ = [this](const Received& received) {
    return received.body.find("client_secret=pw") == std::string::npos
               ? ScriptedServer::answer(401, R"({"error":"invalid_client"})")
               : token(++asked_, 60);
  };
  make();
  EXPECT_EQ(*fetch(), "Bearer t1");
  ASSERT_EQ(server_.requests().size(), 2U);
  EXPECT_EQ(server_.requests()[1].header("authorization"), "<none>");
  EXPECT_EQ(*fetch(), "Bearer t2");
  EXPECT_EQ(server_.requests().size(), 3U) << "and remembers it";
}

TEST_F(OAuth2TokensTest, AFailureHoldsForASecond) {
  answer_ = [](const Received&) {
    return ScriptedServer::answer(400, R"({"error":"invalid_scope","error_description":"no"})");
  };
  make();
  const auto failed = fetch();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::Rejected);
  EXPECT_THAT(failed.error().message, HasSubstr("oauth2: token_url: HTTP 400: invalid_scope: no"));
  EXPECT_EQ(server_.requests().size(), 2U);
  now_ += 1s - 1ns;
  EXPECT_EQ(current(), "error: " + failed.error().message);
  now_ += 1ns;
  EXPECT_EQ(current(), "");
  answer_ = [](const Received&) { return token(7, 60); };
  EXPECT_EQ(*fetch(), "Bearer t7");
  EXPECT_EQ(server_.requests().back().header("authorization"), "Basic bWU6cHc=");
}

TEST_F(OAuth2TokensTest, AnUnreachableServerIsAnError) {
  config_.token_url = "http://127.0.0.1:1/token";
  make();
  const auto failed = fetch();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::Network);
  EXPECT_EQ(failed.error().message, "oauth2: token_url: 127.0.0.1:1: Connection refused");
}

TEST_F(OAuth2TokensTest, AnotherSecretIsAnotherToken) {
  const testing::TempDir folder;
  const auto path = folder.path() / "secret";
  const auto write = [&](const char* text) { std::ofstream(path, std::ios::trunc) << text; };
  config_.client_secret = {"", path.string()};
  make();
  EXPECT_THAT(current(), HasSubstr("error: oauth2: client_secret_file: " + path.string()));
  write("one\n");
  EXPECT_EQ(current(), "");
  EXPECT_EQ(*fetch(), "Bearer t1");
  EXPECT_EQ(current(), "Bearer t1");
  write("another\n");
  EXPECT_EQ(current(), "");
  EXPECT_EQ(*fetch(), "Bearer t2");
  EXPECT_EQ(server_.requests()[1].header("authorization"), "Basic bWU6YW5vdGhlcg==");
  std::filesystem::remove(path);
  EXPECT_THAT(current(), HasSubstr("error: oauth2: client_secret_file: "));
}

TEST_F(OAuth2TokensTest, ARefusedTokenIsGivenUpOnceInTenSeconds) {
  make();
  EXPECT_EQ(*fetch(), "Bearer t1");
  EXPECT_TRUE(tokens_->on_refused("Bearer t1"));
  EXPECT_EQ(current(), "");
  EXPECT_EQ(*fetch(), "Bearer t2");
  EXPECT_TRUE(tokens_->on_refused("Bearer t1")) << "there is a newer one";
  EXPECT_EQ(current(), "Bearer t2");
  now_ += 10s - 1ns;
  EXPECT_FALSE(tokens_->on_refused("Bearer t2"));
  EXPECT_EQ(current(), "Bearer t2");
  now_ += 1ns;
  EXPECT_TRUE(tokens_->on_refused("Bearer t2"));
  EXPECT_EQ(current(), "");
}

TEST_F(OAuth2TokensTest, TheSecretIsNotCarriedToAnotherHost) {
  ScriptedServer other(loop_, [](const Received&) { return token(1, 60); });
  answer_ = [&](const Received&) {
    return ScriptedServer::answer(307, "", "Location: " + other.url("/token") + "\r\n");
  };
  make();
  const auto failed = fetch();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("HTTP 307"));
  EXPECT_TRUE(other.requests().empty());
}

}  // namespace
}  // namespace agent::net
