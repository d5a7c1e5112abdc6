#include "agent/app/memory_limit.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "agent/base/files.h"
#include "agent/base/strings.h"

namespace agent::app {
namespace {

constexpr std::uint64_t kWithoutLimit = 512ULL << 20U;
constexpr std::uint64_t kNoLimit = 1ULL << 60U;  // cgroup v1 says "none" by a huge number

std::optional<std::uint64_t> read_limit(const std::string& path) {
  const auto text = read_file(path, 4096);
  if (!text) return std::nullopt;
  const std::string_view digits = trim(*text);
  std::uint64_t bytes = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), bytes);
  if (parsed.ec != std::errc() || bytes == 0 || bytes >= kNoLimit)
    return std::nullopt;  // "max" too
  return bytes;
}

// Path of this process in the unified hierarchy ("0::/system.slice/dunlin.service"); "" where there
// is none.
std::string unified_path(const std::string& own_cgroup) {
  const auto text = read_file(own_cgroup, 65536);
  if (!text) return {};
  for (const auto line : split(*text, '\n'))
    if (line.starts_with("0::")) return std::string(line.substr(3));
  return {};
}

}  // namespace

std::uint64_t default_memory_limit_bytes(const std::string& cgroup_root,
                                         const std::string& own_cgroup) {
  std::optional<std::uint64_t> least;
  const auto consider = [&](const std::optional<std::uint64_t>& limit) {
    if (limit) least = std::min(least.value_or(*limit), *limit);
  };
  // A limit may stand at any level above us.
  for (std::string path = unified_path(own_cgroup);;) {
    consider(read_limit(cgroup_root + path + "/memory.max"));
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) break;
    path.resize(slash);
  }
  if (!least) consider(read_limit(cgroup_root + "/memory/memory.limit_in_bytes"));
  return least ? *least / 10 * 8 : kWithoutLimit;
}

}  // namespace agent::app
