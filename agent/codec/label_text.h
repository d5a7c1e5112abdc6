#pragma once
#include <string_view>

#include "agent/base/result.h"
#include "agent/model/label_set.h"

namespace agent::codec {

/// Most labels that one stream may name; far above what any backend takes.
inline constexpr std::size_t kMostStreamLabels = 256;

/// [a-zA-Z_][a-zA-Z0-9_]*
bool is_label_name(std::string_view name);

/// Reads the labels of a stream as a push request spells them: `{a="1", b="two"}`. Values stand in
/// double quotes with Go's escapes, in backticks or in single quotes; blanks, and a comma at the
/// end, may stand where PromQL allows them. Errors: Input, naming the column. Spec: logs.md 10.1.
Result<model::LabelSet> parse_label_text(std::string_view text);

}  // namespace agent::codec
