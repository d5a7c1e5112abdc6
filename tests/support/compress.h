#pragma once
// What other programs write: whole compressed files.
#include <string>
#include <string_view>

#include <bzlib.h>
#include <zlib.h>
#include <zstd.h>

#include "agent/base/check.h"
#include "agent/codec/compression.h"
#include "agent/codec/decompressor.h"

namespace agent::testing {

inline std::string compressed(std::string_view text, codec::Compression format) {
  std::string out(text.size() + text.size() / 50 + 1024, '\0');
  if (format == codec::Compression::Gzip) return codec::gzip_compress(text);
  if (format == codec::Compression::Zstd) return codec::zstd_compress(text);
  if (format == codec::Compression::Zlib) {
    uLongf size = out.size();
    AGENT_CHECK(compress(reinterpret_cast<Bytef*>(out.data()), &size,
                         reinterpret_cast<const Bytef*>(text.data()), text.size()) == Z_OK);
    out.resize(size);
    return out;
  }
  auto size = static_cast<unsigned>(out.size());
  AGENT_CHECK(BZ2_bzBuffToBuffCompress(out.data(), &size, const_cast<char*>(text.data()),
                                       static_cast<unsigned>(text.size()), 9, 0, 0) == BZ_OK);
  out.resize(size);
  return out;
}

}  // namespace agent::testing
