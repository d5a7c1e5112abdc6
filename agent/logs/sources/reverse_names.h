#pragma once
// Names of the peers that send to us, by reverse DNS.
//
// DESIGN. Look-ups block, so they run one at a time on libuv's pool, where fdatasync has to find a
// thread too. Answers, also "none", are kept for a while; so are at most a few thousand addresses.
// Whoever asks is answered when the name is known, or after 200 ms without it: a slow resolver
// costs the first message of a peer that much and no message more. Once it was slow, nobody waits
// for it for a minute, and names appear when they are there.
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/base/clock.h"
#include "agent/loop/event_loop.h"
#include "agent/loop/offload.h"

namespace agent::logs {

/// Loop thread.
class ReverseNames {
 public:
  /// The names of an address joined by commas, "" for none; blocks, runs on any thread.
  using LookUp = std::function<std::string(const std::string& address)>;
  explicit ReverseNames(loop::EventLoop& loop, LookUp look_up = &look_up_address);
  ReverseNames(const ReverseNames&) = delete;
  ReverseNames& operator=(const ReverseNames&) = delete;

  /// The names of `address` as far as they are known; "" else. Begins a look-up where one is due.
  std::string_view get(const std::string& address);
  /// True when `ready` will be called, once: the answer has come, or is not waited for any longer.
  /// False: get() has all there is to have.
  bool wait_for(const std::string& address, loop::Callback ready);

  /// As Go's resolver has them: a name with dots ends in one. Spec: logs.md 2.4.
  static std::string look_up_address(const std::string& address);

 private:
  struct Known {
    std::string address;
    std::string names;
    SteadyTime good_until{};
    bool answered = false;
    bool asked = false;  // waits or runs
  };
  struct Waiting {
    std::string address;
    SteadyTime until{};
    loop::Callback ready;
  };
  Known& entry(const std::string& address);
  void begin_next();
  void on_answer(const std::string& address, std::string names);
  void release(const std::string* address);
  void arm();

  loop::EventLoop& loop_;
  LookUp look_up_;
  std::list<Known> recent_;  // the one used last in front
  std::unordered_map<std::string, std::list<Known>::iterator> by_address_;
  std::deque<std::string> queue_;
  std::vector<Waiting> waiting_;
  loop::Offload running_;
  loop::Timer patience_;
  SteadyTime impatient_until_{};
};

}  // namespace agent::logs
