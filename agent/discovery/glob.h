#pragma once
#include <string>
#include <vector>

namespace agent::discovery {

/// The files that match `pattern`, sorted; wildcards (`*`, `?`, `[...]`) count in its last element
/// only. A pattern without wildcards matches the file of that name, if it exists. Hidden files
/// match only a pattern that starts with a dot.
std::vector<std::string> expand_glob(const std::string& pattern);

}  // namespace agent::discovery
