#include "agent/net/secret_source.h"

#include <cerrno>
#include <system_error>

#include <sys/stat.h>

#include "agent/base/files.h"
#include "agent/base/strings.h"

namespace agent::net {
namespace {

constexpr std::uint64_t kMaxSecretBytes = 1U << 20U;

}  // namespace

Result<std::string> SecretSource::read(const model::Secret& secret) {
  if (secret.file.empty()) return secret.value;
  const auto content = content_of(secret.file);
  if (!content) return content.error();
  return std::string(trim(*content));
}

Result<std::string> SecretSource::read_text(const std::string& inline_text,
                                            const std::string& file) {
  if (!inline_text.empty() || file.empty()) return inline_text;
  const auto content = content_of(file);
  if (!content) return content.error();
  return std::string(*content);
}

Result<std::string_view> SecretSource::content_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0)
    return Error{ErrorKind::Io, path + ": " + std::generic_category().message(errno)};
  constexpr std::int64_t kNsPerSecond = 1'000'000'000;
  const Stamp stamp{info.st_dev, info.st_ino, info.st_size,
                    info.st_mtim.tv_sec * kNsPerSecond + info.st_mtim.tv_nsec};
  const auto at = files_.find(path);
  if (at != files_.end() && at->second.stamp == stamp) return std::string_view(at->second.content);
  auto content = read_file(path, kMaxSecretBytes);
  if (!content) return content.error();
  File& file = files_[path];
  file = {stamp, std::move(*content)};
  return std::string_view(file.content);
}

}  // namespace agent::net
