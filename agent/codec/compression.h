#pragma once
// Snappy blocks, gzip and zstd. Decompression never makes more bytes than the caller allows.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace agent::codec {

/// Snappy block format (not framed), as remote write and Loki push ask for.
std::string snappy_compress(std::string_view bytes);
/// The same block out of pieces that lie anywhere, as if they stood one behind the other: batches
/// are compressed where they were gathered. Keeps its working memory between calls.
class SnappyCompressor {
 public:
  SnappyCompressor() = default;
  SnappyCompressor(const SnappyCompressor&) = delete;
  SnappyCompressor& operator=(const SnappyCompressor&) = delete;
  std::string compress(std::span<const std::string_view> pieces);
  /// Gives the working memory back to the system.
  void release() { scratch_.reset(), scratch_bytes_ = 0; }

 private:
  std::unique_ptr<char[]> scratch_;
  std::size_t scratch_bytes_ = 0;
};
/// Errors: Input (malformed), Overloaded (more than `limit_bytes`; nothing was allocated for it).
Result<std::string> snappy_uncompress(std::string_view bytes, std::uint64_t limit_bytes);

/// One gzip member at libdeflate `level` (1 fastest .. 12).
std::string gzip_compress(std::string_view bytes, int level = 1);
/// One or more gzip members, or a zlib stream. Errors: Input, Overloaded (stopped at
/// `limit_bytes`).
Result<std::string> gzip_uncompress(std::string_view bytes, std::uint64_t limit_bytes);

/// What HTTP calls deflate: a zlib stream, or the bare deflate data that some clients send. Errors:
/// Input, Overloaded.
Result<std::string> deflate_uncompress(std::string_view bytes, std::uint64_t limit_bytes);

std::string zstd_compress(std::string_view bytes, int level = 1);
/// Errors: Input, Overloaded; windows above 8 MiB are refused.
Result<std::string> zstd_uncompress(std::string_view bytes, std::uint64_t limit_bytes);

/// gunzip of a body that arrives in pieces (scrapes): hands out pieces as they come.
class GzipStream {
 public:
  /// Gets each piece; the view is good until it returns. False stops.
  using OnBytes = std::function<bool(std::string_view)>;
  enum class Format {
    Gzip,     ///< gzip members or a zlib stream, told apart by their header
    Deflate,  ///< bare deflate data
  };
  explicit GzipStream(Format format = Format::Gzip);
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;
  ~GzipStream();
  /// Stopping by `on_bytes` is no error. Errors: Input.
  Status feed(std::string_view bytes, const OnBytes& on_bytes);
  /// Call at the end of the body. Errors: Input when the stream is cut off.
  Status finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agent::codec
