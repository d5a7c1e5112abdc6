#include <array>
#include <utility>

#include "agent/loop/address.h"
#include "agent/loop/tcp_state.h"

namespace agent::loop {
namespace {

struct WriteRequest {
  uv_write_t request{};
  std::string bytes;
  Callback written;
};

// Ends the reading side, once. The stream may be gone afterwards.
void finish(TcpStream::State& state, Status status) {
  if (!status) state.broken = true;
  if (!state.reading) return;
  state.reading = false;
  uv_read_stop(state.stream());
  const auto on_end = std::exchange(state.on_end, nullptr);
  (*on_end)(std::move(status));
}

void on_allocate(uv_handle_t* handle, std::size_t /*suggested*/, uv_buf_t* buffer) {
  const auto room = static_cast<TcpStream::State*>(handle->data)->loop.read_buffer();
  *buffer = uv_buf_init(room.data(), static_cast<unsigned>(room.size()));
}

void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
  auto& state = *static_cast<TcpStream::State*>(stream->data);
  if (count == 0) return;  // libuv's "try again"
  if (count > 0) {
    const auto on_data = state.on_data;
    (*on_data)({buffer->base, static_cast<std::size_t>(count)});
    return;
  }
  if (count == UV_EOF) return finish(state, {});
  finish(state, Error{ErrorKind::Network, uv_text(static_cast<int>(count))});
}

void on_written(uv_write_t* request, int status) {
  const std::unique_ptr<WriteRequest> done(static_cast<WriteRequest*>(request->data));
  auto& state = *static_cast<TcpStream::State*>(request->handle->data);
  if (state.closed) return;
  if (status < 0) return finish(state, Error{ErrorKind::Network, uv_text(status)});
  if (done->written && !state.broken) done->written();
}

void read_on(TcpStream::State& state) {
  const int started = uv_read_start(state.stream(), on_allocate, on_read);
  // Only a handle that is closing or not connected fails here, and neither gets this far.
  AGENT_CHECK(started == 0 || started == UV_EALREADY);
}

}  // namespace

std::string uv_text(int code) {
  std::array<char, 128> text{};
  return uv_strerror_r(code, text.data(), text.size());
}

TcpStream::~TcpStream() { state_->close(); }

void TcpStream::start_reading(OnData on_data, OnEnd on_end) {
  AGENT_CHECK(!state_->reading);
  state_->on_data = std::make_shared<OnData>(std::move(on_data));
  state_->on_end = std::make_shared<OnEnd>(std::move(on_end));
  state_->reading = true;
  if (!state_->paused) read_on(*state_);
}

void TcpStream::pause_reading() {
  if (std::exchange(state_->paused, true)) return;
  if (state_->reading) uv_read_stop(state_->stream());
}

void TcpStream::resume_reading() {
  if (!std::exchange(state_->paused, false)) return;
  if (state_->reading) read_on(*state_);
}

void TcpStream::write(std::string bytes, Callback written) {
  if (state_->broken || state_->shut_down) return;
  auto* write = new WriteRequest;  // freed in on_written, which always runs
  write->bytes = std::move(bytes);
  write->written = std::move(written);
  write->request.data = write;
  const uv_buf_t buffer =
      uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
  const int started = uv_write(&write->request, state_->stream(), &buffer, 1, on_written);
  if (started < 0) {  // refused before it began: the next read says why
    delete write;
    state_->broken = true;
  }
}

std::size_t TcpStream::unwritten_bytes() const {
  return uv_stream_get_write_queue_size(state_->stream());
}

void TcpStream::shutdown() {
  if (state_->broken || std::exchange(state_->shut_down, true)) return;
  // An error here means that the peer has gone, which the reading side reports.
  uv_shutdown(&state_->shutdown_request, state_->stream(), [](uv_shutdown_t*, int) {});
}

HostPort TcpStream::peer() const {
  sockaddr_storage storage{};
  int size = sizeof storage;
  uv_tcp_getpeername(&state_->handle, reinterpret_cast<sockaddr*>(&storage), &size);
  return to_host_port(storage);
}

HostPort TcpStream::local() const {
  sockaddr_storage storage{};
  int size = sizeof storage;
  uv_tcp_getsockname(&state_->handle, reinterpret_cast<sockaddr*>(&storage), &size);
  return to_host_port(storage);
}

}  // namespace agent::loop
