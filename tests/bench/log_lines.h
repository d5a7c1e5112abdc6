#pragma once
// Input of the log benchmarks: container log lines as a node writes them.
#include <cstdint>
#include <string>

namespace agent::bench {

/// What the CRI content of a line is.
enum class Content {
  Json,   ///< seven fields; status is 200 in six of ten lines
  Nginx,  ///< the combined format with a referer and an agent, made of the same requests
};

/// About `bytes` bytes of CRI lines of some 300 bytes each, the same for the same arguments. Every
/// line ends in a newline. `lines` gets their number, `kept` that of lines whose status is not 200.
std::string make_log_lines(std::size_t bytes, Content content, std::uint64_t& lines,
                           std::uint64_t& kept);

}  // namespace agent::bench
