#include "agent/base/rfc3339.h"

#include <array>
#include <ctime>

namespace agent {

std::string format_rfc3339(Timestamp time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t unix_seconds = seconds.time_since_epoch().count();
  std::tm utc{};
  gmtime_r(&unix_seconds, &utc);
  std::array<char, 32> text{};
  std::string out(text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc));
  const auto nanos = (time - seconds).count();
  if (nanos != 0) {
    std::string digits = std::to_string(1'000'000'000 + nanos);  // the 1 keeps leading zeros
    digits.erase(digits.find_last_not_of('0') + 1);
    out += '.' + digits.substr(1);
  }
  out += 'Z';
  return out;
}

}  // namespace agent
