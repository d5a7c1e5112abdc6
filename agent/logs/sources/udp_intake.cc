#include "agent/logs/sources/udp_intake.h"

#include <utility>

namespace agent::logs {
namespace {

// Room for a second or so of a busy sender; the kernel gives what net.core.rmem_max allows.
constexpr std::size_t kKernelBufferBytes = 8U << 20U;
constexpr Duration kCountInterval = std::chrono::seconds(1);

}  // namespace

UdpIntake::UdpIntake(const SourceEnvironment& environment, std::string_view kind,
                     BatchOutlet& outlet, OnDatagram on_datagram)
    : env_(environment),
      kind_(kind),
      outlet_(outlet),
      on_datagram_(std::move(on_datagram)),
      lost_counter_(env_.scope.counter("udp_datagrams_lost_total",
                                       "Datagrams that the kernel had no room for.")) {}

Status UdpIntake::listen(const loop::HostPort& address) {
  auto bound = loop::UdpSocket::bind(env_.loop, address, kKernelBufferBytes,
                                     {[this](std::string_view bytes, const loop::HostPort& peer,
                                             bool /*whole*/) { receive(bytes, peer); },
                                      [this] { push(); }});
  if (!bound) return bound.error();
  socket_ = std::move(*bound);
  return {};
}

void UdpIntake::stop() {
  if (!socket_) return;
  count_lost();
  socket_.reset();
  if (outlet_.stalled()) return;
  for (const auto& each : held_)
    on_datagram_(each.bytes, each.peer);  // not asked twice
  held_.clear();
  push();
}

void UdpIntake::receive(std::string_view bytes, const loop::HostPort& peer) {
  if (held_.empty() && on_datagram_(bytes, peer)) return;
  held_.push_back({std::string(bytes), peer});
  if (socket_) socket_->pause_reading();
}

void UdpIntake::again() {
  if (outlet_.stalled()) return;  // comes again with room
  while (!held_.empty()) {
    if (!on_datagram_(held_.front().bytes, held_.front().peer)) break;
    held_.pop_front();
  }
  push();
  if (socket_ && held_.empty() && !outlet_.stalled()) socket_->resume_reading();
}

void UdpIntake::push() {
  if (socket_ && !count_timer_.armed())
    count_timer_ = env_.loop.after(kCountInterval, [this] { count_lost(); });
  if (outlet_.stalled() || outlet_.push([this] { again(); })) return;
  if (socket_) socket_->pause_reading();
}

void UdpIntake::count_lost() {
  count_timer_.stop();
  const auto now = static_cast<std::uint32_t>(socket_->lost());
  const std::uint32_t more = now - std::exchange(kernel_lost_, now);
  if (more == 0) return;
  lost_ += more;
  lost_counter_.add(more);
  env_.ledger.in(kind_).add(more);
  env_.ledger.dropped().add("queue_full", more);
  env_.log.limited(LogLevel::Error, "udp_lost " + env_.job,
                   "The kernel threw datagrams away: they came faster than they were handed on.",
                   {{"job", env_.job}, {"datagrams", std::to_string(more)}});
}

}  // namespace agent::logs
