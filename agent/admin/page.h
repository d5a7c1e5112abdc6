#pragma once
// The page for people: one HTML document from one snapshot. Pure.
#include <string>

#include "agent/admin/status_source.h"
#include "agent/base/clock.h"

namespace agent::admin {

enum class View { Overview, Targets, LogTargets, Discovery, Config };

/// What stands around every view.
struct Frame {
  std::string host;  ///< the machine's name
  Timestamp now{};
  Timestamp started{};
  std::string base{};  ///< what links start with
};

/// At most some hundred rows a table; a note says what was left out and where all of it is.
std::string render_page(const Snapshot& snapshot, View view, const Frame& frame);

}  // namespace agent::admin
