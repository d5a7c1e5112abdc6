#pragma once
#include <string>

#include "agent/config/node.h"

namespace agent::config {

/// `node` as block YAML for people, ending in a newline. Secrets read `<secret>`: values of keys
/// that are named like one (password, credentials, bearer_token, client_secret, the key of a
/// tls_config, headers that authenticate) and the user info of URLs. Comments are not kept.
std::string masked_yaml(const Node& node);

}  // namespace agent::config
