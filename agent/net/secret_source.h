#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/model/http_client_config.h"

namespace agent::net {

/// Secrets and certificates as they are now: a file is read again when it has changed (another
/// inode, size or time), so that rotated tokens and mounted Kubernetes secrets count without a
/// reload. Loop thread.
class SecretSource {
 public:
  /// The secret's value; from a file without blanks and line ends around it. Errors: Io, naming
  /// the file.
  Result<std::string> read(const model::Secret& secret);
  /// `inline_text` if there is any, else the whole content of `file`, as it is (PEM).
  Result<std::string> read_text(const std::string& inline_text, const std::string& file);

 private:
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  struct File {
    Stamp stamp;
    std::string content;
  };
  Result<std::string_view> content_of(const std::string& path);
  std::map<std::string, File> files_;
};

}  // namespace agent::net
