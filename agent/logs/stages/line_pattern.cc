#include "agent/logs/stages/line_pattern.h"

#include <algorithm>

#include "agent/logs/stages/options.h"

namespace agent::logs {
namespace {

// The name in `<name>` at the start of `text`; "" where there is no capture but literal text.
std::string_view capture_at(std::string_view text) {
  if (!text.starts_with('<')) return {};
  const std::size_t end = text.find('>');
  if (end == std::string_view::npos) return {};
  const std::string_view name = text.substr(1, end - 1);
  return is_label_name(name) ? name : std::string_view();
}

Error fail(std::size_t at, const std::string& what) {
  return {ErrorKind::Config, "pattern, column " + std::to_string(at + 1) + ": " + what};
}

}  // namespace

Result<LinePattern> LinePattern::parse(std::string_view text) {
  LinePattern out;
  bool behind_capture = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view name = capture_at(text.substr(at));
    if (name.empty()) {
      (out.captures_.empty() ? out.start_ : out.captures_.back().until) += text[at++];
      behind_capture = false;
      continue;
    }
    if (behind_capture) return fail(at, "two captures need a text between them");
    if (std::find(out.names_.begin(), out.names_.end(), name) != out.names_.end())
      return fail(at, "<" + std::string(name) + "> is there twice");
    const bool is_named = name != "_";
    if (is_named) out.names_.emplace_back(name);
    out.captures_.push_back({is_named, {}});
    at += name.size() + 2;
    behind_capture = true;
  }
  if (out.names_.empty())
    return Error{ErrorKind::Config, "a pattern needs a capture with a name, such as <user>"};
  return out;
}

bool LinePattern::match(std::string_view line, std::vector<std::string_view>& out) const {
  out.clear();
  if (line.empty() || !line.starts_with(start_)) return false;
  line.remove_prefix(start_.size());
  for (const Capture& capture : captures_) {
    const std::size_t end =
        capture.until.empty() ? std::string_view::npos : line.find(capture.until);
    if (capture.is_named) out.push_back(line.substr(0, end));
    if (end == std::string_view::npos) break;
    line.remove_prefix(end + capture.until.size());
  }
  return true;
}

}  // namespace agent::logs
