#pragma once
// Fields of Windows event messages as extracted values; what eventlogmessage and windowsevent have
// in common.
#include <string>
#include <string_view>

#include "agent/logs/stages/options.h"

namespace agent::logs {

/// The options that both stages have.
struct EventOptions {
  std::string source;
  bool drop_invalid_labels = false;
  bool overwrite_existing = false;
};

/// Reads all keys of the stage. Problems go into the reader's report.
EventOptions read_event_options(config::Reader& in);

/// Stores fields under names that can become labels. Spec: logs.md 5 (eventlogmessage).
class EventFields {
 public:
  explicit EventFields(EventOptions options) : options_(std::move(options)) {}
  const std::string& source() const { return options_.source; }
  /// Sets `key` to `value`, both copied into `arena`. A key that is no label name is made one, or
  /// skipped with drop_invalid_labels; one that is there already gets `_extracted` behind it unless
  /// overwrite_existing. A value that is no UTF-8 is skipped. False: skipped.
  bool set(Extracted& into, std::string_view key, std::string_view value, model::Arena& arena);

 private:
  EventOptions options_;
  std::string name_;  // scratch
};

}  // namespace agent::logs
