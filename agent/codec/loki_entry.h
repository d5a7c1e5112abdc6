#pragma once
// One Entry of Loki's push request, read back. Spec: logs.md 10.1.
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/model/log_batch.h"

namespace agent::codec {

/// The views are good as long as the bytes that were read. Times that a Timestamp does not hold
/// become the nearest that it does.
struct LokiEntryView {
  Timestamp timestamp{};
  std::string_view line;
  std::vector<model::LabelView> metadata;
};
/// Reads what append_loki_entry() wrote, as walk_loki_push() gives it. Errors: Input.
Result<LokiEntryView> read_loki_entry(std::string_view entry);

}  // namespace agent::codec
