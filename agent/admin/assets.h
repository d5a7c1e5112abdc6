#pragma once
// The files of assets/, embedded when the build is configured (CMakeLists.txt). They are written by
// hand; there is no other build step.
#include <string_view>

namespace agent::admin::assets {

extern const std::string_view kPageHtml;
extern const std::string_view kPageCss;
extern const std::string_view kPageJs;
extern const std::string_view kIconSvg;

}  // namespace agent::admin::assets
