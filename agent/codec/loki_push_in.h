#pragma once
// Loki's push request as it comes in, in its three spellings. Spec: logs.md 10.1, 10.2.
//
// DESIGN. A request becomes one batch. Its protobuf bytes move into the batch's arena and the
// entries are views into them; texts of JSON are copied there once. What labels mean is the
// receiver's business: entries come without, and the streams say how many entries are theirs.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/model/label_set.h"
#include "agent/model/log_batch.h"

namespace agent::codec {

enum class LokiPushForm {
  Protobuf,    ///< PushRequest, not compressed
  Json,        ///< {"streams": [{"stream": {..}, "values": [["<ns>", "line", {..}]]}]}
  LegacyJson,  ///< {"streams": [{"labels": "{..}", "entries": [{"ts": "..", "line": ".."}]}]}
};

/// A stream of a request that has entries.
struct LokiStreamIn {
  model::LabelSet labels;
  std::string error;        ///< why its labels cannot be read; "": they could
  std::size_t entries = 0;  ///< its own, behind those of the streams before it
};

/// Memory that entries, streams and metadata of one request may take besides its bytes: a million
/// entries and some. Protects against requests that are made of nothing but heads.
inline constexpr std::size_t kMostPushBookkeeping = std::size_t{64} << 20U;

/// Appends the entries of `body` to `batch`: labels null, receipts 0, metadata sorted by name (of
/// those with one name the last counts), times as sent, brought into the range of a Timestamp. A
/// stream whose labels are malformed is there with its reason. Errors: Input; Overloaded
/// (kMostPushBookkeeping). The batch is then of no use.
Result<std::vector<LokiStreamIn>> read_loki_push(LokiPushForm form, std::string body,
                                                 model::LogBatch& batch);

}  // namespace agent::codec
