#pragma once
// Loki's push request: written entry by entry, walked to split one in two. Spec: logs.md 10.1.
//
//   PushRequest  streams 1
//   Stream       labels 1, entries 2
//   Entry        timestamp 1 {seconds 1, nanos 2}, line 2, structuredMetadata 3 {name 1, value 2}
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/model/label_set.h"
#include "agent/model/log_batch.h"

namespace agent::codec {

/// `{a="1", b="two"}`: names sorted, values as Go's %q writes them. Empty values and the pseudo
/// label of the tenant are left out; "" where no label is left.
std::string loki_label_text(const model::LabelSet& labels);

/// Appends `text` in Go's quotes (%q). Bytes that are no UTF-8 become \xNN, runes that do not print
/// \uNNNN.
void append_go_quoted(std::string& out, std::string_view text);

/// What batchsize counts of an entry besides its line: its encoded structured metadata, in bytes.
std::size_t loki_metadata_size(std::span<const model::LabelView> metadata);

/// Appends one Entry as a field of its Stream. Streams are built by appending their entries to one
/// string each, so that an entry is encoded once and never moved alone again.
void append_loki_entry(std::string& stream_entries, Timestamp timestamp, std::string_view line,
                       std::span<const model::LabelView> metadata);

/// What stands before the entries of a Stream, as a field of the PushRequest: its frame and its
/// labels. `entries_bytes`: what append_loki_entry() gathered.
std::string loki_stream_head(std::string_view labels, std::size_t entries_bytes);

/// Appends a Stream of `labels` and what append_loki_entry() gathered, as a field of the
/// PushRequest.
void append_loki_stream(std::string& request, std::string_view labels,
                        std::string_view stream_entries);

/// A stream of a request. The views are good as long as the request.
struct LokiStreamView {
  std::string_view labels;
  std::vector<std::string_view> entries;  ///< encoded Entry messages
};
/// Walks a PushRequest; the entries are not looked into. Errors: Input.
Result<std::vector<LokiStreamView>> walk_loki_push(std::string_view request);

/// Writes the first half of the entries into one request and the rest into another, streams in
/// their order; the second is empty where there is one entry only. Errors: Input.
struct LokiHalves {
  std::string first;
  std::string second;
  std::uint32_t first_entries = 0;
  std::uint32_t second_entries = 0;
};
Result<LokiHalves> split_loki_push(std::string_view request);

}  // namespace agent::codec
