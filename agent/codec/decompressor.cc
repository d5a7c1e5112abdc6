#include "agent/codec/decompressor.h"

#include <algorithm>
#include <string>
#include <utility>

#include <bzlib.h>
#include <zlib.h>
#include <zstd.h>

#include "agent/base/check.h"

namespace agent::codec {
namespace {

constexpr int kMaxZstdWindowLog = 23;  // 8 MiB
// zlib and bzip2 count in 32 bits.
constexpr std::size_t kMostAtOnce = 1U << 30U;

Error malformed(const char* format) {
  return {ErrorKind::Input, std::string("malformed ") + format + " data"};
}

std::size_t leading_zeros(std::string_view in) {
  return std::min(in.find_first_not_of('\0'), in.size());
}

// What formats of one member after the other have in common.
class Members : public Decompressor {
 public:
  Result<Step> step(std::string_view in, std::span<char> out) final {
    if (!failure_) return failure_.error();
    in = in.substr(0, kMostAtOnce);
    out = out.first(std::min(out.size(), kMostAtOnce));
    const std::size_t zeros = complete() ? leading_zeros(in) : 0;
    in.remove_prefix(zeros);
    Step step;
    if (!in.empty() || !between_) {
      if (std::exchange(between_, false)) restart();
      failure_ = next(in, out, step);
    }
    if (!failure_ && step.made == 0) return failure_.error();
    step.taken += zeros;
    return step;
  }
  bool complete() const final { return any_ && between_; }

 protected:
  virtual void restart() = 0;
  // What was made before an error counts.
  virtual Status next(std::string_view in, std::span<char> out, Step& step) = 0;
  void end_member() {
    any_ = true;
    between_ = true;
  }

 private:
  bool any_ = false;
  bool between_ = true;
  Status failure_;
};

class Inflate final : public Members {
 public:
  Inflate(int window_bits, const char* name) : name_(name) {
    AGENT_CHECK(inflateInit2(&stream_, window_bits) == Z_OK);
  }
  ~Inflate() override { inflateEnd(&stream_); }

 protected:
  void restart() override { inflateReset(&stream_); }
  Status next(std::string_view in, std::span<char> out, Step& step) override {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    step = {in.size() - stream_.avail_in, out.size() - stream_.avail_out};
    if (result == Z_STREAM_END) end_member();
    const bool good = result == Z_STREAM_END || result == Z_OK || result == Z_BUF_ERROR;
    return good ? Status() : malformed(name_);
  }

 private:
  const char* name_;
  z_stream stream_{};
};

class Bunzip2 final : public Members {
 public:
  Bunzip2() { restart(); }
  ~Bunzip2() override { BZ2_bzDecompressEnd(&stream_); }

 protected:
  void restart() override {
    BZ2_bzDecompressEnd(&stream_);
    stream_ = {};
    AGENT_CHECK(BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK);
  }
  Status next(std::string_view in, std::span<char> out, Step& step) override {
    stream_.next_in = const_cast<char*>(in.data());
    stream_.avail_in = static_cast<unsigned>(in.size());
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<unsigned>(out.size());
    const int result = BZ2_bzDecompress(&stream_);
    step = {in.size() - stream_.avail_in, out.size() - stream_.avail_out};
    if (result == BZ_STREAM_END) end_member();
    return result == BZ_STREAM_END || result == BZ_OK ? Status() : malformed("bzip2");
  }

 private:
  bz_stream stream_{};
};

class Unzstd final : public Members {
 public:
  Unzstd() : context_(ZSTD_createDCtx(), &ZSTD_freeDCtx) {
    AGENT_CHECK(context_ != nullptr);
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kMaxZstdWindowLog);
  }

 protected:
  void restart() override { ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only); }
  Status next(std::string_view in, std::span<char> out, Step& step) override {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t hint = ZSTD_decompressStream(context_.get(), &to, &from);
    step = {from.pos, to.pos};
    if (ZSTD_isError(hint) != 0)
      return Error{ErrorKind::Input,
                   std::string("malformed zstd data: ") + ZSTD_getErrorName(hint)};
    if (hint == 0) end_member();
    return {};
  }

 private:
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
};

}  // namespace

std::optional<Compression> compression_of(std::string_view first_bytes) {
  using namespace std::string_view_literals;
  if (first_bytes.starts_with("\x1F\x8B"sv)) return Compression::Gzip;
  if (first_bytes.starts_with("BZh"sv)) return Compression::Bzip2;
  if (first_bytes.starts_with("\x28\xB5\x2F\xFD"sv)) return Compression::Zstd;
  if (first_bytes.size() < 2) return std::nullopt;
  const auto head = static_cast<unsigned char>(first_bytes[0]);
  const auto flags = static_cast<unsigned char>(first_bytes[1]);
  // RFC 1950: deflate, a window of at most 32 KiB, a checksum over both.
  const bool zlib = (head & 0x0FU) == 8 && head >> 4U <= 7 && (head * 256U + flags) % 31U == 0;
  return zlib ? std::optional(Compression::Zlib) : std::nullopt;
}

std::unique_ptr<Decompressor> make_decompressor(Compression format) {
  switch (format) {
    case Compression::Gzip:
      return std::make_unique<Inflate>(15 + 16, "gzip");
    case Compression::Zlib:
      return std::make_unique<Inflate>(15, "zlib");
    case Compression::Bzip2:
      return std::make_unique<Bunzip2>();
    case Compression::Zstd:
      return std::make_unique<Unzstd>();
  }
  return nullptr;
}

}  // namespace agent::codec
