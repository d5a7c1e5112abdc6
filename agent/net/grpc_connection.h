#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/loop/event_loop.h"
#include "agent/loop/tcp.h"
#include "agent/net/grpc_client.h"

namespace agent::net {

/// One HTTP/2 connection that carries unary gRPC calls. Inside net/ only; nghttp2 stays in the .cc.
/// Hold it by shared_ptr.
class GrpcConnection {
 public:
  using StreamId = std::int32_t;
  struct Answer {
    GrpcReply reply;
    bool unprocessed = false;  ///< the server certainly did not look at it: send it again elsewhere
  };
  /// Called once for each call that is not cancelled, in a later turn than submit(). It may destroy
  /// the connection.
  using OnAnswer = std::function<void(Answer)>;

  /// Begins to connect at once; calls may be submitted meanwhile.
  static std::shared_ptr<GrpcConnection> open(loop::EventLoop& loop,
                                              const GrpcClient::Config& config);
  GrpcConnection(const GrpcConnection&) = delete;
  GrpcConnection& operator=(const GrpcConnection&) = delete;
  ~GrpcConnection();

  /// False once the connection is lost, failed, told to go away, or retired.
  bool takes_calls() const;
  std::size_t open_calls() const;
  /// `timeout` is what the server is told. nullopt: it does not take calls any more.
  std::optional<StreamId> submit(const GrpcRequest& request, Duration timeout, OnAnswer on_answer);
  /// Resets the stream; its answer will not come.
  void cancel(StreamId id);
  /// No more calls; those that are open go on.
  void retire();

 private:
  class Session;
  explicit GrpcConnection(std::shared_ptr<Session> session);
  std::shared_ptr<Session> session_;
};

}  // namespace agent::net
