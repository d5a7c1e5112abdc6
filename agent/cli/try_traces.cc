// `dunlin try traces`: the head sampler on OTLP/JSON requests. Spec: traces.md 11.
#include <cstdio>
#include <iostream>
#include <string>

#include "agent/base/strings.h"
#include "agent/cli/cli.h"
#include "agent/cli/command.h"
#include "agent/codec/otlp_json.h"
#include "agent/codec/otlp_traces.h"
#include "agent/traces/ratio_sampler.h"
#include "agent/traces/sampling_sink.h"

namespace agent::cli {
namespace {

// The request in `line` with the kept spans only.
Result<std::string> sample_line(const std::string& line, codec::SpanRewriter& rewriter,
                                traces::SamplerFilter& filter) {
  const auto& schema = codec::kExportTraceServiceRequest;
  const auto request = codec::otlp_from_json(schema, line);
  if (!request) return request.error();
  const auto counts = rewriter.walk(*request, filter);
  if (!counts) return counts.error();
  std::string kept;
  rewriter.write(kept);
  return codec::otlp_to_json(schema, kept);
}

}  // namespace

int try_traces(const TryTracesArguments& arguments) {
  const auto ratio = traces::parse_ratio(arguments.ratio_text);
  if (!ratio) {
    std::fprintf(stderr, "--ratio: %s\n", ratio.error().message.c_str());
    return kUsage;
  }
  const auto mode = traces::parse_sampler_mode(arguments.mode);
  if (!mode) {
    std::fprintf(stderr, "--mode: %s\n", mode.error().message.c_str());
    return kUsage;
  }
  const traces::RatioSampler sampler(*ratio, *mode);
  traces::SamplerFilter filter(sampler);
  codec::SpanRewriter rewriter;
  int exit_code = kOk;
  for (std::string line; std::getline(std::cin, line);) {
    if (trim(line).empty()) continue;
    const auto sampled = sample_line(line, rewriter, filter);
    if (!sampled) exit_code = kFailure;
    std::cout << (sampled ? *sampled : "{\"error\":" + json_quote(sampled.error().message) + "}")
              << '\n';
  }
  return exit_code;
}

}  // namespace agent::cli
