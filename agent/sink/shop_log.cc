#include "agent/sink/shop_log.h"

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <system_error>

#include <fcntl.h>

#include "agent/base/files.h"

namespace agent::sink {
namespace {

UniqueFd open_to_append(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
}

}  // namespace

std::string rfc3339_nano(Timestamp time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t unix_seconds = seconds.time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&unix_seconds, &parts);
  char day[32];
  const std::size_t length = std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%09dZ", static_cast<int>((time - seconds).count()));
  return std::string(day, length) + fraction;
}

Result<ShopLog> ShopLog::open(std::string path, ShopLogForm form, std::uint64_t rotate_bytes) {
  if (const Status made = make_directories(std::filesystem::path(path).parent_path().string());
      !made)
    return made.error();
  UniqueFd fd = open_to_append(path);
  if (!fd) return Error{ErrorKind::Io, path + ": " + std::generic_category().message(errno)};
  return ShopLog(std::move(path), form, rotate_bytes, std::move(fd));
}

void ShopLog::write(Timestamp time, std::string_view json) {
  std::string line = form_ == ShopLogForm::Cri ? rfc3339_nano(time) + " stdout F " : std::string();
  line += json;
  line += '\n';
  if (size_ > 0 && size_ + line.size() > rotate_bytes_) rotate();
  const ssize_t written = ::write(fd_.get(), line.data(), line.size());
  if (written != static_cast<ssize_t>(line.size())) return;
  size_ += line.size();
  ++lines_;
}

void ShopLog::rotate() {
  ::rename(path_.c_str(), (path_ + ".1").c_str());
  if (UniqueFd fresh = open_to_append(path_)) {
    fd_ = std::move(fresh);
    size_ = 0;
  }
}

}  // namespace agent::sink
