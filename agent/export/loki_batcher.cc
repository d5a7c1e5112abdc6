#include "agent/export/loki_batcher.h"

#include <algorithm>
#include <utility>

#include "agent/codec/loki_push.h"

namespace agent::exporter {
namespace {

constexpr std::uint64_t kMostEncoded = 4ULL << 20U;  // of one request, before compression
// What protobuf adds to the line and metadata of an entry, and to the labels of a stream, at most.
constexpr std::uint64_t kEntryFraming = 32;
constexpr std::uint64_t kStreamFraming = 16;
constexpr std::size_t kMostTenants = 64;

// At most `limit` bytes of `line`, no character cut in two.
std::string_view cut_utf8(std::string_view line, std::uint64_t limit) {
  auto size = static_cast<std::size_t>(limit);
  std::size_t start = size;
  const auto continues = [&](std::size_t i) {
    return (static_cast<unsigned char>(line[i]) & 0xC0U) == 0x80U;
  };
  while (start > 0 && size - start < 3 && continues(start))
    --start;
  // Only where a character that began before the cut goes on after it; other bytes stay.
  if (start < size && static_cast<unsigned char>(line[start]) >= 0xC0U) size = start;
  return line.substr(0, size);
}

}  // namespace

LokiBatcher::LokiBatcher(Config config, Environment environment, Output output)
    : config_(std::move(config)), env_(std::move(environment)), output_(std::move(output)) {}

LokiBatcher::~LokiBatcher() = default;

// ---- taking entries

model::Push LokiBatcher::push(const model::LogBatch& batch) {
  if (!has_room(batch)) return model::Push::Full;
  last_batch_ = nullptr;
  for (const auto& entry : batch.entries)
    add(entry);
  last_batch_ = nullptr;
  watch_age();
  return model::Push::Taken;
}

bool LokiBatcher::has_room(const model::LogBatch& batch) {
  hand_on();
  if (waiting_.empty()) return true;
  const model::Labels* last = nullptr;
  return std::none_of(batch.entries.begin(), batch.entries.end(), [&](const auto& entry) {
    return std::exchange(last, entry.labels) != entry.labels &&
           waiting_.contains(tenant_of(entry.labels));
  });
}

std::string_view LokiBatcher::tenant_of(const model::Labels* labels) const {
  const std::string_view named = labels->get(model::kTenantLabel);
  return named.empty() ? std::string_view(config_.tenant_id) : named;
}

void LokiBatcher::add(const model::LogEntry& entry) {
  std::string_view line = entry.line;
  if (config_.max_line_size_bytes > 0 && !cut_line(line, entry.labels))
    return drop(entry, "limit_line_size", "line_too_long");
  const std::uint64_t size =
      line.size() + (entry.metadata.empty() ? 0 : codec::loki_metadata_size(entry.metadata));
  if (last_batch_ == nullptr || entry.labels != last_labels_) {
    last_batch_ = &batch_of(entry);
    last_stream_ = stream_of(*last_batch_, entry.labels);
    last_labels_ = entry.labels;
  }
  Batch& batch = *last_batch_;
  if (batch.records > 0 && (batch.counted_bytes + size > config_.batchsize_bytes ||
                            batch.encoded_bytes + size + kEntryFraming > kMostEncoded)) {
    close(std::string(tenant_of(entry.labels)), batch);
    last_stream_ = stream_of(batch, entry.labels);
  }
  if (last_stream_ == nullptr) return drop(entry, "limit_series", "stream_limited");
  if (last_stream_->text.empty()) return drop(entry, "no_labels", "no_labels");

  std::string& out = last_stream_->entries;
  const std::size_t before = out.size();
  codec::append_loki_entry(out, entry.timestamp, line, entry.metadata);
  if (batch.records == 0) batch.opened = env_.loop.now();
  batch.encoded_bytes += out.size() - before;
  batch.counted_bytes += size;
  batch.oldest = std::min(batch.oldest, entry.timestamp);
  model::add_share(batch.receipts, entry.receipt);
  ++batch.records;
  ++held_;
}

LokiBatcher::Batch& LokiBatcher::batch_of(const model::LogEntry& entry) {
  const std::string_view tenant = tenant_of(entry.labels);
  const auto at = open_.find(tenant);
  if (at != open_.end()) return at->second;
  // Tenants come and go; the empty batches of old ones are of no use.
  if (open_.size() >= kMostTenants)
    std::erase_if(open_, [](const auto& item) { return item.second.records == 0; });
  return open_[std::string(tenant)];
}

// Null: one stream more than max_streams allows.
LokiBatcher::Stream* LokiBatcher::stream_of(Batch& batch, const model::Labels* labels) {
  const auto known = batch.by_labels.find(labels);
  if (known != batch.by_labels.end()) return &batch.streams[known->second];
  if (config_.max_streams > 0 && batch.streams.size() >= config_.max_streams) return nullptr;
  model::LabelSet all = config_.external_labels;
  for (const auto& label : labels->set())
    all.set(label.name, label.value);
  batch.by_labels.emplace(labels, batch.streams.size());
  batch.streams.push_back(
      {model::PinnedLabels(labels), codec::loki_label_text(all), take_buffer()});
  batch.encoded_bytes += batch.streams.back().text.size() + kStreamFraming;
  return &batch.streams.back();
}

// False: the line is too long and may not be cut.
bool LokiBatcher::cut_line(std::string_view& line, const model::Labels* labels) {
  const std::uint64_t limit = config_.max_line_size_bytes;
  if (line.size() <= limit) return true;
  if (!config_.max_line_size_truncate) return false;
  const std::string_view whole = line;
  line = cut_utf8(line, limit);
  env_.metrics.count(LokiMetrics::What::Mutated, std::string(tenant_of(labels)), "line_too_long", 1,
                     whole.size() - line.size());
  return true;
}

void LokiBatcher::drop(const model::LogEntry& entry, std::string_view reason,
                       std::string_view peers_reason) {
  const std::string tenant(tenant_of(entry.labels));
  env_.metrics.count(LokiMetrics::What::Dropped, tenant, peers_reason, 1, entry.line.size());
  env_.account.dropped().add(reason, 1);
  env_.receipts.settle(entry.receipt);
}

// ---- giving blocks

void LokiBatcher::close(const std::string& tenant, Batch& batch) {
  Batch closed = std::exchange(batch, Batch());
  if (closed.records == 0) return;
  std::vector<std::string> heads;
  std::vector<std::string_view> pieces;
  heads.reserve(closed.streams.size());
  for (const auto& stream : closed.streams) {
    if (stream.entries.empty()) continue;
    heads.push_back(codec::loki_stream_head(stream.text, stream.entries.size()));
    pieces.insert(pieces.end(), {heads.back(), stream.entries});
  }
  queue::Block block;
  block.payload = std::make_shared<const std::string>(compressor_.compress(pieces));
  for (auto& stream : closed.streams)
    keep_buffer(std::move(stream.entries));
  block.records = closed.records;
  block.oldest = closed.oldest;
  block.tenant = tenant;
  block.receipts = std::move(closed.receipts);
  waiting_[tenant].push_back(std::move(block));
  hand_on();
}

// The largest go first, so that the streams that need most find most.
std::string LokiBatcher::take_buffer() {
  if (buffers_.empty()) return {};
  std::string out = std::move(buffers_.back());
  buffers_.pop_back();
  buffers_bytes_ -= out.capacity();
  return out;
}

void LokiBatcher::keep_buffer(std::string buffer) {
  if (buffers_bytes_ + buffer.capacity() > 2 * config_.batchsize_bytes) return;
  buffer.clear();
  buffers_bytes_ += buffer.capacity();
  const auto at =
      std::upper_bound(buffers_.begin(), buffers_.end(), buffer,
                       [](const auto& a, const auto& b) { return a.capacity() < b.capacity(); });
  buffers_.insert(at, std::move(buffer));
}

void LokiBatcher::release_memory() {
  buffers_ = {};
  buffers_bytes_ = 0;
  compressor_.release();
}

void LokiBatcher::hand_on() {
  for (auto tenant = waiting_.begin(); tenant != waiting_.end();) {
    auto& blocks = tenant->second;
    while (!blocks.empty()) {
      const std::uint32_t records = blocks.front().records;
      if (output_(std::move(blocks.front())) == model::Push::Full) break;
      blocks.pop_front();
      held_ -= records;
    }
    tenant = blocks.empty() ? waiting_.erase(tenant) : std::next(tenant);
  }
}

void LokiBatcher::flush() {
  for (auto& [tenant, batch] : open_)
    close(tenant, batch);
  hand_on();
}

void LokiBatcher::tick() {
  const SteadyTime now = env_.loop.now();
  for (auto& [tenant, batch] : open_)
    if (batch.records > 0 && now - batch.opened >= config_.batchwait) close(tenant, batch);
  hand_on();
  if (held_ > 0) return;
  timer_.stop();
  release_memory();
}

void LokiBatcher::watch_age() {
  if (held_ == 0 || timer_.armed()) return;
  const Duration interval =
      std::max<Duration>(config_.batchwait / 10, std::chrono::milliseconds(10));
  timer_ = env_.loop.every(interval, [this] { tick(); });
}

}  // namespace agent::exporter
