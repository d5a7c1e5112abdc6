#include "agent/export/loki_transport.h"

#include <utility>

#include "agent/base/version.h"
#include "agent/codec/compression.h"
#include "agent/codec/loki_push.h"
#include "agent/export/loki_refusal.h"
#include "agent/export/retry_policy.h"

namespace agent::exporter {
namespace {

constexpr std::uint64_t kLargestRequest = 256ULL << 20U;

struct HttpTry final : Transport::Try {
  net::HttpClient::Call call;
};

}  // namespace

std::unique_ptr<Transport::Try> LokiTransport::send(Request request, Done done) {
  net::ClientRequest post;
  post.method = "POST";
  post.url = config_.url;
  post.timeout = config_.timeout;
  post.body = request.payload;
  for (const auto& [name, value] : config_.headers)
    post.headers.set(name, value);
  post.headers.set("Content-Type", "application/x-protobuf");
  post.headers.set("User-Agent", std::string("dunlin/") + kVersion);
  if (!request.tenant.empty()) post.headers.set("X-Scope-OrgID", request.tenant);
  const RetryOptions options{Protocol::LokiPush, !config_.drop_rate_limited_batches};
  auto running = std::make_unique<HttpTry>();
  running->call = client_->start(
      std::move(post),
      [this, options, request = std::move(request), started = env_.clock.steady_now(),
       done = std::move(done)](const Result<net::ClientResponse>& answer) {
        Outcome outcome = judge_http(options, answer, env_.clock.wall_now());
        env_.metrics.tried(request, answer ? answer->status : -1, env_.clock.steady_now() - started,
                           outcome);
        done(std::move(outcome));
      });
  return running;
}

std::vector<queue::Block> LokiTransport::halve(const queue::Block& block) {
  const auto request = codec::snappy_uncompress(*block.payload, kLargestRequest);
  if (!request) return {};
  const auto halves = codec::split_loki_push(*request);
  if (!halves || halves->second_entries == 0) return {};
  const auto make = [&](const std::string& text, std::uint32_t entries) {
    queue::Block half;
    half.payload = std::make_shared<const std::string>(codec::snappy_compress(text));
    half.records = entries;
    half.oldest = block.oldest;
    half.tenant = block.tenant;
    return half;
  };
  std::vector<queue::Block> out;
  out.push_back(make(halves->first, halves->first_entries));
  out.push_back(make(halves->second, halves->second_entries));
  out.back().receipts = block.receipts;
  return out;
}

void LokiTransport::on_dropped(const queue::Block& block, const Outcome& outcome,
                               std::uint64_t records) {
  env_.metrics.dropped(block, outcome, records);
  if (env_.dead_letters == nullptr || !outcome.judges_records) return;
  const auto letters =
      make_dead_letters(block, outcome, {config_.destination, env_.clock.wall_now(), records});
  if (!letters) return;  // a payload that is none of ours
  for (const DeadLetter& letter : *letters)
    env_.dead_letters->add(letter.line, letter.records);
}

}  // namespace agent::exporter
