#include "agent/net/tls_versions.h"

#include <array>
#include <string_view>

namespace agent::net {
namespace {

constexpr int kDefaultLeast = 2;  // TLS12

// -1: none given, or no version.
int rank_of(config::Reader& in, std::string_view key, const std::string& version) {
  constexpr std::array<std::string_view, 4> kVersions = {"TLS10", "TLS11", "TLS12", "TLS13"};
  for (std::size_t i = 0; i < kVersions.size(); ++i)
    if (version == kVersions[i]) return static_cast<int>(i);
  if (!version.empty())
    in.error(key, "TLS10, TLS11, TLS12 or TLS13 is asked here, not \"" + version + "\"");
  return -1;
}

}  // namespace

void read_tls_versions(config::Reader& in, std::string& least, std::string& most) {
  least = in.string("min_version");
  most = in.string("max_version");
  const int least_rank = rank_of(in, "min_version", least);
  const int most_rank = rank_of(in, "max_version", most);
  if (most_rank >= 0 && most_rank < (least_rank >= 0 ? least_rank : kDefaultLeast))
    in.error("max_version", "max_version is below min_version (TLS12 unless given)");
}

}  // namespace agent::net
