#include "agent/codec/compression.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace agent::codec {
namespace {

std::string sample_text(std::size_t size) {
  std::string out;
  for (std::uint32_t i = 1; out.size() < size; i = i * 1664525U + 1013904223U)
    out += std::to_string(i >> 12U) + (i % 3 == 0 ? "\n" : " ");
  out.resize(size);
  return out;
}

struct Format {
  const char* name;
  std::string (*compress)(std::string_view);
  Result<std::string> (*uncompress)(std::string_view, std::uint64_t);
};
const Format kFormats[] = {
    {"snappy", &snappy_compress, &snappy_uncompress},
    {"gzip", [](std::string_view bytes) { return gzip_compress(bytes); }, &gzip_uncompress},
    {"zstd", [](std::string_view bytes) { return zstd_compress(bytes); }, &zstd_uncompress},
};

TEST(Compression, GivesBackWhatWentIn) {
  for (const auto& format : kFormats) {
    for (const std::size_t size : {0U, 1U, 100U, 65536U, 1000000U}) {
      SCOPED_TRACE(std::string(format.name) + " " + std::to_string(size));
      const std::string text = sample_text(size);
      const auto back = format.uncompress(format.compress(text), size);
      ASSERT_TRUE(back) << back.error().message;
      EXPECT_EQ(*back, text);
    }
  }
}

TEST(Compression, TakesNoMoreMemoryThanItsSizeSays) {
  for (const auto& format : kFormats) {
    SCOPED_TRACE(format.name);
    const std::string packed = format.compress(std::string(1000000, 'a'));
    EXPECT_EQ(packed.capacity(), packed.size()) << "queues count sizes";
  }
}

TEST(Compression, StopsAtTheLimit) {
  for (const auto& format : kFormats) {
    SCOPED_TRACE(format.name);
    const std::string packed = format.compress(std::string(1000000, 'a'));
    EXPECT_TRUE(format.uncompress(packed, 1000000));
    const auto over = format.uncompress(packed, 999999);
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().kind, ErrorKind::Overloaded);
  }
}

TEST(Compression, TakesHighlyRepetitiveData) {
  for (const auto& format : kFormats) {
    SCOPED_TRACE(format.name);
    const std::string text(64U << 20U, '\0');
    const auto back = format.uncompress(format.compress(text), text.size());
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->size(), text.size());
  }
}

TEST(Compression, RefusesEveryCut) {
  for (const auto& format : kFormats) {
    const std::string packed = format.compress(sample_text(2000));
    for (std::size_t size = 0; size < packed.size(); ++size) {
      SCOPED_TRACE(std::string(format.name) + " " + std::to_string(size));
      const auto cut = format.uncompress(std::string_view(packed).substr(0, size), 1U << 20U);
      ASSERT_FALSE(cut);
      EXPECT_EQ(cut.error().kind, ErrorKind::Input);
    }
  }
}

TEST(Compression, SurvivesEveryFlippedByte) {
  const std::string text = sample_text(3000);
  for (const auto& format : kFormats) {
    const std::string packed = format.compress(text);
    for (std::size_t i = 0; i < packed.size(); ++i) {
      std::string broken = packed;
      broken[i] = static_cast<char>(broken[i] ^ 0x55);
      const auto result = format.uncompress(broken, 1U << 20U);
      if (result) {
        EXPECT_LE(result->size(), 1U << 20U);
      }
    }
  }
}

TEST(Compression, RefusesALengthThatIsALie) {
  // A snappy header of 1 GiB before five bytes.
  const auto lie = snappy_uncompress(std::string("\x80\x80\x80\x80\x04", 5) + "aaaaa", 2ULL << 30U);
  ASSERT_FALSE(lie);
  EXPECT_EQ(lie.error().kind, ErrorKind::Input);
}

