#include "agent/export/otlp_payload.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "agent/base/strings.h"
#include "agent/codec/compression.h"
#include "agent/codec/otlp_traces.h"
#include "agent/codec/otlp_wire.h"

namespace agent::exporter {
namespace {

// Below this gzip's head and the peer's work cost more than the bytes saved.
constexpr std::size_t kCompressAbove = 1024;
// Blocks are cut far below; only a damaged one gets here.
constexpr std::uint64_t kMaxRequestBytes = 256U << 20U;
constexpr std::size_t kMessageBytes = 256;
// As a protobuf tag the first byte of gzip would have the wire type 7, which does not exist: no
// request starts like this.
constexpr std::string_view kGzipMagic = "\x1f\x8b";

// Takes the receipts of the next `records` records off `all`, which has them in order.
std::vector<model::ReceiptShare> take_receipts(std::vector<model::ReceiptShare>& all,
                                               std::uint32_t records) {
  std::vector<model::ReceiptShare> taken;
  auto share = all.begin();
  for (; share != all.end() && records > 0; ++share) {
    const std::uint32_t part = std::min(share->records, records);
    model::add_share(taken, share->id, part);
    records -= part;
    share->records -= part;
    if (share->records > 0) break;
  }
  all.erase(all.begin(), share);
  return taken;
}

}  // namespace

std::string encode_otlp_payload(std::string request, model::OtlpCompression compression) {
  switch (compression) {
    case model::OtlpCompression::Gzip:
      return request.size() > kCompressAbove ? codec::gzip_compress(request) : request;
    case model::OtlpCompression::Zstd:
      // Whatever its size: a payload does not say by its first bytes that it is plain.
      return codec::zstd_compress(request);
    default:
      return request;
  }
}

std::string_view otlp_payload_encoding(std::string_view payload,
                                       model::OtlpCompression compression) {
  if (compression == model::OtlpCompression::Zstd) return "zstd";
  if (compression == model::OtlpCompression::Gzip && payload.starts_with(kGzipMagic)) return "gzip";
  return "";
}

Result<std::string> decode_otlp_payload(std::string_view payload,
                                        model::OtlpCompression compression) {
  const std::string_view encoding = otlp_payload_encoding(payload, compression);
  if (encoding == "gzip") return codec::gzip_uncompress(payload, kMaxRequestBytes);
  if (encoding == "zstd") return codec::zstd_uncompress(payload, kMaxRequestBytes);
  return std::string(payload);
}

std::vector<queue::Block> halve_otlp_block(const queue::Block& block,
                                           model::OtlpCompression compression) {
  std::vector<queue::Block> halves;
  const auto request = decode_otlp_payload(*block.payload, compression);
  if (!request || block.records < 2) return halves;
  const std::uint32_t half = block.records / 2 + block.records % 2;
  codec::SpanSplitter splitter(*request, {half, std::numeric_limits<std::uint64_t>::max()});
  auto receipts = block.receipts;
  for (codec::SpanSplitter::Piece piece; splitter.next(piece);) {
    queue::Block& out = halves.emplace_back();
    out.payload = std::make_shared<const std::string>(
        encode_otlp_payload(std::move(piece.otlp), compression));
    out.records = piece.spans;
    out.oldest = block.oldest;
    out.tenant = block.tenant;
    out.receipts = take_receipts(receipts, piece.spans);
  }
  return halves;
}

OtlpPartialSuccess read_otlp_response(std::string_view response) {
  OtlpPartialSuccess out;
  codec::WireReader fields(response);
  for (codec::WireField field; fields.next(field);) {
    if (!field.is(1, codec::WireType::Length)) continue;
    codec::WireReader partial(field.bytes);
    for (codec::WireField part; partial.next(part);) {
      if (part.is(1, codec::WireType::Varint)) out.rejected = part.value;
      if (part.is(2, codec::WireType::Length))
        out.message = replace_invalid_utf8(part.bytes.substr(0, kMessageBytes));
    }
    if (partial.failed()) return {};
  }
  if (fields.failed()) return {};
  // rejected_spans is signed; a negative count is nonsense.
  if (out.rejected > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    out.rejected = 0;
  return out;
}

}  // namespace agent::exporter
