#include "agent/logs/sources/reverse_names.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <arpa/inet.h>
#include <netdb.h>

#include "agent/base/strings.h"

namespace agent::logs {
namespace {

constexpr std::size_t kMostKnown = 4096;
constexpr std::size_t kMostQueued = 256;
constexpr Duration kGood = std::chrono::minutes(10);
constexpr Duration kPatience = std::chrono::milliseconds(200);
constexpr Duration kImpatience = std::chrono::minutes(1);
constexpr std::size_t kAnswerBytes = 16UL * 1024;

}  // namespace

ReverseNames::ReverseNames(loop::EventLoop& loop, LookUp look_up)
    : loop_(loop), look_up_(std::move(look_up)) {}

std::string ReverseNames::look_up_address(const std::string& address) {
  std::array<unsigned char, sizeof(in6_addr)> number{};
  int family = AF_INET;
  socklen_t size = sizeof(in_addr);
  if (::inet_pton(AF_INET, address.c_str(), number.data()) != 1) {
    family = AF_INET6;
    size = sizeof(in6_addr);
    if (::inet_pton(AF_INET6, address.c_str(), number.data()) != 1) return {};
  }
  std::vector<char> room(kAnswerBytes);
  hostent answer{};
  hostent* found = nullptr;
  int error = 0;
  if (::gethostbyaddr_r(number.data(), size, family, &answer, room.data(), room.size(), &found,
                        &error) != 0 ||
      found == nullptr)
    return {};
  std::vector<std::string> names;
  const auto add = [&](const char* name) {
    std::string text(name);
    if (text.find('.') != std::string::npos && text.back() != '.') text += '.';
    if (std::find(names.begin(), names.end(), text) == names.end())
      names.push_back(std::move(text));
  };
  add(found->h_name);
  for (char** alias = found->h_aliases; alias != nullptr && *alias != nullptr; ++alias)
    add(*alias);
  return join(names, ",");
}

ReverseNames::Known& ReverseNames::entry(const std::string& address) {
  const auto at = by_address_.find(address);
  if (at != by_address_.end()) {
    recent_.splice(recent_.begin(), recent_, at->second);
    return recent_.front();
  }
  recent_.emplace_front().address = address;
  by_address_[address] = recent_.begin();
  if (recent_.size() > kMostKnown) {
    by_address_.erase(recent_.back().address);
    recent_.pop_back();
  }
  return recent_.front();
}

std::string_view ReverseNames::get(const std::string& address) {
  Known& known = entry(address);
  const bool due = !known.answered || loop_.now() >= known.good_until;
  if (due && !known.asked && queue_.size() < kMostQueued) {
    known.asked = true;
    queue_.push_back(address);
    begin_next();
  }
  return known.names;
}

bool ReverseNames::wait_for(const std::string& address, loop::Callback ready) {
  get(address);
  const Known& known = entry(address);
  if (known.answered || !known.asked || loop_.now() < impatient_until_) return false;
  waiting_.push_back({address, loop_.now() + kPatience, std::move(ready)});
  arm();
  return true;
}

void ReverseNames::begin_next() {
  if (running_.running() || queue_.empty()) return;
  auto address = std::make_shared<const std::string>(std::move(queue_.front()));
  queue_.pop_front();
  auto names = std::make_shared<std::string>();
  running_ = loop::Offload(
      loop_, [address, names, look_up = look_up_] { *names = look_up(*address); },
      [this, address, names] { on_answer(*address, std::move(*names)); });
}

void ReverseNames::on_answer(const std::string& address, std::string names) {
  const auto at = by_address_.find(address);
  if (at != by_address_.end()) {
    Known& known = *at->second;
    known.names = std::move(names);
    known.answered = true;
    known.asked = false;
    known.good_until = loop_.now() + kGood;
  }
  begin_next();
  release(&address);
}

// Calls those who wait for `address`; null: those who have waited long enough.
void ReverseNames::release(const std::string* address) {
  std::vector<Waiting> ready;
  const auto is_ready = [&](const Waiting& each) {
    return address != nullptr ? each.address == *address : each.until <= loop_.now();
  };
  const auto first = std::stable_partition(waiting_.begin(), waiting_.end(),
                                           [&](const auto& w) { return !is_ready(w); });
  std::move(first, waiting_.end(), std::back_inserter(ready));
  waiting_.erase(first, waiting_.end());
  arm();
  for (const auto& each : ready)
    each.ready();
}

void ReverseNames::arm() {
  if (waiting_.empty()) return patience_.stop();
  const Duration left = std::max<Duration>(waiting_.front().until - loop_.now(), {});
  patience_ = loop_.after(left, [this] {
    impatient_until_ = loop_.now() + kImpatience;
    release(nullptr);
  });
}

}  // namespace agent::logs
