#include "agent/app/signals.h"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <sys/signalfd.h>

namespace agent::app {
namespace {

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT})
    sigaddset(&set, signal);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = handled_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
}

Result<std::unique_ptr<Signals>> Signals::watch(loop::EventLoop& loop, OnSignal on_signal) {
  block_signals();
  const sigset_t set = handled_signals();
  UniqueFd fd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd) return Error{ErrorKind::Io, "signalfd: " + std::generic_category().message(errno)};
  return std::unique_ptr<Signals>(new Signals(loop, std::move(fd), std::move(on_signal)));
}

Signals::Signals(loop::EventLoop& loop, UniqueFd fd, OnSignal on_signal)
    : fd_(std::move(fd)),
      on_signal_(std::move(on_signal)),
      poll_(loop, fd_.get(), [this](loop::Poll::Ready) { on_readable(); }) {
  poll_.watch({.readable = true});
}

void Signals::on_readable() {
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
    on_signal_(static_cast<int>(info.ssi_signo));
}

}  // namespace agent::app
