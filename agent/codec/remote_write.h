#pragma once
// Remote write 1.0: prometheus.WriteRequest, written by hand into one string. Spec: metrics.md 7.3.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "agent/base/result.h"
#include "agent/codec/exposition.h"
#include "agent/model/label_set.h"

namespace agent::codec {

/// `labels` as they stand inside a TimeSeries message: made once for each series, then appended to
/// every request.
std::string encode_series_labels(const model::LabelSet& labels);

/// Appends a TimeSeries of one sample to `request`. The bits of `value` are kept, those of a stale
/// marker too. A series may come several times in one request, in the order of its timestamps.
void append_time_series(std::string& request, std::string_view encoded_labels, double value,
                        std::int64_t timestamp_ms);

/// Appends what is known of a metric family; `help` and `unit` may be empty.
void append_metadata(std::string& request, MetricType type, std::string_view family,
                     std::string_view help, std::string_view unit);

/// Cuts a request behind its first `series` TimeSeries messages; other fields stay in the first
/// part. Errors: Input (not a request).
Result<std::pair<std::string, std::string>> cut_write_request(std::string_view request,
                                                              std::uint32_t series);

}  // namespace agent::codec
