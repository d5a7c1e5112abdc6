#pragma once
// Puts GELF messages together that were sent in several datagrams.
#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/strings.h"

namespace agent::logs {

/// Holds incomplete messages for 5 s, at most 1,024 of them and 16 MiB; past that the oldest ones
/// are given up. Pure: the time comes with each call. Spec: GELF, "Chunking"; logs.md 2.6.
class GelfChunks {
 public:
  static constexpr Duration kPatience = std::chrono::seconds(5);
  static constexpr std::size_t kMostMessages = 1024;
  static constexpr std::size_t kMostBytes = 16UL << 20U;

  enum class Added { Waits, Complete, Malformed };
  static bool is_chunk(std::string_view datagram) { return datagram.starts_with("\x1e\x0f"); }
  /// Adds one chunk of `sender` (senders may choose the same ids). Complete: `out` is the message.
  /// A chunk that was there already is no fault.
  Added add(std::string_view datagram, std::string_view sender, SteadyTime now, std::string& out);
  /// Gives up what has waited too long.
  void expire(SteadyTime now);
  /// When the next message is given up; nullopt while none waits.
  std::optional<SteadyTime> next_expiry() const;
  /// Messages given up so far.
  std::uint64_t given_up() const { return given_up_; }

 private:
  struct Message {
    std::string key;  // id and sender
    SteadyTime since{};
    std::vector<std::string> parts;
    std::vector<bool> seen;
    std::size_t missing = 0;
    std::size_t bytes = 0;
  };
  using Place = std::list<Message>::iterator;
  Place find_or_begin(std::string key, std::size_t count, SteadyTime now);
  void forget(Place place);
  void give_up_oldest();

  std::list<Message> waiting_;  // the oldest in front
  std::unordered_map<std::string, Place, StringHash, std::equal_to<>> by_key_;
  std::size_t bytes_ = 0;
  std::uint64_t given_up_ = 0;
};

}  // namespace agent::logs
