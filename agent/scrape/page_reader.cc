#include "agent/scrape/page_reader.h"

#include <utility>

#include "agent/base/strings.h"
#include "agent/scrape/job_settings.h"

namespace agent::scrape {

PageReader::PageReader(FetchHead head, std::string fallback_protocol, std::uint64_t limit_bytes,
                       codec::ExpositionVisitor& visitor)
    : head_(std::move(head)),
      fallback_protocol_(std::move(fallback_protocol)),
      limit_bytes_(limit_bytes),
      visitor_(visitor) {
  const std::string encoding = to_lower(trim(head_.content_encoding));
  if (encoding == "gzip") {
    gzip_.emplace();
  } else if (!encoding.empty() && encoding != "identity") {
    status_ = Error{ErrorKind::Input,
                    "the answer's Content-Encoding is " + json_quote(encoding) + ", not gzip"};
  }
}

Status PageReader::open_parser() {
  const auto format = choose_format(head_.content_type, fallback_protocol_);
  if (!format) return format.error();
  format_ = *format;
  parser_ = codec::make_exposition_parser(format_, visitor_);
  return {};
}

// An empty body is a good page whatever its type (metrics.md 5.1), so the type is judged here.
bool PageReader::take(std::string_view bytes) {
  if (bytes.empty()) return true;
  if (!parser_) status_ = open_parser();
  if (!status_) return false;
  body_bytes_ += bytes.size();
  if (limit_bytes_ > 0 && body_bytes_ >= limit_bytes_) {
    over_limit_ = true;
    status_ = Error{ErrorKind::Input, "body_size_limit exceeded: the page has " +
                                          std::to_string(limit_bytes_) + " bytes or more"};
    return false;
  }
  status_ = parser_->feed(bytes);
  return status_.has_value();
}

bool PageReader::feed(std::string_view wire_bytes) {
  if (!status_) return false;
  if (!gzip_) return take(wire_bytes);
  any_gzip_ |= !wire_bytes.empty();
  const Status unzipped =
      gzip_->feed(wire_bytes, [this](std::string_view bytes) { return take(bytes); });
  if (status_.has_value() && !unzipped) status_ = unzipped.error().within("gzip");
  return status_.has_value();
}

Status PageReader::finish() {
  if (status_.has_value() && any_gzip_)
    if (const Status whole = gzip_->finish(); !whole) status_ = whole.error().within("gzip");
  if (status_.has_value() && parser_) status_ = parser_->finish();
  return status_;
}

}  // namespace agent::scrape
