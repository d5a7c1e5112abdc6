// Lines through a pipeline with every stage that reads foreign text.
#include "tests/fuzz/stages_run.h"

namespace {

constexpr const char* kStages = R"(
- docker: {}
- cri: {max_partial_lines: 2, max_partial_line_size: 100, max_partial_line_size_truncate: true}
- decolorize: {}
- multiline: {firstline: '^[A-Z{]', max_lines: 3, trim_newlines: true}
- split_json: {}
- json: {expressions: {level: , ts: time, tags: 'tags[0]', n: length(items), o: '@'}, regex: '^l'}
- logfmt: {mapping: {level: , user: }, regex: '^u'}
- regex: {expression: '(?P<level>debug|info) (?P<rest>.*)', labels_from_groups: true}
- match:
    selector: '{job="web"} |= "x" !~ "y$"'
    stages:
      - timestamp: {source: ts, format: RFC3339Nano, fallback_formats: [Unix, 'Jan _2 15:04:05 MST'],
          action_on_duplicate_timestamp: fudge}
      - drop: {expression: 'level=debug'}
- pattern: {pattern: '<a>: <_> "<b>"', labels_from_groups: true}
- eventlogmessage: {source: log}
- windowsevent: {source: a}
- replace: {expression: '(?P<r>[a-z]+)=("[^"]*")?', replace: '{{ .r }}{{ .Value | ToUpper }}'}
- template: {source: t, template: '{{ .level }}{{ .Entry | trunc 9 | Hash "s" }}{{ substr 1 3 .o }}'}
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
  const auto list = agent::config::parse(kStages);
  AGENT_CHECK(list.has_value());
  AGENT_CHECK(agent::run_stages(*list, {reinterpret_cast<const char*>(data), size}));
  return 0;
}
