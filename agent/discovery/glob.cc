#include "agent/discovery/glob.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <fnmatch.h>

namespace agent::discovery {

std::vector<std::string> expand_glob(const std::string& pattern) {
  namespace fs = std::filesystem;
  std::vector<std::string> out;
  std::error_code failed;
  const std::size_t slash = pattern.rfind('/');
  const std::string last = slash == std::string::npos ? pattern : pattern.substr(slash + 1);
  if (last.find_first_of("*?[") == std::string::npos) {
    if (fs::is_regular_file(pattern, failed)) out.push_back(pattern);
    return out;
  }
  const std::string folder = slash == std::string::npos ? "" : pattern.substr(0, slash + 1);
  fs::directory_iterator at(folder.empty() ? "." : folder, failed);
  for (; !failed && at != fs::directory_iterator(); at.increment(failed)) {
    const std::string name = at->path().filename().string();
    std::error_code unknown;
    if (::fnmatch(last.c_str(), name.c_str(), FNM_PERIOD) == 0 && at->is_regular_file(unknown))
      out.push_back(folder + name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace agent::discovery
