#include "agent/logs/tail/position_slot.h"

#include <limits>
#include <optional>

#include "agent/base/check.h"
#include "agent/base/crc32c.h"

namespace agent::logs {
namespace {

constexpr std::string_view kMagic = "dunlinps";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeadBytes = 24;
constexpr std::size_t kFrameHeadBytes = 8;

template <typename T>
std::string little_endian(T value) {
  std::string out;
  for (std::size_t i = 0; i < sizeof value; ++i)
    out += static_cast<char>(value >> (8 * i) & 0xFFU);
  return out;
}

template <typename T>
T read_little_endian(std::string_view bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value |= static_cast<T>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return value;
}

std::uint32_t frame_checksum(std::uint64_t generation, std::uint64_t number,
                             std::string_view lines) {
  return crc32c(lines, crc32c(little_endian(generation) + little_endian(number) +
                              little_endian<std::uint64_t>(lines.size())));
}

// The lines of the frame at the start of `bytes`; none where it does not hold.
std::optional<std::string_view> read_frame(std::string_view bytes, std::uint64_t generation,
                                           std::uint64_t number) {
  if (bytes.size() < kFrameHeadBytes) return std::nullopt;
  const auto length = read_little_endian<std::uint32_t>(bytes);
  if (length > bytes.size() - kFrameHeadBytes) return std::nullopt;
  const std::string_view lines = bytes.substr(kFrameHeadBytes, length);
  if (read_little_endian<std::uint32_t>(bytes.substr(4)) !=
      frame_checksum(generation, number, lines))
    return std::nullopt;
  return lines;
}

}  // namespace

std::string encode_position_frame(std::uint64_t generation, std::uint64_t number,
                                  std::string_view lines) {
  AGENT_CHECK(lines.size() <= std::numeric_limits<std::uint32_t>::max());
  return little_endian(static_cast<std::uint32_t>(lines.size())) +
         little_endian(frame_checksum(generation, number, lines)) + std::string(lines);
}

std::string encode_position_slot(std::uint64_t generation, std::string_view lines) {
  std::string head = std::string(kMagic) + little_endian(kVersion);
  const std::string number = little_endian(generation);
  return head + little_endian(crc32c(number, crc32c(head))) + number +
         encode_position_frame(generation, 0, lines);
}

Result<PositionSlot> decode_position_slot(std::string_view bytes) {
  if (bytes.size() < kHeadBytes || !bytes.starts_with(kMagic))
    return Error{ErrorKind::Input, "no positions are in it"};
  const auto version = read_little_endian<std::uint32_t>(bytes.substr(8));
  const auto checksum = read_little_endian<std::uint32_t>(bytes.substr(12));
  if (crc32c(bytes.substr(16, 8), crc32c(bytes.substr(0, 12))) != checksum)
    return Error{ErrorKind::Input, "the checksum of its head does not hold"};
  if (version > kVersion)
    return Error{ErrorKind::Rejected, "it was written by a newer version of this program"};
  PositionSlot out;
  out.generation = read_little_endian<std::uint64_t>(bytes.substr(16));
  bytes.remove_prefix(kHeadBytes);
  while (const auto lines = read_frame(bytes, out.generation, out.frames)) {
    if (!apply_positions_lines(*lines, out.state)) break;
    bytes.remove_prefix(kFrameHeadBytes + lines->size());
    ++out.frames;
  }
  if (out.frames == 0) return Error{ErrorKind::Input, "the checksum of its state does not hold"};
  out.unused_bytes = bytes.size();
  return out;
}

}  // namespace agent::logs
