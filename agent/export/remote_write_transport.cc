#include "agent/export/remote_write_transport.h"

#include <utility>

#include "agent/base/version.h"
#include "agent/codec/compression.h"
#include "agent/codec/remote_write.h"

namespace agent::exporter {
namespace {

// Far above what the batcher makes; only a damaged block gets here.
constexpr std::uint64_t kMaxRequestBytes = 256U << 20U;

class HttpTry final : public Transport::Try {
 public:
  explicit HttpTry(net::HttpClient::Call call) : call_(std::move(call)) {}

 private:
  net::HttpClient::Call call_;
};

queue::Block make_half(const queue::Block& whole, const std::string& request,
                       std::uint32_t records) {
  queue::Block out;
  out.payload = std::make_shared<const std::string>(codec::snappy_compress(request));
  out.records = records;
  out.oldest = whole.oldest;
  out.tenant = whole.tenant;
  return out;
}

// The first `records` records own the first shares.
void share_receipts(const queue::Block& whole, queue::Block& first, queue::Block& second) {
  std::uint32_t left = first.records;
  for (const auto& share : whole.receipts) {
    const std::uint32_t part = std::min(share.records, left);
    if (part > 0) model::add_share(first.receipts, share.id, part);
    if (part < share.records) model::add_share(second.receipts, share.id, share.records - part);
    left -= part;
  }
}

}  // namespace

RemoteWriteTransport::RemoteWriteTransport(loop::EventLoop& loop, const RemoteWriteConfig& config,
                                           const Clock& clock)
    : clock_(clock), url_(config.url), timeout_(config.timeout), client_(loop, config.http) {
  retry_options_.protocol = Protocol::RemoteWrite;
  retry_options_.retry_on_429 = config.retry_on_429;
  for (const auto& [name, value] : config.headers)
    headers_.set(name, value);
  headers_.set("content-type", "application/x-protobuf");
  headers_.set("content-encoding", "snappy");
  headers_.set("user-agent", std::string("dunlin/") + kVersion);
  headers_.set("x-prometheus-remote-write-version", "0.1.0");
}

std::unique_ptr<Transport::Try> RemoteWriteTransport::send(Request request, Done done) {
  net::ClientRequest post;
  post.method = "POST";
  post.url = url_;
  post.headers = headers_;
  if (request.attempt > 0) post.headers.set("retry-attempt", std::to_string(request.attempt));
  post.body = std::move(request.payload);
  post.timeout = timeout_;
  return std::make_unique<HttpTry>(client_.start(
      std::move(post), [this, done = std::move(done)](const Result<net::ClientResponse>& answer) {
        done(judge_http(retry_options_, answer, clock_.wall_now()));
      }));
}

std::vector<queue::Block> RemoteWriteTransport::halve(const queue::Block& block) {
  return halve_remote_write_block(block);
}

std::vector<queue::Block> halve_remote_write_block(const queue::Block& block) {
  const std::uint32_t half = block.records / 2;
  if (half == 0) return {};
  const auto request = codec::snappy_uncompress(*block.payload, kMaxRequestBytes);
  if (!request) return {};
  const auto parts = codec::cut_write_request(*request, half);
  if (!parts) return {};
  std::vector<queue::Block> out;
  out.push_back(make_half(block, parts->first, half));
  out.push_back(make_half(block, parts->second, block.records - half));
  share_receipts(block, out[0], out[1]);
  return out;
}

}  // namespace agent::exporter
