#pragma once
#include <string>
#include <string_view>

namespace agent::relabel {

/// `text` mapped code point by code point with Unicode's simple case mapping: no locale, no change
/// of length in code points (ß stays ß, İ becomes i). Bytes that are no UTF-8 stay as they are.
/// Spec: metrics.md 4.3.
std::string to_lower_unicode(std::string_view text);
std::string to_upper_unicode(std::string_view text);

}  // namespace agent::relabel
