#pragma once
// OTLP requests for tests, put together byte by byte without the code that is tested.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agent::testing {

inline std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 128; value /= 128)
    out += static_cast<char>(value % 128 + 128);
  return out + static_cast<char>(value);
}
inline std::string field(std::uint32_t number, std::string_view content) {
  return varint(number * 8ULL + 2) + varint(content.size()) + std::string(content);
}
inline std::string number_field(std::uint32_t number, std::uint64_t value) {
  return varint(number * 8ULL) + varint(value);
}
inline std::string fixed64_field(std::uint32_t number, std::uint64_t value) {
  std::string out = varint(number * 8ULL + 1);
  for (int i = 0; i < 8; ++i, value /= 256)
    out += static_cast<char>(value % 256);
  return out;
}

/// 16 bytes, the last 7 of them `randomness` in big-endian order.
inline std::string trace_id(std::uint64_t randomness) {
  std::string id(16, '\x11');
  for (std::size_t i = 15; i >= 9; --i, randomness /= 256)
    id[i] = static_cast<char>(randomness % 256);
  return id;
}
inline std::string span_id(std::uint8_t last) {
  return std::string(7, '\x22') + static_cast<char>(last);
}

/// The content of a Span with these ids; `more` is put behind them.
inline std::string span(std::string_view trace, std::string_view id, std::string_view more = {}) {
  return field(1, trace) + field(2, id) + std::string(more);
}
inline std::string scope_spans(const std::vector<std::string>& spans) {
  std::string out;
  for (const auto& each : spans)
    out += field(2, each);
  return out;
}
/// One resource, one scope.
inline std::string request(const std::vector<std::string>& spans) {
  return field(1,
               field(1, field(1, "resource")) + field(2, field(1, "scope") + scope_spans(spans)));
}

}  // namespace agent::testing
