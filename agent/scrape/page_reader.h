#pragma once
// Bytes of an answer to samples: gunzip, size limit, parser. Holds nothing of the page.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/codec/compression.h"
#include "agent/codec/exposition.h"
#include "agent/scrape/fetcher.h"

namespace agent::scrape {

/// Reads one answer. The first error sticks.
class PageReader {
 public:
  /// `limit_bytes` of uncompressed body are too many (0: no limit). `visitor` outlives the reader.
  PageReader(FetchHead head, std::string fallback_protocol, std::uint64_t limit_bytes,
             codec::ExpositionVisitor& visitor);

  /// False once there is an error.
  bool feed(std::string_view wire_bytes);
  /// The end of the body. Errors: Input.
  Status finish();
  const Status& status() const { return status_; }
  /// Uncompressed.
  std::uint64_t body_bytes() const { return body_bytes_; }
  bool over_limit() const { return over_limit_; }
  /// Of the page; PrometheusText until the first byte came.
  codec::ExpositionFormat format() const { return format_; }

 private:
  bool take(std::string_view bytes);
  Status open_parser();

  FetchHead head_;
  std::string fallback_protocol_;
  std::uint64_t limit_bytes_;
  codec::ExpositionVisitor& visitor_;
  std::optional<codec::GzipStream> gzip_;
  bool any_gzip_ = false;
  std::unique_ptr<codec::ExpositionParser> parser_;  // made with the first byte
  codec::ExpositionFormat format_ = codec::ExpositionFormat::PrometheusText;
  std::uint64_t body_bytes_ = 0;
  bool over_limit_ = false;
  Status status_;
};

}  // namespace agent::scrape
