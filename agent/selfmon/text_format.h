#pragma once
// Pieces of Prometheus' text format 0.0.4.
#include <string>
#include <string_view>

#include "agent/model/label_set.h"

namespace agent::selfmon {

/// Shortest text that reads back as the same number; "NaN", "+Inf", "-Inf".
std::string number_text(double value);
/// `{a="1",b="2"}`; "" without labels. One more label at the end where `extra_name` is given.
std::string label_text(const model::LabelSet& labels, std::string_view extra_name = {},
                       std::string_view extra_value = {});
/// The lines `# HELP` (where there is a help) and `# TYPE`.
std::string family_head(std::string_view name, std::string_view help, std::string_view type);

}  // namespace agent::selfmon
