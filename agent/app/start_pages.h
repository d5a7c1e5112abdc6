#pragma once
#include <cstddef>

namespace agent::app {

/// Gives back the file pages that starting has touched and running does not need: code and
/// constants of the program and its libraries. Those in use come back from the page cache at the
/// price of a minor fault. A third to a half of the memory of an idle agent is such pages. Call it
/// once, after the first configuration is applied. Returns the bytes of the segments it went over.
std::size_t drop_start_pages();

}  // namespace agent::app
