#include "agent/base/files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>

#include "agent/base/unique_fd.h"

namespace agent {
namespace {

Error io_error(const std::string& what) {
  return {ErrorKind::Io, what + ": " + std::strerror(errno)};
}

Status write_all(int fd, const std::string& content, const std::string& path) {
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t n = ::write(fd, content.data() + done, content.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error(path);
    done += static_cast<std::size_t>(n);
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::uint64_t limit_bytes) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return io_error(path);
  std::string out;
  char buffer[16384];
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error(path);
    if (n == 0) return out;
    out.append(buffer, static_cast<std::size_t>(n));
    if (out.size() > limit_bytes)
      return Error{ErrorKind::Input,
                   path + ": longer than " + std::to_string(limit_bytes) + " bytes"};
  }
}

Status write_file_atomically(const std::string& path, const std::string& content, unsigned mode) {
  const std::string temporary = path + ".tmp";
  {
    const UniqueFd fd(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!fd) return io_error(temporary);
    if (const Status written = write_all(fd.get(), content, temporary); !written) return written;
    if (::fsync(fd.get()) != 0) return io_error(temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return io_error(path);
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const UniqueFd directory(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory && ::fsync(directory.get()) != 0) return io_error(folder);
  return {};
}

Status make_directories(const std::string& path) {
  std::error_code failed;
  const mode_t old = ::umask(0027);
  std::filesystem::create_directories(path, failed);
  ::umask(old);
  if (failed) return Error{ErrorKind::Io, path + ": " + failed.message()};
  return {};
}

}  // namespace agent
