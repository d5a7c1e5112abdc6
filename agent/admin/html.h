#pragma once
// Building blocks of the pages. Everything that is not ours (log text, labels, errors, URLs) goes
// through escape().
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/model/label_set.h"

namespace agent::admin {

/// `text` as the content of an element or a quoted attribute; bytes that are no UTF-8 become
/// U+FFFD.
std::string escape(std::string_view text);
/// 1234567 -> "1 234 567" with narrow no-break spaces.
std::string format_count(std::uint64_t number);
/// "3 s ago", "5 min ago", "never" for the epoch.
std::string format_ago(Timestamp time, Timestamp now);
/// "12.3 ms", "1.2 s".
std::string format_seconds(Duration duration);
/// Each label as a small box.
std::string format_labels(const model::LabelSet& labels);

}  // namespace agent::admin
