#pragma once
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "agent/net/server_session.h"

namespace agent::testing {

/// A SessionHost without a socket: the first route echoes at once, the second answers when the
/// fuzzer says so.
class FuzzHost final : public net::SessionHost {
 public:
  FuzzHost() {
    limits_.max_header_bytes = 1024;
    net::Route echo;
    echo.method = "*";
    echo.path = "/echo";
    echo.max_body_bytes = 256;
    echo.handler = [](net::Request request, net::Responder responder) {
      net::Response response;
      response.body = std::move(request.body);
      response.trailers.add("grpc-status", request.query);
      responder.send(std::move(response));
    };
    routes_.add(std::move(echo));
    net::Route later;
    later.method = "*";
    later.path = "/later";
    later.handler = [this](const net::Request& request, net::Responder responder) {
      net::Response response;
      response.headers.add("x", request.query);
      response.body.assign(request.body.size() * 3, 'x');
      waiting_.emplace_back(std::move(responder), std::move(response));
    };
    routes_.add(std::move(later));
  }

  std::shared_ptr<const net::RouteMatch> find_route(std::string_view method,
                                                    std::string_view path) override {
    return routes_.find(method, path);
  }
  const net::ServerLimits& limits() const override { return limits_; }
  SteadyTime now() const override { return now_; }
  const std::string& peer() const override { return peer_; }
  void count_request(int /*status*/) override {}
  void count_protocol_error(std::string_view /*what*/) override {}
  void wake() override {}

  void answer_one() {
    if (waiting_.empty()) return;
    auto [responder, response] = std::move(waiting_.front());
    waiting_.pop_front();
    responder.send(std::move(response));
  }
  void advance(Duration by) { now_ += by; }

 private:
  net::ServerLimits limits_;
  net::RouteTable routes_;
  std::deque<std::pair<net::Responder, net::Response>> waiting_;
  std::string peer_ = "127.0.0.1";
  SteadyTime now_{std::chrono::seconds(1)};
};

/// Feeds `input` as a connection would: the first byte of each piece says how long it is and what
/// happens after it.
inline void drive(net::ServerSession& session, FuzzHost& host, std::string_view input) {
  while (!input.empty()) {
    const auto control = static_cast<unsigned char>(input.front());
    input.remove_prefix(1);
    const auto piece = input.substr(0, 1 + (control & 0x3FU) * 8U);
    input.remove_prefix(piece.size());
    session.receive(piece);
    if ((control & 0x40U) != 0) host.answer_one();
    if ((control & 0x80U) != 0) {
      host.advance(std::chrono::seconds(7));
      session.expire();
    }
    session.resume();
    std::string out;
    session.take_output(out, 1 << 16U);
    if (session.finished()) break;
  }
  session.drain();
  host.answer_one();
  session.receive_end();
  std::string out;
  session.take_output(out, 1 << 16U);
}

}  // namespace agent::testing
