// DESIGN. A pipe or a terminal is read when the loop says that it can be, so one read() never
// waits, and the descriptor, which others share, keeps its mode. A file cannot be watched: it is
// read a piece a turn. While the sink is full nothing is read, and the writer of a pipe waits.
#include "agent/logs/sources/stdin_source.h"

#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "agent/logs/sources/batch_outlet.h"
#include "agent/logs/tail/line_assembler.h"
#include "agent/loop/poll.h"

namespace agent::logs {
namespace {

constexpr std::size_t kPieceBytes = 64UL * 1024;

bool can_be_watched(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

class StdinSource final : public Source {
 public:
  StdinSource(StdinConfig config, SourceEnvironment environment, model::Sink<model::LogBatch>& next)
      : config_(std::move(config)),
        env_(std::move(environment)),
        labels_(env_.labels.intern(config_.labels)),
        assembler_(
            {config_.line_limit_bytes, nullptr},
            {env_.scope.counter("lines_cut_total", "Lines longer than the reader's limit."),
             env_.scope.counter("cut_bytes_total", "Bytes of cut lines that were skipped.")}),
        outlet_(next, env_.loop, env_.ledger.in("stdin")) {}

  Status start() override {
    running_ = true;
    if (can_be_watched(config_.fd))
      poll_.emplace(env_.loop, config_.fd, [this](loop::Poll::Ready) { on_readable(); });
    go_on();
    return {};
  }
  void stop() override {
    running_ = false;
    poll_.reset();
    turn_.stop();
  }
  bool ready() const override { return running_; }
  bool stalled() const override { return outlet_.stalled(); }
  bool offer_again() override { return outlet_.offer_again(); }
  void add_status(model::PipelineStatus& out) const override {
    out.receivers.push_back({"stdin", 0, lines_, 0});
  }

 private:
  void go_on() {
    if (!running_) return;
    if (poll_) return poll_->watch({.readable = true});
    turn_ = env_.loop.after(Duration::zero(), [this] { on_readable(); });
  }

  void on_readable() {
    if (poll_) poll_->watch({});
    model::LogBatch& batch = outlet_.batch();
    char* const piece = batch.arena.allocate(kPieceBytes);
    const ssize_t got = ::read(config_.fd, piece, kPieceBytes);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
      batch.clear();
      return go_on();
    }
    if (got < 0)
      env_.log.error("Standard input cannot be read.",
                     {{"reason", std::system_category().message(errno)}});
    const auto on_line = [&](std::string_view line) { take_line(line, batch); };
    ended_ = got <= 0;
    if (ended_) {
      assembler_.finish(batch.arena, on_line);
    } else {
      assembler_.feed({piece, static_cast<std::size_t>(got)}, batch.arena, on_line);
    }
    if (outlet_.push([this] { on_taken(); })) on_taken();
  }

  void take_line(std::string_view line, model::LogBatch& batch) {
    while (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.empty()) return;
    ++lines_;
    batch.entries.push_back({env_.clock.wall_now(), line, labels_.get(), {}, 0});
  }

  void on_taken() {
    if (!ended_) return go_on();
    stop();
    running_ = true;  // it has done what it is there for
    if (env_.ended) env_.ended();
  }

  StdinConfig config_;
  SourceEnvironment env_;
  model::PinnedLabels labels_;
  LineAssembler assembler_;
  BatchOutlet outlet_;
  std::optional<loop::Poll> poll_;  // none: a file, or the end was reached
  loop::Timer turn_;
  std::uint64_t lines_ = 0;
  bool running_ = false;
  bool ended_ = false;
};

}  // namespace

SourceMaker make_stdin_maker(const StdinConfig& config) {
  return [config](const SourceEnvironment& environment,
                  model::Sink<model::LogBatch>& next) -> Result<std::unique_ptr<Source>> {
    return std::unique_ptr<Source>(std::make_unique<StdinSource>(config, environment, next));
  };
}

}  // namespace agent::logs
