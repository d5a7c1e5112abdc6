#pragma once
// HTTP as handlers and callers see it; the same for HTTP/1.1 and HTTP/2.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"

namespace agent::net {

struct Header {
  std::string name;  ///< lower case where it came from the wire
  std::string value;
};

/// Headers in their order; names are compared without case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> headers) : headers_(headers) {}
  void add(std::string name, std::string value) {
    headers_.push_back({std::move(name), std::move(value)});
  }
  /// Replaces all of that name.
  void set(std::string_view name, std::string value);
  /// The first of that name; nullopt when absent.
  std::optional<std::string_view> get(std::string_view name) const;
  auto begin() const { return headers_.begin(); }
  auto end() const { return headers_.end(); }
  std::size_t size() const { return headers_.size(); }

 private:
  std::vector<Header> headers_;
};

struct Request {
  std::string method;  ///< "GET"
  std::string path;    ///< without the query, percent-decoding not applied
  std::string query;   ///< without the '?'
  Headers headers;
  std::string body;  ///< as it came: content-encoding not undone
  std::string peer;  ///< address of the client, without port
  bool http2 = false;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  Headers trailers;  ///< HTTP/2 only (gRPC); where there are any the body may be empty
};

/// Value of `name` in a query string ("state=active&x=1"), percent-decoded; nullopt when absent.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

/// `text` as a name or a value in a query string or a form: all but letters, digits and "-_.~"
/// percent-encoded, blanks as "+".
std::string encode_form(std::string_view text);

/// The standard words for a status code ("Not Found").
std::string_view reason_phrase(int status);

}  // namespace agent::net
