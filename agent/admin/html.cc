#include "agent/admin/html.h"

#include <array>
#include <cstdio>

#include "agent/base/strings.h"

namespace agent::admin {

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : replace_invalid_utf8(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '\0':
        out += "\xef\xbf\xbd";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string format_count(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += "\u202f";
    out += digits[i];
  }
  return out;
}

std::string format_ago(Timestamp time, Timestamp now) {
  if (time == Timestamp{}) return "never";
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now - time).count();
  if (seconds < 1) return "just now";
  if (seconds < 120) return std::to_string(seconds) + " s ago";
  if (seconds < 7200) return std::to_string(seconds / 60) + " min ago";
  if (seconds < 172'800) return std::to_string(seconds / 3600) + " h ago";
  return std::to_string(seconds / 86400) + " d ago";
}

std::string format_seconds(Duration duration) {
  std::array<char, 48> text{};
  const double ms = std::chrono::duration<double, std::milli>(duration).count();
  const int size = ms < 1000 ? std::snprintf(text.data(), text.size(), "%.1f ms", ms)
                             : std::snprintf(text.data(), text.size(), "%.2f s", ms / 1000);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string format_labels(const model::LabelSet& labels) {
  std::string out = "<span class=\"labels\">";
  for (const auto& label : labels)
    out +=
        "<span class=\"label\"><b>" + escape(label.name) + "</b>" + escape(label.value) + "</span>";
  return out + "</span>";
}

}  // namespace agent::admin
