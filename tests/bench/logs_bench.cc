// The logs pipeline on one thread, end to end. bytes_per_second is input per CPU second of that
// thread; the receiver runs on another one. See docs/benchmarks.md.
#include <cstdlib>
#include <map>
#include <memory>

#include <benchmark/benchmark.h>

#include "tests/bench/log_lines.h"
#include "tests/bench/log_rig.h"

namespace agent::bench {
namespace {

constexpr const char* kPlain = "[{cri: {}}]";
constexpr const char* kJson = R"([{cri: {}},
  {json: {expressions: {status: status, msg: msg, level: level}}},
  {drop: {source: status, value: "200"}},
  {labels: {level: }}])";
constexpr const char* kRegex = R"x([{cri: {}},
  {regex: {expression: '^(?P<ip>\S+) (?P<identd>\S+) (?P<user>\S+) \[(?P<time>[^\]]+)\] "(?P<method>\S+) (?P<path>\S+) (?P<protocol>[^"]+)" (?P<status>\d+) (?P<size>\d+) "(?P<referer>[^"]*)" "(?P<agent>[^"]*)"'}},
  {labels: {method: }}])x";

// LOG_BENCH_MB: the size of the input; 1 in the test that only looks whether all arrives.
std::size_t input_bytes() {
  const char* given = std::getenv("LOG_BENCH_MB");
  return (given != nullptr ? std::strtoul(given, nullptr, 10) : 128UL) * 1'000'000;
}

void run_logs(benchmark::State& state, Content content, const char* stages) {
  std::uint64_t lines = 0;
  std::uint64_t kept = 0;
  const std::string input = make_log_lines(input_bytes(), content, lines, kept);
  LogRig rig(input, stages);
  const std::uint64_t expected = stages == kJson ? kept : lines;
  for (auto _ : state) {
    const LogRig::Run run = rig.run(lines);
    if (run.in != lines || run.delivered != expected) {
      state.SkipWithError("not every line arrived");
      return;
    }
  }
  const auto rounds = static_cast<double>(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(rounds * static_cast<double>(input.size())));
  state.counters["lines"] =
      benchmark::Counter(rounds * static_cast<double>(lines), benchmark::Counter::kIsRate);
  state.counters["wire_per_input"] =
      static_cast<double>(rig.received_bytes()) / (rounds * static_cast<double>(input.size()));
}

void logs_plain(benchmark::State& state) { run_logs(state, Content::Json, kPlain); }
void logs_json_drop_label(benchmark::State& state) { run_logs(state, Content::Json, kJson); }
void logs_regex_11(benchmark::State& state) { run_logs(state, Content::Nginx, kRegex); }

BENCHMARK(logs_plain)->Unit(benchmark::kMillisecond);
BENCHMARK(logs_json_drop_label)->Unit(benchmark::kMillisecond);
BENCHMARK(logs_regex_11)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace agent::bench
