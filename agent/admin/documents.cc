#include "agent/admin/documents.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "agent/admin/json_writer.h"
#include "agent/base/duration.h"
#include "agent/base/rfc3339.h"
#include "agent/base/version.h"
#include "agent/net/http_types.h"

namespace agent::admin {
namespace {

constexpr const char* kNever = "0001-01-01T00:00:00Z";

const char* health_name(model::Health health) {
  switch (health) {
    case model::Health::Up:
      return "up";
    case model::Health::Down:
      return "down";
    case model::Health::Unknown:
      break;
  }
  return "unknown";
}

void write_labels(JsonWriter& json, std::string_view key, const model::LabelSet& labels) {
  json.key(key).begin_object();
  for (const auto& label : labels)
    json.field(label.name, label.value);
  json.end_object();
}

void write_counts(JsonWriter& json, std::string_view key,
                  const std::map<std::string, std::uint64_t>& counts) {
  json.key(key).begin_object();
  for (const auto& [name, count] : counts)
    json.field(name, count);
  json.end_object();
}

void write_target(JsonWriter& json, const model::TargetStatus& target) {
  json.begin_object();
  write_labels(json, "discoveredLabels", target.discovered_labels);
  write_labels(json, "labels", target.labels);
  json.field("scrapePool", target.job)
      .field("scrapeUrl", target.url)
      .field("globalUrl", target.url)
      .field("lastError", target.last_error)
      .field("lastScrape", format_rfc3339(target.last_scrape))
      .field("lastScrapeDuration", std::chrono::duration<double>(target.last_duration).count())
      .field("health", health_name(target.health))
      .field("scrapeInterval", format_prometheus_duration(target.interval))
      .field("scrapeTimeout", format_prometheus_duration(target.timeout))
      .end_object();
}

void write_entry(JsonWriter& json, const model::LedgerEntry& entry) {
  json.begin_object().field("signal", entry.signal).field("destination", entry.destination);
  write_counts(json, "in", entry.in);
  json.field("in_total", entry.total_in());
  json.field("created", entry.created)
      .field("merged", entry.merged)
      .field("missed", entry.missed)
      .field("delivered", entry.delivered);
  write_counts(json, "dropped", entry.dropped);
  json.field("dropped_total", entry.total_dropped());
  json.field("held", entry.held).field("balance", entry.balance()).end_object();
}

struct Sums {
  std::uint64_t in = 0, created = 0, merged = 0, missed = 0, delivered = 0, dropped = 0, held = 0;
  std::int64_t balance = 0;

  void add(const model::LedgerEntry& entry) {
    in += entry.total_in();
    created += entry.created;
    merged += entry.merged;
    missed += entry.missed;
    delivered += entry.delivered;
    dropped += entry.total_dropped();
    held += entry.held;
    balance += entry.balance();
  }
};

}  // namespace

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return raw("null");
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return raw({text.data(), static_cast<std::size_t>(end - text.data())});
}

std::string format_rfc3339(Timestamp time) {
  return time == Timestamp{} ? kNever : agent::format_rfc3339(time);
}

std::vector<std::string> reasons_not_ready(const Snapshot& snapshot) {
  std::vector<std::string> reasons = snapshot.not_ready;
  for (const auto& signal : snapshot.silent)
    reasons.push_back(signal + ": its thread does not answer");
  for (const auto& pipeline : snapshot.pipelines)
    for (const auto& reason : pipeline->not_ready)
      reasons.push_back(pipeline->signal + ": " + reason);
  return reasons;
}

std::string readiness_json(const Snapshot& snapshot) {
  const auto reasons = reasons_not_ready(snapshot);
  JsonWriter json;
  json.begin_object().field("ready", reasons.empty()).key("reasons").begin_array();
  for (const auto& reason : reasons)
    json.value(reason);
  json.end_array().end_object();
  return json.take();
}

std::string ledger_json(const Snapshot& snapshot) {
  Sums sums;
  bool balanced = true;
  JsonWriter entries;
  entries.begin_object().key("entries").begin_array();
  for (const auto& pipeline : snapshot.pipelines) {
    for (const auto& entry : pipeline->ledger) {
      write_entry(entries, entry);
      sums.add(entry);
      balanced = balanced && entry.balance() == 0;
    }
  }
  entries.end_array()
      .key("sums")
      .begin_object()
      .field("in", sums.in)
      .field("created", sums.created)
      .field("merged", sums.merged)
      .field("missed", sums.missed)
      .field("delivered", sums.delivered)
      .field("dropped", sums.dropped)
      .field("held", sums.held)
      .field("balance", sums.balance)
      .end_object()
      .field("balanced", balanced)
      .key("silent")
      .begin_array();
  for (const auto& signal : snapshot.silent)
    entries.value(signal);
  entries.end_array().end_object();
  return entries.take();
}

std::string targets_json(const Snapshot& snapshot, std::string_view query) {
  const auto state = net::query_value(query, "state");
  const auto pool = net::query_value(query, "scrapePool");
  const bool active = !state || (*state != "dropped");
  JsonWriter json;
  json.begin_object().field("status", "success").key("data").begin_object();
  json.key("activeTargets").begin_array();
  for (const auto& pipeline : snapshot.pipelines) {
    if (!active) break;
    for (const auto& target : pipeline->targets)
      if (!pool || pool->empty() || *pool == target.job) write_target(json, target);
  }
  json.end_array();
  // What relabeling dropped is not part of a snapshot.
  json.key("droppedTargets").begin_array().end_array();
  json.key("droppedTargetCounts").begin_object().end_object();
  json.end_object().end_object();
  return json.take();
}

std::string version_json() {
  JsonWriter json;
  json.begin_object().field("product", "dunlin").field("version", kVersion).end_object();
  return json.take();
}

}  // namespace agent::admin
