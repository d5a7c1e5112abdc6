// Lines through a pipeline with every stage that reads foreign text. No record may be lost: in +
// created = out + dropped + merged + held.
#include <cstdint>
#include <string>

#include "agent/base/check.h"
#include "agent/base/strings.h"
#include "agent/config/node.h"
#include "agent/logs/stages/pipeline.h"

namespace {

constexpr const char* kStages = R"(
- docker: {}
- cri: {max_partial_lines: 2, max_partial_line_size: 100, max_partial_line_size_truncate: true}
- decolorize: {}
- multiline: {firstline: '^[A-Z{]', max_lines: 3}
- split_json: {}
- json: {expressions: {level: , ts: time, tags: 'tags[0]', n: length(items), o: '@'}}
- logfmt: {mapping: {level: , user: }}
- regex: {expression: '(?P<level>debug|info) (?P<rest>.*)'}
- match:
    selector: '{job="web"} |= "x" !~ "y$"'
    stages:
      - timestamp: {source: ts, format: RFC3339Nano, fallback_formats: [Unix, 'Jan _2 15:04:05 MST']}
      - drop: {expression: 'level=debug'}
- pattern: {pattern: '<a>: <_> "<b>"', labels_from_groups: true}
- eventlogmessage: {source: log}
- windowsevent: {source: a}
- luhn: {delimiters: ' -', min_length: 2, skip_regex: 'id=\\S*'}
- truncate: {rules: [{limit: 90, suffix: '~'}, {limit: 9, source_type: label},
    {limit: 8, source_type: extracted}]}
- metrics:
    lines: {type: Counter, config: {match_all: true, count_entry_bytes: true, action: add}}
    b: {type: Counter, config: {action: add}}
    n: {type: Histogram}
- labels: {level: , n: }
- structured_metadata: {user: , job: }
- pack: {labels: [level, rest]}
)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace agent;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  config::Report report;
  const selfmon::Scope metrics;
  selfmon::Ledger ledger("logs", metrics);
  model::LabelTable labels;
  model::ReceiptBook receipts;
  const auto list = config::parse(kStages);
  AGENT_CHECK(list.has_value());
  auto pipeline = logs::make_pipeline(*list, {report, "stages", metrics, labels, receipts, ledger});
  AGENT_CHECK(pipeline.has_value());
  model::LogBatch batch;
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  const auto settle = [&] {
    for (const auto& entry : batch.entries)
      if (entry.receipt != 0) receipts.settle(entry.receipt);
    out += batch.entries.size();
    batch.clear();
    labels.sweep(0);
  };
  for (const std::string_view line : split(text, '\n')) {
    model::LogEntry entry;
    entry.line = batch.arena.copy(line);
    entry.labels = labels.intern({{"job", "web"}});
    entry.receipt = receipts.open(1, [] {});
    batch.entries.push_back(entry);
    if (++in % 4 != 0) continue;
    (*pipeline)->process(batch, Timestamp{});
    settle();
  }
  (*pipeline)->process(batch, Timestamp{});
  settle();
  (*pipeline)->flush(batch, Timestamp{});
  settle();
  std::uint64_t dropped = 0;
  for (const auto& [reason, count] : ledger.dropped().values())
    dropped += count;
  AGENT_CHECK(in + ledger.created().value() == out + dropped + ledger.merged().value());
  AGENT_CHECK(receipts.open_receipts() == 0);
  return 0;
}
