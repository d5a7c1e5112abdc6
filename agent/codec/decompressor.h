#pragma once
// Decompression of files, in steps: some bytes in, some bytes out, nothing held in between but the
// window of the format.
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "agent/base/result.h"

namespace agent::codec {

enum class Compression { Gzip, Zlib, Bzip2, Zstd };

/// Told by the first bytes of a file (four are enough); nullopt: none of these.
std::optional<Compression> compression_of(std::string_view first_bytes);

/// Undoes one compression. Any number of members (gzip), streams or frames may follow each other.
class Decompressor {
 public:
  Decompressor() = default;
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  virtual ~Decompressor() = default;

  struct Step {
    std::size_t taken = 0;  ///< of the input
    std::size_t made = 0;   ///< of the output; good also where an error follows with the next step
  };
  /// Takes from `in` and fills `out` until one of them is used up; a step that does neither wants
  /// more input. Zeros behind a member are padding. Errors: Input (malformed, or a zstd window
  /// above 8 MiB); no step follows.
  virtual Result<Step> step(std::string_view in, std::span<char> out) = 0;
  /// True where the data may end: at least one member, and the last one is complete.
  virtual bool complete() const = 0;
};

std::unique_ptr<Decompressor> make_decompressor(Compression format);

}  // namespace agent::codec
