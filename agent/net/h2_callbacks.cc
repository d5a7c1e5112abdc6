#include "agent/net/h2_callbacks.h"

#include "agent/base/check.h"
#include "agent/net/h2_text.h"

namespace agent::net {
namespace {

H2Events& events_of(void* user_data) { return *static_cast<H2Events*>(user_data); }

nghttp2_session_callbacks* make_callbacks() {
  nghttp2_session_callbacks* callbacks = nullptr;
  AGENT_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
  nghttp2_session_callbacks_set_on_begin_frame_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame_hd* frame, void* user) {
        return events_of(user).on_begin_frame(*frame);
      });
  nghttp2_session_callbacks_set_on_begin_headers_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        return events_of(user).on_begin_headers(*frame);
      });
  nghttp2_session_callbacks_set_on_header_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void* user) {
        return events_of(user).on_header(*frame, text_of(name, name_size),
                                         text_of(value, value_size));
      });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        return events_of(user).on_frame(*frame);
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                    std::size_t size,
                    void* user) { return events_of(user).on_data(id, text_of(bytes, size)); });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      callbacks, [](nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
        return events_of(user).on_close(id);
      });
  nghttp2_session_callbacks_set_on_frame_send_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        return events_of(user).on_sent(*frame);
      });
  return callbacks;
}

}  // namespace

nghttp2_session* make_h2_server(H2Events& events) {
  nghttp2_option* options = nullptr;
  AGENT_CHECK(nghttp2_option_new(&options) == 0);
  nghttp2_option_set_no_auto_window_update(options, 1);
  nghttp2_option_set_no_closed_streams(options, 1);
  nghttp2_session_callbacks* callbacks = make_callbacks();
  nghttp2_session* session = nullptr;
  AGENT_CHECK(nghttp2_session_server_new2(&session, callbacks, &events, options) == 0);
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_option_del(options);
  return session;
}

nghttp2_data_provider h2_body_provider() {
  nghttp2_data_provider body{};
  body.read_callback = [](nghttp2_session*, std::int32_t id, std::uint8_t* out, std::size_t room,
                          std::uint32_t* flags, nghttp2_data_source*,
                          void* user) { return events_of(user).read_body(id, out, room, flags); };
  return body;
}

}  // namespace agent::net
