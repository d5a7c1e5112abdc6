#pragma once
// The page for people: one HTML document from one snapshot. Pure.
#include <string>

#include "agent/admin/status_source.h"
#include "agent/base/clock.h"

namespace agent::admin {

enum class View { Overview, Targets };

/// `host` is the machine's name. At most some hundred rows a table; a note says what was left out
/// and where all of it is.
std::string render_page(const Snapshot& snapshot, View view, const std::string& host, Timestamp now,
                        Timestamp started);

}  // namespace agent::admin
