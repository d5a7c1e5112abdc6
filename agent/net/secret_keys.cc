#include "agent/net/secret_keys.h"

#include <filesystem>

namespace agent::net {

std::string path_beside(const config::Node& node, const std::string& path) {
  const std::filesystem::path wanted(path);
  if (path.empty() || wanted.is_absolute()) return path;
  return (std::filesystem::path(node.mark().file).parent_path() / wanted).lexically_normal();
}

std::string file_key(config::Reader& reader, std::string_view key) {
  return path_beside(reader.child(key), reader.string(key));
}

model::Secret secret_keys(config::Reader& reader, const std::string& key) {
  model::Secret out{reader.string(key), file_key(reader, key + "_file")};
  if (!out.value.empty() && !out.file.empty())
    reader.error(key + "_file", "give " + key + " or " + key + "_file, not both");
  return out;
}

}  // namespace agent::net
