#include "agent/config/loader.h"

#include <algorithm>
#include <filesystem>

#include "agent/base/files.h"

namespace agent::config {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxFileBytes = 16ULL << 20U;

bool is_yaml(const fs::path& path) {
  const std::string name = path.filename().string();
  return !name.starts_with(".") && (path.extension() == ".yaml" || path.extension() == ".yml");
}

std::vector<std::string> files_behind(const std::string& path, Report& report) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) return {path};
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(path, failed))
    if (is_yaml(entry.path()) && !entry.is_directory(failed))
      files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  if (files.empty()) report.error({path}, "", "there is no *.yaml in this folder");
  return files;
}

}  // namespace

std::vector<Document> load_documents(const std::string& path, const LoadOptions& options,
                                     Report& report) {
  std::vector<Document> out;
  for (const std::string& file : files_behind(path, report)) {
    auto text = read_file(file, kMaxFileBytes);
    if (!text) {
      report.error({}, "", text.error().message);
      continue;
    }
    if (options.expand_env) {
      text = expand_environment(*text, file, options.environment);
      if (!text) {
        report.error({}, "", text.error().message);
        continue;
      }
    }
    const std::string folder = fs::path(file).parent_path().string();
    for (Node& node : parse_documents(*text, file, report))
      if (!node.is_empty()) out.push_back({std::move(node), file, folder.empty() ? "." : folder});
  }
  return out;
}

}  // namespace agent::config
