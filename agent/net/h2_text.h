#pragma once
// Texts in nghttp2's types. Inside net/ only.
#include <string_view>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "agent/net/http_types.h"

namespace agent::net {

/// The bytes that nghttp2 hands to a callback; good until it returns.
inline std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// `headers` as nghttp2 takes them; they outlive the result. nghttp2 copies names and values and
/// writes to neither: its type is not const for C's sake.
inline std::vector<nghttp2_nv> name_values_of(const std::vector<Header>& headers) {
  std::vector<nghttp2_nv> out;
  out.reserve(headers.size());
  for (const auto& [name, value] : headers)
    out.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                   reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
                   value.size(), NGHTTP2_NV_FLAG_NONE});
  return out;
}

}  // namespace agent::net
