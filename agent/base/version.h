#pragma once

namespace agent {

/// Of the product; CMakeLists.txt and packaging/ say the same (tests/check_version.py).
inline constexpr const char* kVersion = "0.1.0";

}  // namespace agent