TEST(Compression, RefusesZstdWindowsAboveEightMegabytes) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                     &ZSTD_freeCCtx);
  const std::string text = sample_text(100000);
  for (const int log : {23, 24}) {
    SCOPED_TRACE(log);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, log);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 0);
    std::string packed(ZSTD_compressBound(text.size()), '\0');
    // Streaming without a known size: the header then carries the window as it is set.
    ZSTD_outBuffer out{packed.data(), packed.size(), 0};
    ZSTD_inBuffer in{text.data(), text.size() / 2, 0};
    ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_flush);
    in.size = text.size();
    ASSERT_EQ(ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_end), 0U);
    packed.resize(out.pos);
    EXPECT_EQ(static_cast<bool>(zstd_uncompress(packed, 1U << 20U)), log == 23);
  }
}

TEST(Gzip, ReadsManyMembersAndZlibStreams) {
  const auto two = gzip_uncompress(gzip_compress("one ") + gzip_compress("two"), 100);
  ASSERT_TRUE(two);
  EXPECT_EQ(*two, "one two");
  std::string packed(100, '\0');
  uLongf size = packed.size();
  ASSERT_EQ(compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                     reinterpret_cast<const Bytef*>("three"), 5),
            Z_OK);
  const auto zlib = gzip_uncompress(packed.substr(0, size), 100);
  ASSERT_TRUE(zlib);
  EXPECT_EQ(*zlib, "three");
}

// window_bits as deflateInit2() has it: negative for bare data.
std::string deflated(const std::string& text, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string in = text;
  std::string out(text.size() + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

TEST(Deflate, ReadsZlibStreamsAndBareData) {
  for (const std::size_t size : {0U, 1U, 100U, 100000U}) {
    const std::string text = sample_text(size);
    for (const int window_bits : {15, 9, -15}) {
      SCOPED_TRACE(std::to_string(size) + " " + std::to_string(window_bits));
      const std::string packed = deflated(text, window_bits);
      const auto back = deflate_uncompress(packed, size);
      ASSERT_TRUE(back) << back.error().message;
      EXPECT_EQ(*back, text);
      EXPECT_FALSE(deflate_uncompress(packed.substr(0, packed.size() - 1), size));
      if (size == 0) continue;
      const auto over = deflate_uncompress(packed, size - 1);
      ASSERT_FALSE(over);
      EXPECT_EQ(over.error().kind, ErrorKind::Overloaded);
    }
  }
  EXPECT_FALSE(deflate_uncompress("", 100));
}

TEST(Gzip, RefusesBytesBehindTheLastMember) {
  EXPECT_FALSE(gzip_uncompress(gzip_compress("one") + "garbage", 100));
}

TEST(GzipStream, GivesThePiecesAsTheyCome) {
  const std::string text = sample_text(300000);
  const std::string packed = gzip_compress(text);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, packed.size()}) {
    SCOPED_TRACE(piece);
    GzipStream stream;
    std::string back;
    for (std::size_t at = 0; at < packed.size(); at += piece) {
      ASSERT_FALSE(stream.finish());
      ASSERT_TRUE(stream.feed(std::string_view(packed).substr(at, piece), [&](auto bytes) {
        back += bytes;
        return true;
      }));
    }
    EXPECT_TRUE(stream.finish());
    EXPECT_EQ(back, text);
  }
}

TEST(GzipStream, StopsWhereItIsTold) {
  GzipStream stream;
  int calls = 0;
  EXPECT_TRUE(stream.feed(gzip_compress(sample_text(300000)), [&](std::string_view) {
    ++calls;
    return false;
  }));
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(stream.finish());
}

TEST(GzipStream, IsAnErrorWithoutData) { EXPECT_FALSE(GzipStream().finish()); }

TEST(SnappyCompressor, TakesPiecesAsOneText) {
  std::string text;
  for (int i = 0; text.size() < 300'000; ++i)
    text += "line " + std::to_string(i * 7919) + "\n";
  SnappyCompressor compressor;
  for (const std::size_t size : {1UL, 7UL, 1000UL, 65'535UL, 65'536UL, 65'537UL, 1'000'000UL}) {
    SCOPED_TRACE(size);
    std::vector<std::string_view> pieces{{}};
    for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(pieces.back().size()))
      pieces.push_back(rest.substr(0, size));
    pieces.emplace_back();
    EXPECT_EQ(compressor.compress(pieces), snappy_compress(text));
    compressor.release();
  }
  EXPECT_EQ(compressor.compress({}), snappy_compress(""));
}

}  // namespace
}  // namespace agent::codec
