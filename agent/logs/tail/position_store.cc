#include "agent/logs/tail/position_store.h"

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/files.h"
#include "agent/base/unique_fd.h"
#include "agent/logs/tail/position_slot.h"

namespace agent::logs {
namespace {

Error io_error(const std::string& path) {
  return {ErrorKind::Io, path + ": " + std::system_category().message(errno)};
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

Status write_at(int fd, std::string_view bytes, std::uint64_t offset, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error(path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

class SlotStore final : public PositionStore {
 public:
  explicit SlotStore(const std::string& path) : slots_{Slot{path + ".0"}, Slot{path + ".1"}} {}

  Result<Loaded> load() override {
    std::optional<PositionSlot> found[2];
    Loaded out;
    for (int i = 0; i < 2; ++i)
      if (Status read = read_slot(slots_[i].path, found[i], out.damage); !read) return read.error();
    if (!found[0] && !found[1]) return nothing_found(std::move(out));
    const int newer =
        !found[0] || (found[1] && found[1]->generation > found[0]->generation) ? 1 : 0;
    PositionSlot& best = *found[newer];
    if (best.unused_bytes > 0)
      out.damage += slots_[newer].path + ": its last " + std::to_string(best.unused_bytes) +
                    " bytes cannot be used; ";
    generation_ = best.generation;
    // A slot with bytes that hold nothing takes no more; the next state goes into the other one.
    current_ = newer;
    durable_ = newer;
    out.state = std::move(best.state);
    return out;
  }

  Status write(const PositionsState& state) override {
    if (refused_) return {};
    const int target = current_ == durable_ ? 1 - current_ : current_;
    Slot& slot = slots_[target];
    if (Status opened = open_slot(slot); !opened) return opened;
    const std::string bytes = encode_position_slot(generation_ + 1, render_positions_state(state));
    if (target == current_) frames_ = 0;  // until it is whole again
    if (Status wrote = write_at(slot.fd->get(), bytes, 0, slot.path); !wrote) return wrote;
    if (::ftruncate(slot.fd->get(), static_cast<off_t>(bytes.size())) != 0)
      return io_error(slot.path);
    ++generation_;
    current_ = target;
    frames_ = 1;
    end_ = bytes.size();
    return {};
  }

  Status append(std::string_view lines) override {
    if (refused_) return {};
    Slot& slot = slots_[current_];
    if (frames_ == 0 || !slot.fd) return Error{ErrorKind::Io, slot.path + ": not begun"};
    const std::string frame = encode_position_frame(generation_, frames_, lines);
    if (Status wrote = write_at(slot.fd->get(), frame, end_, slot.path); !wrote) {
      frames_ = 0;  // half a frame may lie there, and what follows one is not read
      return wrote;
    }
    ++frames_;
    end_ += frame.size();
    return {};
  }

  std::function<Status()> sync_work() override {
    if (refused_ || !slots_[current_].fd) return [] { return Status(); };
    return [fd = slots_[current_].fd, path = slots_[current_].path]() -> Status {
      if (::fdatasync(fd->get()) != 0) return io_error(path);
      const UniqueFd folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      return folder && ::fsync(folder.get()) == 0 ? Status() : io_error(folder_of(path));
    };
  }

  void synced() override { durable_ = current_; }

 private:
  struct Slot {
    std::string path;
    std::shared_ptr<const UniqueFd> fd = nullptr;  // shared with syncs that run
  };

  Status read_slot(const std::string& path, std::optional<PositionSlot>& out, std::string& damage) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 && errno == ENOENT) return {};
    const auto bytes = read_file(path, kLargestBytes);
    if (!bytes) return bytes.error();
    auto slot = decode_position_slot(*bytes);
    if (slot) {
      out = std::move(*slot);
      return {};
    }
    refused_ = slot.error().kind == ErrorKind::Rejected;
    if (refused_) return slot.error().within(path);
    damage += path + ": " + slot.error().message + "; ";
    return {};
  }

  Result<Loaded> nothing_found(Loaded nothing) {
    if (nothing.damage.empty()) return nothing;
    for (const Slot& slot : slots_)
      static_cast<void>(::rename(slot.path.c_str(), (slot.path + ".damaged").c_str()));
    return Error{ErrorKind::Input, nothing.damage + "moved aside"};
  }

  // Opened anew for each state: somebody may have removed the folder.
  static Status open_slot(Slot& slot) {
    constexpr int kFlags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
    UniqueFd fd(::open(slot.path.c_str(), kFlags, 0600));
    if (!fd && errno == ENOENT) {
      if (Status made = make_directories(folder_of(slot.path)); !made) return made;
      fd.reset(::open(slot.path.c_str(), kFlags, 0600));
    }
    if (!fd) return io_error(slot.path);
    slot.fd = std::make_shared<const UniqueFd>(std::move(fd));
    return {};
  }

  static constexpr std::uint64_t kLargestBytes = 1ULL << 30U;
  Slot slots_[2];
  bool refused_ = false;
  std::uint64_t generation_ = 0;
  int current_ = 0;           // the newer slot
  int durable_ = 0;           // the one that was synced last
  std::uint64_t frames_ = 0;  // of the current slot; 0: a state has to be written first
  std::uint64_t end_ = 0;
};

class NullStore final : public PositionStore {
 public:
  Result<Loaded> load() override { return Loaded{}; }
  Status write(const PositionsState& /*state*/) override { return {}; }
  Status append(std::string_view /*lines*/) override { return {}; }
  std::function<Status()> sync_work() override {
    return [] { return Status(); };
  }
  void synced() override {}
};

}  // namespace

std::unique_ptr<PositionStore> make_file_position_store(const std::string& path) {
  return std::make_unique<SlotStore>(path);
}
std::unique_ptr<PositionStore> make_null_position_store() { return std::make_unique<NullStore>(); }

}  // namespace agent::logs
