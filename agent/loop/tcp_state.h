#pragma once
// What the three files of tcp.h share; nobody else includes it.
#include <memory>
#include <string>

#include <uv.h>

#include "agent/loop/tcp.h"

namespace agent::loop {

/// The heap block behind a TcpStream: freed in uv_close's callback.
struct TcpStream::State {
  explicit State(EventLoop& owner) : loop(owner) { handle.data = this; }

  EventLoop& loop;
  uv_tcp_t handle{};
  uv_shutdown_t shutdown_request{};
  // Shared with a running call, which may destroy the stream.
  std::shared_ptr<OnData> on_data;
  std::shared_ptr<OnEnd> on_end;
  bool reading = false;  // start_reading() was called and the end has not come
  bool paused = false;
  bool broken = false;
  bool shut_down = false;
  bool closed = false;  // the owner has let go: nothing is called any more

  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&handle); }
  void close() {
    closed = true;
    uv_close(reinterpret_cast<uv_handle_t*>(&handle),
             [](uv_handle_t* closing) { delete static_cast<State*>(closing->data); });
  }
};

/// "connection refused": libuv's words for `code`.
std::string uv_text(int code);

}  // namespace agent::loop
