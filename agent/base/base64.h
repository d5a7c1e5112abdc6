#pragma once
// Base64, RFC 4648.
#include <optional>
#include <string>
#include <string_view>

namespace agent {

enum class Base64Padding { None, Equals };

/// `bytes` in the standard alphabet.
std::string encode_base64(std::string_view bytes, Base64Padding padding);

/// `text` in the standard or the URL alphabet, with or without up to two '=' at its end. nullopt:
/// malformed.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace agent
