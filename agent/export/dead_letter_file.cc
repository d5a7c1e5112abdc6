#include "agent/export/dead_letter_file.h"

#include <cerrno>
#include <mutex>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/result.h"
#include "agent/base/unique_fd.h"

namespace agent::exporter {
namespace {

constexpr mode_t kMode = 0600;

struct Lines {
  std::string text;
  std::uint64_t records = 0;
};

Error io_error(const std::string& path) {
  return {ErrorKind::Io, path + ": " + std::generic_category().message(errno)};
}

Result<UniqueFd> open_for_append(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, kMode));
  if (!fd) return io_error(path);
  return fd;
}

// Makes room for `more` bytes by putting the file aside. An empty file takes anything.
Status rotate(UniqueFd& fd, const std::string& path, std::uint64_t more, std::uint64_t limit) {
  struct stat file {};
  if (::fstat(fd.get(), &file) != 0) return io_error(path);
  const auto size = static_cast<std::uint64_t>(file.st_size);
  if (size == 0 || size + more <= limit) return {};
  const std::string older = path + ".1";
  if (::rename(path.c_str(), older.c_str()) != 0) return io_error(older);
  auto fresh = open_for_append(path);
  if (!fresh) return fresh.error();
  fd = std::move(*fresh);
  return {};
}

Status append(const std::string& path, const std::string& text, std::uint64_t limit) {
  auto fd = open_for_append(path);
  if (!fd) return fd.error();
  if (Status room = rotate(*fd, path, text.size(), limit); !room) return room;
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(fd->get(), text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error(path);
    done += static_cast<std::size_t>(n);
  }
  return {};
}

}  // namespace

struct DeadLetterFile::State {
  std::string path;
  std::uint64_t file_limit = 0;
  selfmon::Counter& written;
  selfmon::Counter& lost;
  std::mutex file;  // held while writing
  std::mutex lock;  // for what follows
  Lines pending;
  std::string failure;  // of the newest write; "": it succeeded

  // Any thread.
  void write() {
    const std::lock_guard writing(file);
    Lines lines;
    {
      const std::lock_guard locked(lock);
      lines = std::exchange(pending, {});
    }
    if (lines.text.empty()) return;
    const Status status = append(path, lines.text, file_limit);
    (status ? written : lost).add(lines.records);
    const std::lock_guard locked(lock);
    failure = status ? "" : status.error().message;
  }
};

DeadLetterFile::DeadLetterFile(std::string path, loop::EventLoop& loop, Logger& log,
                               const selfmon::Scope& scope, Limits limits)
    : loop_(loop),
      log_(log),
      pending_limit_(limits.pending_bytes),
      written_(scope.counter("dead_letters_written_total",
                             "Refused records that stand in the dead-letter file.")),
      lost_(scope.counter("dead_letters_lost_total",
                          "Refused records that could not be written to the dead-letter file.")),
      state_(new State{std::move(path), limits.file_bytes, written_, lost_, {}, {}, {}, {}}) {}

DeadLetterFile::~DeadLetterFile() {
  writing_.cancel();
  state_->write();
}

void DeadLetterFile::add(std::string_view line, std::uint64_t records) {
  {
    const std::lock_guard locked(state_->lock);
    Lines& pending = state_->pending;
    if (pending.text.size() + line.size() + 1 > pending_limit_) return lost_.add(records);
    pending.text += line;
    pending.text += '\n';
    pending.records += records;
  }
  if (!writing_.running()) write_later();
}

void DeadLetterFile::write_later() {
  writing_ = loop::Offload(
      loop_, [state = state_] { state->write(); }, [this] { on_written(); });
}

void DeadLetterFile::on_written() {
  std::string failure;
  bool more = false;
  {
    const std::lock_guard locked(state_->lock);
    failure = std::exchange(state_->failure, "");
    more = !state_->pending.text.empty();
  }
  if (!failure.empty())
    log_.limited(LogLevel::Warn, "dead letters", "The dead-letter file cannot be written.",
                 {{"error", failure}});
  if (more) write_later();
}

}  // namespace agent::exporter
