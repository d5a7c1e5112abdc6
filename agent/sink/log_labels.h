#pragma once
#include <string_view>

#include "agent/base/result.h"
#include "agent/model/label_set.h"

namespace agent::sink {

/// Stream labels as Loki writes them: `{a="1", b="two"}`, values as Go's %q. Refused, as Loki
/// refuses: no label at all, a name given twice, text behind the brace. Errors: Input. Spec:
/// logs.md 10.1.
Result<model::LabelSet> parse_stream_labels(std::string_view text);

}  // namespace agent::sink
