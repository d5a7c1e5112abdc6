#pragma once
// What the sources that read datagrams have in common.
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/logs/source.h"
#include "agent/logs/sources/batch_outlet.h"
#include "agent/loop/udp.h"

namespace agent::logs {

/// Reads datagrams of one address, hands on the outlet's batch behind each burst, and stops reading
/// while there is no room for it: the kernel keeps what its buffer holds. What it has to throw away
/// is counted in the ledger as taken and dropped (queue_full), and as udp_datagrams_lost_total.
class UdpIntake {
 public:
  /// False: not yet. The datagram and those behind it are kept (one burst at most), nothing more is
  /// read, and again() goes on with them.
  using OnDatagram = std::function<bool(std::string_view bytes, const loop::HostPort& peer)>;
  /// `kind` is the ledger's source. All outlive it.
  UdpIntake(const SourceEnvironment& environment, std::string_view kind, BatchOutlet& outlet,
            OnDatagram on_datagram);

  /// Errors: Config.
  Status listen(const loop::HostPort& address);
  void stop();
  void again();
  bool listening() const { return socket_ != nullptr; }
  loop::HostPort local() const { return socket_ ? socket_->local() : loop::HostPort(); }
  std::uint64_t lost() const { return lost_; }

 private:
  struct Held {
    std::string bytes;
    loop::HostPort peer;
  };
  void receive(std::string_view bytes, const loop::HostPort& peer);
  void push();
  void count_lost();

  const SourceEnvironment& env_;
  const std::string_view kind_;
  BatchOutlet& outlet_;
  OnDatagram on_datagram_;
  selfmon::Counter& lost_counter_;
  std::unique_ptr<loop::UdpSocket> socket_;
  loop::Timer count_timer_;  // runs behind datagrams only: a quiet socket never wakes
  std::uint64_t lost_ = 0;
  std::uint32_t kernel_lost_ = 0;  // the kernel's counter has 32 bits
  std::deque<Held> held_;
};

}  // namespace agent::logs
