#pragma once
// Keys of the configuration that give a text or the file it is in.
#include <string>
#include <string_view>

#include "agent/config/node.h"
#include "agent/config/reader.h"
#include "agent/model/http_client_config.h"

namespace agent::net {

/// `path` as seen from the folder of the file that `node` stands in.
std::string path_beside(const config::Node& node, const std::string& path);
/// The path below `key`.
std::string file_key(config::Reader& reader, std::string_view key);
/// `key` and its twin `key`_file: at most one of them.
model::Secret secret_keys(config::Reader& reader, const std::string& key);

}  // namespace agent::net
