#include "agent/codec/compression.h"

#include <libdeflate.h>
#include <snappy-sinksource.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include "agent/base/check.h"

namespace agent::codec {
namespace {

constexpr std::size_t kStep = 64U << 10U;
constexpr std::size_t kMaxFeed = 1U << 30U;
constexpr int kMaxZstdWindowLog = 23;  // 8 MiB

Error malformed(const char* format) {
  return {ErrorKind::Input, std::string("malformed ") + format + " data"};
}
Error too_large(std::uint64_t limit) {
  return {ErrorKind::Overloaded,
          "more than " + std::to_string(limit) + " bytes after decompression"};
}

// Snappy reads 64 KiB at a time where they lie, and copies only those that cross two pieces.
class PieceSource final : public snappy::Source {
 public:
  explicit PieceSource(std::span<const std::string_view> pieces) : pieces_(pieces) {
    for (const auto piece : pieces)
      left_ += piece.size();
    skip_empty();
  }
  std::size_t Available() const override { return left_; }
  const char* Peek(std::size_t* size) override {
    const auto rest = pieces_.empty() ? std::string_view() : pieces_[0].substr(at_);
    *size = rest.size();
    return rest.data();
  }
  void Skip(std::size_t size) override {
    at_ += size;
    left_ -= size;
    skip_empty();
  }

 private:
  void skip_empty() {
    while (!pieces_.empty() && at_ >= pieces_[0].size()) {
      at_ -= pieces_[0].size();
      pieces_ = pieces_.subspan(1);
    }
  }
  std::span<const std::string_view> pieces_;
  std::size_t at_ = 0;  // in the first piece
  std::size_t left_ = 0;
};

Bytef* zlib_bytes(const char* bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes)); }

}  // namespace

std::string snappy_compress(std::string_view bytes) {
  std::string out;
  snappy::Compress(bytes.data(), bytes.size(), &out);
  out.shrink_to_fit();
  return out;
}

std::string SnappyCompressor::compress(std::span<const std::string_view> pieces) {
  PieceSource source(pieces);
  const std::size_t most = snappy::MaxCompressedLength(source.Available());
  if (scratch_bytes_ < most) {
    scratch_ = std::make_unique_for_overwrite<char[]>(most);
    scratch_bytes_ = most;
  }
  snappy::UncheckedByteArraySink sink(scratch_.get());
  return {scratch_.get(), snappy::Compress(&source, &sink)};
}

Result<std::string> snappy_uncompress(std::string_view bytes, std::uint64_t limit_bytes) {
  std::size_t length = 0;
  if (!snappy::GetUncompressedLength(bytes.data(), bytes.size(), &length))
    return malformed("snappy");
  if (length > limit_bytes) return too_large(limit_bytes);
  // No valid block expands more than about 21 times; a length beyond that is a lie and costs
  // nothing here.
  if (length / 64 > bytes.size()) return malformed("snappy");
  std::string out;
  if (!snappy::Uncompress(bytes.data(), bytes.size(), &out)) return malformed("snappy");
  return out;
}

std::string gzip_compress(std::string_view bytes, int level) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(level), &libdeflate_free_compressor);
  AGENT_CHECK(compressor != nullptr);
  std::string out(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()), '\0');
  out.resize(libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), out.data(),
                                      out.size()));
  AGENT_CHECK(!out.empty());
  out.shrink_to_fit();
  return out;
}

namespace {

Result<std::string> inflate_all(GzipStream::Format format, std::string_view bytes,
                                std::uint64_t limit_bytes) {
  std::string out;
  bool over = false;
  GzipStream stream(format);
  const Status fed = stream.feed(bytes, [&](std::string_view piece) {
    over = out.size() + piece.size() > limit_bytes;
    if (!over) out += piece;
    return !over;
  });
  if (over) return too_large(limit_bytes);
  if (!fed) return fed.error();
  if (const Status whole = stream.finish(); !whole) return whole.error();
  return out;
}

// RFC 1950: method 8, and the first two bytes are a multiple of 31.
bool is_zlib(std::string_view bytes) {
  if (bytes.size() < 2) return false;
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto second = static_cast<unsigned char>(bytes[1]);
  return (first & 0x0FU) == 8 && ((first << 8U) | second) % 31 == 0;
}

}  // namespace

