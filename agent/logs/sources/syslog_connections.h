#pragma once
// The TCP side of a syslog source.
#include <memory>
#include <string>
#include <unordered_map>

#include "agent/logs/source.h"
#include "agent/logs/sources/batch_outlet.h"
#include "agent/logs/sources/reverse_names.h"
#include "agent/logs/sources/syslog_config.h"
#include "agent/logs/sources/syslog_entries.h"
#include "agent/logs/sources/syslog_framer.h"
#include "agent/loop/tcp.h"
#include "agent/net/tls_server.h"

namespace agent::logs {

/// Accepts connections, cuts what they bring into messages, and hands on a batch behind each read.
/// While the sink has no room no connection is read: the senders wait. A bad message costs nobody
/// the connection; only one whose first byte tells no framing is closed, and so is one that is
/// silent for the idle time-out, or one too many. Loop thread.
class SyslogConnections {
 public:
  /// All outlive it. `names`: null where nobody looks at host names.
  SyslogConnections(const SyslogConfig& config, const SourceEnvironment& environment,
                    SyslogEntries& entries, BatchOutlet& outlet, ReverseNames* names);
  ~SyslogConnections();
  SyslogConnections(const SyslogConnections&) = delete;
  SyslogConnections& operator=(const SyslogConnections&) = delete;

  /// Errors: Config (an address in use, a certificate that cannot be read).
  Status listen();
  /// What waits for its end is a message now.
  void stop();
  bool listening() const { return listener_ != nullptr; }
  loop::HostPort local() const { return listener_ ? listener_->local() : loop::HostPort(); }
  std::uint64_t accepted() const { return accepted_; }

 private:
  struct Connection {
    explicit Connection(std::size_t max_message_bytes) : framer(max_message_bytes) {}
    std::unique_ptr<loop::ByteStream> stream;
    std::string address;
    SyslogFramer framer;
    SteadyTime last_data{};
  };
  void accept(std::unique_ptr<loop::TcpStream> stream);
  void begin(Connection& connection);
  void on_data(Connection& connection, std::string_view bytes);
  void on_end(Connection& connection);
  void forget(const Connection& connection);
  void push();
  void on_room();
  void look_for_silence();
  void look_for_idle();
  SyslogFramer::OnFrame taker_of(const Connection& connection);

  const SyslogConfig& config_;
  const SourceEnvironment& env_;
  SyslogEntries& entries_;
  BatchOutlet& outlet_;
  ReverseNames* names_;
  selfmon::Gauge& open_;
  selfmon::Counter& refused_;
  std::unique_ptr<net::TlsServer> tls_;
  std::unique_ptr<loop::TcpListener> listener_;
  std::unordered_map<const Connection*, std::shared_ptr<Connection>> connections_;
  loop::Timer silence_timer_;  // runs while a message waits for its end
  loop::Timer idle_timer_;     // runs while there are connections
  std::uint64_t accepted_ = 0;
};

}  // namespace agent::logs
