#include "agent/logs/sources/gelf_chunks.h"

#include <iterator>

namespace agent::logs {
namespace {

// 1e 0f, an id of 8 bytes, the number of the chunk, how many there are.
constexpr std::size_t kIdAt = 2;
constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kNumberAt = 10;
constexpr std::size_t kCountAt = 11;
constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kMostChunks = 128;

std::size_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

}  // namespace

GelfChunks::Place GelfChunks::find_or_begin(std::string key, std::size_t count, SteadyTime now) {
  const auto known = by_key_.find(key);
  if (known != by_key_.end()) return known->second;
  if (waiting_.size() == kMostMessages) give_up_oldest();
  Message& begun = waiting_.emplace_back();
  begun.key = std::move(key);
  begun.since = now;
  begun.parts.resize(count);
  begun.seen.resize(count);
  begun.missing = count;
  const auto place = std::prev(waiting_.end());
  by_key_[begun.key] = place;
  return place;
}

GelfChunks::Added GelfChunks::add(std::string_view datagram, std::string_view sender,
                                  SteadyTime now, std::string& out) {
  expire(now);
  if (datagram.size() <= kHeaderBytes || !is_chunk(datagram)) return Added::Malformed;
  const std::size_t number = byte_at(datagram, kNumberAt);
  const std::size_t count = byte_at(datagram, kCountAt);
  if (count == 0 || count > kMostChunks || number >= count) return Added::Malformed;
  std::string key(datagram.substr(kIdAt, kIdBytes));
  key += sender;
  const auto place = find_or_begin(std::move(key), count, now);
  if (place->parts.size() != count) return Added::Malformed;
  if (place->seen[number]) return Added::Waits;
  const std::string_view part = datagram.substr(kHeaderBytes);
  place->parts[number] = part;
  place->seen[number] = true;
  place->bytes += part.size();
  bytes_ += part.size();
  if (--place->missing > 0) {
    while (bytes_ > kMostBytes)
      give_up_oldest();
    return Added::Waits;
  }
  out.clear();
  for (const auto& each : place->parts)
    out += each;
  forget(place);
  return Added::Complete;
}

void GelfChunks::forget(Place place) {
  bytes_ -= place->bytes;
  by_key_.erase(place->key);
  waiting_.erase(place);
}

void GelfChunks::give_up_oldest() {
  ++given_up_;
  forget(waiting_.begin());
}

void GelfChunks::expire(SteadyTime now) {
  while (!waiting_.empty() && now - waiting_.front().since >= kPatience)
    give_up_oldest();
}

std::optional<SteadyTime> GelfChunks::next_expiry() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front().since + kPatience;
}

}  // namespace agent::logs
