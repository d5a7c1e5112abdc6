#include "agent/export/loki_metrics.h"

#include <algorithm>

namespace agent::exporter {
namespace {

constexpr std::string_view kRateLimited = "rate_limited";
constexpr std::string_view kRefused = "ingester_error";
constexpr std::string_view kReasons[] = {kRefused, kRateLimited, "stream_limited", "line_too_long"};
// Tenants may come from what a log says; series do not grow without end.
constexpr std::size_t kMostTenants = 500;
constexpr const char* kOtherTenants = "(others)";

// Bytes of some records of a block: entries are about alike.
std::uint64_t share_of(std::uint64_t bytes, std::uint64_t records, std::uint64_t all) {
  return all == 0 ? 0 : bytes * std::min(records, all) / all;
}

}  // namespace

std::string host_of_url(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  const auto user = url.rfind('@');
  if (user != std::string_view::npos) url.remove_prefix(user + 1);
  return std::string(url);
}

LokiMetrics::LokiMetrics(const selfmon::Scope& scope, const std::string& url,
                         const std::string& tenant_id)
    : scope_(scope.with("host", host_of_url(url))),
      encoded_bytes_(scope_.counter("loki_encoded_bytes_total", "Bytes encoded to be sent.")),
      sent_bytes_(scope_.counter("loki_sent_bytes_total", "Bytes that were delivered.")),
      sent_entries_(scope_.counter("loki_sent_entries_total", "Entries that were delivered.")) {
  tenant_of(tenant_id);
}

LokiMetrics::Tenant& LokiMetrics::tenant_of(const std::string& tenant) {
  const auto known = tenants_.find(tenant);
  if (known != tenants_.end()) return known->second;
  if (tenants_.size() >= kMostTenants && tenant != kOtherTenants) return tenant_of(kOtherTenants);
  Tenant& made = tenants_.emplace(tenant, Tenant{scope_.with("tenant", tenant)}).first->second;
  made.retries =
      &made.scope.counter("loki_batch_retries_total", "Tries of batches that are repeated.");
  for (const What what : {What::Dropped, What::Mutated})
    for (const std::string_view reason : kReasons)
      pair_of(made, what, reason);
  return made;
}

LokiMetrics::Pair& LokiMetrics::pair_of(Tenant& tenant, What what, std::string_view reason) {
  const bool dropped = what == What::Dropped;
  ByReason& pairs = dropped ? tenant.dropped : tenant.mutated;
  const auto known = pairs.find(reason);
  if (known != pairs.end()) return known->second;
  const selfmon::Scope scope = tenant.scope.with("reason", reason);
  Pair made;
  made.entries = dropped ? &scope.counter("loki_dropped_entries_total", "Entries given up.")
                         : &scope.counter("loki_mutated_entries_total", "Entries that were cut.");
  made.bytes = dropped ? &scope.counter("loki_dropped_bytes_total", "Bytes given up.")
                       : &scope.counter("loki_mutated_bytes_total", "Bytes that were cut off.");
  return pairs.emplace(std::string(reason), made).first->second;
}

void LokiMetrics::count(What what, const std::string& tenant, std::string_view reason,
                        std::uint64_t entries, std::uint64_t bytes) {
  const Pair& pair = pair_of(tenant_of(tenant), what, reason);
  pair.entries->add(entries);
  pair.bytes->add(bytes);
}

void LokiMetrics::tried(const Transport::Request& request, int status, Duration took,
                        const Outcome& outcome) {
  selfmon::Histogram*& duration = durations_[status];
  if (duration == nullptr)
    duration = &scope_.histogram("loki_request_duration_seconds", selfmon::default_buckets(),
                                 {{"status_code", std::to_string(status)}},
                                 "Time of requests; status_code -1 where there was no answer.");
  duration->observe(std::chrono::duration<double>(took).count());
  const std::uint64_t bytes = request.payload->size();
  if (request.attempt == 0) encoded_bytes_.add(bytes);
  if (outcome.kind == Outcome::Kind::Retry) return tenant_of(request.tenant).retries->add();
  if (outcome.kind != Outcome::Kind::Delivered) return;
  const auto refused = std::min<std::uint64_t>(outcome.rejected, request.records);
  sent_entries_.add(request.records - refused);
  sent_bytes_.add(bytes - share_of(bytes, refused, request.records));
}

void LokiMetrics::dropped(const queue::Block& block, const Outcome& outcome,
                          std::uint64_t records) {
  count(What::Dropped, block.tenant, outcome.reason == "http_429" ? kRateLimited : kRefused,
        records, share_of(block.payload->size(), records, block.records));
}

}  // namespace agent::exporter
