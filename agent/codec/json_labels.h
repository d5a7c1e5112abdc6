#pragma once
#include <string_view>

#include "agent/base/result.h"
#include "agent/model/label_set.h"

namespace agent::codec {

/// Reads one JSON object whose values are texts, such as {"job": "shop"}. Errors: Input.
Result<model::LabelSet> parse_json_labels(std::string_view text);

/// Writes `labels` as a JSON object, names in their order.
std::string json_labels(const model::LabelSet& labels);

}  // namespace agent::codec