Result<std::string> gzip_uncompress(std::string_view bytes, std::uint64_t limit_bytes) {
  return inflate_all(GzipStream::Format::Gzip, bytes, limit_bytes);
}

Result<std::string> deflate_uncompress(std::string_view bytes, std::uint64_t limit_bytes) {
  return inflate_all(is_zlib(bytes) ? GzipStream::Format::Gzip : GzipStream::Format::Deflate, bytes,
                     limit_bytes);
}

std::string zstd_compress(std::string_view bytes, int level) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level);
  AGENT_CHECK(ZSTD_isError(size) == 0);
  out.resize(size);
  out.shrink_to_fit();
  return out;
}

Result<std::string> zstd_uncompress(std::string_view bytes, std::uint64_t limit_bytes) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     &ZSTD_freeDCtx);
  AGENT_CHECK(context != nullptr);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxZstdWindowLog);
  std::string out;
  std::string piece(kStep, '\0');
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::size_t hint = 0;
  do {
    ZSTD_outBuffer to{piece.data(), piece.size(), 0};
    hint = ZSTD_decompressStream(context.get(), &to, &in);
    if (ZSTD_isError(hint) != 0) return malformed("zstd");
    if (out.size() + to.pos > limit_bytes) return too_large(limit_bytes);
    out.append(piece, 0, to.pos);
    if (to.pos == 0 && in.pos == in.size) break;
  } while (hint != 0 || in.pos < in.size);
  if (hint != 0) return malformed("zstd");
  return out;
}

struct GzipStream::State {
  z_stream stream{};
  bool ended = false;  // a member is complete
  bool begun = false;
};

GzipStream::GzipStream(Format format) : state_(std::make_unique<State>()) {
  // 32: gzip or zlib by the header; negative: no header.
  const int window = format == Format::Gzip ? MAX_WBITS + 32 : -MAX_WBITS;
  AGENT_CHECK(inflateInit2(&state_->stream, window) == Z_OK);
}
GzipStream::~GzipStream() { inflateEnd(&state_->stream); }

Status GzipStream::feed(std::string_view bytes, const OnBytes& on_bytes) {
  // zlib counts in 32 bits.
  for (; bytes.size() > kMaxFeed; bytes.remove_prefix(kMaxFeed)) {
    bool stopped = false;
    Status fed = feed(bytes.substr(0, kMaxFeed), [&](std::string_view piece) {
      stopped = !on_bytes(piece);
      return !stopped;
    });
    if (!fed || stopped) return fed;
  }
  char out[kStep];
  z_stream& stream = state_->stream;
  stream.next_in = zlib_bytes(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  state_->begun = state_->begun || !bytes.empty();
  for (bool more = stream.avail_in > 0; more;) {
    if (state_->ended) {
      // Another member follows (gzip allows any number).
      inflateReset(&stream);
      state_->ended = false;
    }
    stream.next_out = zlib_bytes(out);
    stream.avail_out = sizeof out;
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return malformed("gzip");
    const std::size_t made = sizeof out - stream.avail_out;
    if (made > 0 && !on_bytes({out, made})) return {};
    state_->ended = result == Z_STREAM_END;
    more = stream.avail_in > 0 || (stream.avail_out == 0 && !state_->ended);
  }
  return {};
}

Status GzipStream::finish() const {
  if (!state_->begun || !state_->ended) return Error{ErrorKind::Input, "gzip data is cut off"};
  return {};
}

}  // namespace agent::codec
