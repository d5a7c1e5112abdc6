#pragma once
#include <cstdint>
#include <string_view>

#include <nghttp2/nghttp2.h>

namespace agent::net {

/// What nghttp2 tells a session, in its own words; each int is nghttp2's: 0, or an error that ends
/// the connection. Inside net/ only.
class H2Events {
 public:
  H2Events() = default;
  H2Events(const H2Events&) = delete;
  H2Events& operator=(const H2Events&) = delete;
  virtual ~H2Events() = default;

  virtual int on_begin_frame(const nghttp2_frame_hd& frame) = 0;
  virtual int on_begin_headers(const nghttp2_frame& frame) = 0;
  virtual int on_header(const nghttp2_frame& frame, std::string_view name,
                        std::string_view value) = 0;
  virtual int on_frame(const nghttp2_frame& frame) = 0;
  virtual int on_data(std::int32_t id, std::string_view bytes) = 0;
  virtual int on_close(std::int32_t id) = 0;
  virtual int on_sent(const nghttp2_frame& frame) = 0;
  /// The next piece of stream `id`'s body into `out`; the number of bytes or nghttp2's error.
  virtual ssize_t read_body(std::int32_t id, std::uint8_t* out, std::size_t room,
                            std::uint32_t* flags) = 0;
};

/// A server's session that speaks to `events`, which outlives it.
nghttp2_session* make_h2_server(H2Events& events);
/// The body of an answer to a session made above: read_body() is asked for it.
nghttp2_data_provider h2_body_provider();

}  // namespace agent::net
