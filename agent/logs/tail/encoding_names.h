#pragma once
// The names of text encodings as users write them. Spec: logs.md 2.1 and 3.2, `encoding`.
#include <string_view>

namespace agent::logs {

struct EncodingName {
  std::string_view name;  ///< as IANA registers it, or an alias; lower case
  const char* converter;  ///< what iconv calls it; null: nothing here decodes it
};

/// By any of its names, in any case; null: unknown.
const EncodingName* find_encoding(std::string_view name);
/// The known name nearest to `name`; "": none is near.
std::string_view nearest_encoding(std::string_view name);

}  // namespace agent::logs
