// No stage of the hot path allocates for a line: what the thread of the pipeline asks operator new
// for must not grow with the number of lines.
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

#include "tests/bench/log_lines.h"
#include "tests/bench/log_rig.h"

namespace {

thread_local std::uint64_t allocations = 0;

void* counted(std::size_t size) {
  ++allocations;
  if (void* out = std::malloc(size)) return out;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
// simdjson and std::stable_partition ask this way.
void* operator new(std::size_t size, const std::nothrow_t& /*unused*/) noexcept {
  ++allocations;
  return std::malloc(size);
}
void* operator new[](std::size_t size, const std::nothrow_t& /*unused*/) noexcept {
  ++allocations;
  return std::malloc(size);
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete[](void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t /*size*/) noexcept { std::free(at); }
void operator delete[](void* at, std::size_t /*size*/) noexcept { std::free(at); }

namespace agent::bench {
namespace {

struct Cost {
  std::uint64_t lines = 0;
  std::uint64_t allocations = 0;
};

Cost cost_of(const char* stages, Content content, std::size_t bytes) {
  Cost out;
  std::uint64_t kept = 0;
  LogRig rig(make_log_lines(bytes, content, out.lines, kept), stages);
  const std::uint64_t before = allocations;
  const LogRig::Run run = rig.run(out.lines);
  out.allocations = allocations - before;
  EXPECT_EQ(run.in, out.lines);
  return out;
}

TEST(LogAllocations, DoNotGrowWithTheLines) {
  const struct {
    const char* name;
    const char* stages;
    Content content = Content::Json;
  } cases[] = {
      {"no stages", "[]"},
      {"cri", "[{cri: {}}]"},
      {"json, drop, labels", R"([{cri: {}}, {json: {expressions: {status: , msg: , level: }}},
        {drop: {source: status, value: "200"}}, {labels: {level: }}])"},
      {"json with JMESPath", R"([{cri: {}}, {json: {expressions: {a: 'status || level'}}}])"},
      {"drop by expression", "[{cri: {}}, {drop: {expression: '\"status\":200'}}]"},
      {"drop by extracted value", R"([{cri: {}}, {json: {expressions: {status: }}},
        {drop: {expression: 'status=200'}}])"},
      {"regex by scanning", R"x([{cri: {}}, {regex: {expression: '^(?P<ip>\S+) (?P<rest>\S+)'}},
        {labels: {rest: }}])x",
       Content::Nginx},
      {"regex by RE2", R"x([{cri: {}}, {regex: {expression: '"(?P<method>GET|POST) '}},
        {labels: {method: }}])x",
       Content::Nginx},
      {"timestamp", R"([{cri: {}}, {json: {expressions: {ts: }}},
        {timestamp: {source: ts, format: RFC3339}}])"},
      {"timestamp by layout", R"([{cri: {}}, {json: {expressions: {ts: }}},
        {timestamp: {source: ts, format: '2006-01-02T15:04:05.000Z'}}])"},
      {"output, tenant, metadata", R"([{cri: {}}, {json: {expressions: {msg: , level: , user: }}},
        {structured_metadata: {user: }}, {output: {source: msg}}])"},
      {"match", R"([{cri: {}}, {match: {selector: '{stream="stderr"} |= "status"', stages: [
        {json: {expressions: {level: }}}, {labels: {level: }}]}}])"},
      {"static labels, label drop", R"([{cri: {}}, {static_labels: {team: shop}},
        {labeldrop: [job]}])"},
      {"logfmt", "[{cri: {}}, {logfmt: {mapping: {a: b}}}]"},
      {"decolorize, sampling, limit", R"([{cri: {}}, {decolorize: {}}, {sampling: {rate: 0.5}},
        {limit: {rate: 1000000000, burst: 1000000000}}])"},
      {"template with a function", R"([{cri: {}}, {json: {expressions: {level: }}},
        {template: {source: level, template: '{{ ToUpper .Value }}'}}, {labels: {level: }}])"},
      {"template of fields", R"([{cri: {}}, {json: {expressions: {level: , path: }}},
        {template: {source: both, template: '{{ .level }}-{{ .path }}'}},
        {structured_metadata: {both: }}])"},
      {"template Hash", R"([{cri: {}}, {json: {expressions: {user: }}},
        {template: {source: user, template: '{{ Hash "salt" .Value }}'}},
        {structured_metadata: {user: }}])"},
      {"template regexReplaceAll", R"([{cri: {}}, {json: {expressions: {path: }}},
        {template: {source: path, template: '{{ regexReplaceAll "[0-9]+" .Value "N" }}'}},
        {structured_metadata: {path: }}])"},
      {"template if", R"([{cri: {}}, {json: {expressions: {status: }}},
        {template: {source: ok, template: '{{ if eq .status "200" }}yes{{ else }}no{{ end }}'}},
        {labels: {ok: }}])"},
      {"template printf", R"([{cri: {}}, {json: {expressions: {status: , level: }}},
        {template: {source: ok, template: '{{ printf "%5s/%d" .level (int .status) }}'}},
        {structured_metadata: {ok: }}])"},
      {"replace", R"x([{cri: {}}, {replace: {expression: '"user":"([^"]*)"', replace: '***'}}])x"},
      {"replace with a template", R"x([{cri: {}}, {replace: {
        expression: '"user":"(?P<u>[^"]*)"', replace: '{{ Hash .Value "s" }}'}}])x"},
      {"counter", R"([{cri: {}}, {metrics: {lines: {type: Counter,
        config: {match_all: true, action: inc}}}}])"},
      {"histogram", R"([{cri: {}}, {json: {expressions: {status: }}}, {metrics: {
        status: {type: Histogram, config: {buckets: [200, 400]}}}}])"},
      {"pack", R"([{cri: {}}, {json: {expressions: {level: }}},
        {pack: {labels: [stream, level]}}])"},
      {"multiline, blocks of one line", "[{cri: {}}, {multiline: {firstline: '^.'}}]"},
      {"multiline, blocks of ten lines", R"([{cri: {}}, {json: {expressions: {level: }}},
        {multiline: {firstline: '"level":"error"', max_wait_time: 100ms}}])"},
      {"truncate, luhn", R"([{cri: {}}, {luhn: {}},
        {truncate: {rules: [{limit: 64, suffix: '...'}]}}])"},
      {"pattern", "[{cri: {}}, {pattern: {pattern: '<ip> <_> <rest>'}}]", Content::Nginx},
      {"tenant, label allow", R"([{cri: {}}, {json: {expressions: {level: }}},
        {tenant: {source: level}}, {labelallow: [job, __tenant_id__]}])"},
      {"limit by label", R"([{cri: {}}, {limit: {rate: 1000000000, burst: 1000000000,
        drop: true, by_label_name: stream}}])"},
      {"drop by several values", R"([{cri: {}}, {json: {expressions: {level: , status: }}},
        {drop: {source: [level, status], expression: ';200$'}}])"},
      {"docker", "[{cri: {}}, {docker: {}}]"},
      {"eventlogmessage", R"x([{cri: {}}, {regex: {expression: '(?P<message>.*)'}},
        {eventlogmessage: {}}, {structured_metadata: {msg: _msg}}])x"},
      {"metadata drop", R"([{cri: {}}, {json: {expressions: {user: , level: }}},
        {structured_metadata: {user: , level: }}, {structured_metadata_drop: [user]}])"},
      {"object as text", "[{cri: {}}, {json: {expressions: {all: '@'}}}]"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Cost small = cost_of(c.stages, c.content, 1'000'000);
    const Cost large = cost_of(c.stages, c.content, 5'000'000);
    // Batches, requests and buffers cost something: less than one allocation in twenty lines.
    const double lines = static_cast<double>(large.lines - small.lines);
    const double more =
        static_cast<double>(large.allocations) - static_cast<double>(small.allocations);
    EXPECT_LT(more / lines, 0.05);
  }
}

}  // namespace
}  // namespace agent::bench
