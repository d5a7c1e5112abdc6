#include "agent/loop/fs_watch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/inotify.h>
#include <unistd.h>

#include "agent/base/unique_fd.h"
#include "agent/loop/poll.h"

namespace agent::loop {
namespace {

constexpr std::uint32_t kEvents = IN_CREATE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
// Events of one turn: some hundred of them; the rest waits in the kernel for the next.
constexpr std::size_t kReadBytes = 16UL * 1024;

// After a look at the events, how long the next ones gather in the kernel. A busy log changes
// hundreds of times a second, and each look costs its reader several system calls.
constexpr Duration kRest = std::chrono::milliseconds(100);

/// One change, ready to be told.
struct Change {
  int kernel_watch = -1;  // -1: every directory
  std::string_view name;
  bool gone = false;
  bool operator==(const Change&) const = default;
};

// What `bytes` holds, each change once: a log that is written all the time sends the same again and
// again.
std::vector<Change> parse_events(std::string_view bytes) {
  std::vector<Change> changes;
  while (bytes.size() >= sizeof(inotify_event)) {
    inotify_event event{};
    std::memcpy(&event, bytes.data(), sizeof event);
    Change change{event.wd, {}, (event.mask & (IN_IGNORED | IN_MOVE_SELF)) != 0};
    // The name is padded with zeros to event.len.
    if (event.len > 0) change.name = bytes.data() + sizeof event;
    if ((event.mask & IN_Q_OVERFLOW) != 0) change.kernel_watch = -1;
    if (std::find(changes.begin(), changes.end(), change) == changes.end())
      changes.push_back(change);
    bytes.remove_prefix(std::min(bytes.size(), sizeof event + event.len));
  }
  return changes;
}

}  // namespace

struct FsWatch::State : std::enable_shared_from_this<State> {
  struct Entry {
    int kernel_watch = -1;
    std::shared_ptr<OnChange> on_change;  // shared with a running call, which may end the watch
  };

  State(EventLoop& events, int descriptor) : loop(events), fd(descriptor) {}

  EventLoop& loop;
  UniqueFd fd;
  std::unique_ptr<Poll> poll;  // before the descriptor closes
  std::map<std::uint64_t, Entry> entries;
  std::uint64_t next_id = 1;
  bool stopped = false;
  Timer rest;

  void on_readable();
  void tell(const Change& change);
  void remove(std::uint64_t id);
};

void FsWatch::State::on_readable() {
  const auto alive = shared_from_this();
  alignas(inotify_event) std::array<char, kReadBytes> buffer;  // NOLINT: filled by read()
  const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
  if (count <= 0) return;                                     // EAGAIN: nothing after all
  if (static_cast<std::size_t>(count) < buffer.size() / 2) {  // else more of them wait already
    poll->watch({});
    rest = loop.after(kRest, [this] { poll->watch({true, false}); });
  }
  for (const auto& change : parse_events({buffer.data(), static_cast<std::size_t>(count)}))
    tell(change);
}

void FsWatch::State::tell(const Change& change) {
  std::vector<std::uint64_t> concerned;
  for (auto& [id, entry] : entries) {
    if (entry.kernel_watch < 0) continue;
    if (change.kernel_watch >= 0 && entry.kernel_watch != change.kernel_watch) continue;
    concerned.push_back(id);
  }
  if (change.gone && !concerned.empty()) {
    // A directory that was moved away is watched by the kernel still; its path is another's now.
    inotify_rm_watch(fd.get(), change.kernel_watch);
    for (const auto id : concerned)
      entries[id].kernel_watch = -1;
  }
  for (const auto id : concerned) {
    const auto found = entries.find(id);  // an earlier callback may have ended it
    if (stopped || found == entries.end()) continue;
    const auto on_change = found->second.on_change;
    (*on_change)(change.gone ? std::string_view() : change.name);
  }
}

void FsWatch::State::remove(std::uint64_t id) {
  const auto found = entries.find(id);
  if (found == entries.end()) return;
  const int kernel_watch = found->second.kernel_watch;
  entries.erase(found);
  const bool shared = std::any_of(entries.begin(), entries.end(), [&](const auto& other) {
    return other.second.kernel_watch == kernel_watch;
  });
  if (kernel_watch >= 0 && !shared) inotify_rm_watch(fd.get(), kernel_watch);
}

FsWatch::Watch& FsWatch::Watch::operator=(Watch&& other) noexcept {
  if (this != &other) {
    stop();
    state_ = std::exchange(other.state_, {});
    id_ = other.id_;
  }
  return *this;
}

void FsWatch::Watch::stop() {
  if (const auto state = std::exchange(state_, {}).lock()) state->remove(id_);
}

bool FsWatch::Watch::active() const {
  const auto state = state_.lock();
  if (!state || state->stopped) return false;
  const auto found = state->entries.find(id_);
  return found != state->entries.end() && found->second.kernel_watch >= 0;
}

Result<std::unique_ptr<FsWatch>> FsWatch::open(EventLoop& loop) {
  const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return Error{ErrorKind::Io, "inotify: " + std::generic_category().message(errno)};
  auto state = std::make_shared<State>(loop, fd);
  state->poll =
      std::make_unique<Poll>(loop, fd, [raw = state.get()](Poll::Ready) { raw->on_readable(); });
  state->poll->watch({true, false});
  return std::unique_ptr<FsWatch>(new FsWatch(std::move(state)));
}

FsWatch::~FsWatch() {
  state_->stopped = true;
  state_->rest.stop();
  state_->entries.clear();
  state_->poll.reset();
}

FsWatch::Watch FsWatch::watch_directory(const std::string& path, OnChange on_change) {
  const std::uint64_t id = state_->next_id++;
  // Adding a directory again gives its descriptor again.
  const int kernel_watch = inotify_add_watch(state_->fd.get(), path.c_str(), kEvents);
  if (kernel_watch < 0) return {};
  state_->entries[id] = {kernel_watch, std::make_shared<OnChange>(std::move(on_change))};
  return {state_, id};
}

}  // namespace agent::loop
