#include "agent/logs/tail/lost_bytes.h"

#include "agent/base/strings.h"

namespace agent::logs {
namespace {

model::LabelSet place_of(const std::string& path, const model::LabelSet& labels) {
  model::LabelSet out;
  for (const char* name : {"namespace", "pod", "container"})
    if (labels.has(name)) out.set(name, labels.get(name));
  if (!out.has("pod")) out.set("path", replace_invalid_utf8(path));
  return out;
}

}  // namespace

void LostBytes::count(std::string_view reason, const std::string& path,
                      const model::LabelSet& labels, std::uint64_t bytes) {
  if (bytes == 0) return;
  model::LabelSet place = place_of(path, labels);
  if (!places_.contains(place)) {
    if (places_.size() < kMostPlaces) {
      places_.insert(place);
    } else {
      place = {{"path", "other"}};
    }
  }
  place.set("reason", reason);
  scope_.counter("lost_bytes_total", place, "Bytes of files that went away before they were read.")
      .add(bytes);
  log_.limited(LogLevel::Error, "lost bytes " + path, "Bytes of a file were lost unread.",
               {{"file", path}, {"reason", std::string(reason)}, {"bytes", std::to_string(bytes)}});
}

}  // namespace agent::logs
