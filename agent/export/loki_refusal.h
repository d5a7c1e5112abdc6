#pragma once
// Which entries Loki refused, as dead letters. Spec: logs.md 10.4; the format:
// docs/dead-letters.md.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/export/transport.h"

namespace agent::exporter {

/// What Loki's answer says of one entry that it did not store. Views into the answer.
struct IgnoredEntry {
  Timestamp timestamp{};
  std::string_view reason;
  std::string_view stream;  ///< its labels as Loki writes them; "": not said
};
/// The entries that an answer names: "entry with timestamp T ignored, reason: 'R'", of the stream
/// that is named next. Loki names ten of a stream at most.
std::vector<IgnoredEntry> read_ignored_entries(std::string_view answer);

struct DeadLetter {
  std::string line;  ///< JSON
  std::uint64_t records = 1;
};
struct Refusal {
  std::string_view destination;
  Timestamp now{};
  std::uint64_t records = 0;  ///< that were refused: all of the block's, or fewer
};
/// Letters for the refused entries of `block`. Where only some were refused, those that the answer
/// names; what nobody can name is one letter without a line, and so is what goes beyond a hundred.
/// Errors: Input, when the payload is no push request.
Result<std::vector<DeadLetter>> make_dead_letters(const queue::Block& block, const Outcome& outcome,
                                                  const Refusal& refusal);

}  // namespace agent::exporter
