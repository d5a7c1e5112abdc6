#include "agent/base/files.h"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

#include "agent/base/unique_fd.h"

namespace agent {
namespace {

Error io_error(const std::string& what) {
  return {ErrorKind::Io, what + ": " + std::generic_category().message(errno)};
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

Status write_synced(const std::string& path, const std::string& content, unsigned mode) {
  const UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd) return io_error(path);
  // What a crash left behind may have another mode, and the umask another opinion.
  if (::fchmod(fd.get(), mode) != 0) return io_error(path);
  if (Status written = write_all(fd.get(), content, path); !written) return written;
  return ::fsync(fd.get()) == 0 ? Status() : io_error(path);
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
  Status written = write_synced(temporary, content, mode);
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0) written = io_error(path);
  if (!written) {
    ::unlink(temporary.c_str());  // half a file helps nobody, least of all a full disk
    return written;
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const UniqueFd directory(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory && ::fsync(directory.get()) != 0) return io_error(folder);
  return {};
}

Status make_directories(const std::string& path) {
  // One by one with their mode: the umask belongs to the whole process, so it is not touched.
  std::filesystem::path made;
  for (const auto& part : std::filesystem::path(path)) {
    made /= part;
    if (::mkdir(made.c_str(), 0750) == 0 || errno == EEXIST) continue;
    std::error_code ignored;
    if (std::filesystem::is_directory(made, ignored)) continue;  // such as one we may not write to
    return io_error(made.string());
  }
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) return {};
  return Error{ErrorKind::Io, path + ": " + (failed ? failed.message() : "not a folder")};
}

}  // namespace agent
