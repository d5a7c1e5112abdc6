#include "agent/admin/log_targets.h"

#include <algorithm>
#include <map>

#include "agent/admin/html.h"
#include "agent/admin/json_writer.h"
#include "agent/admin/table.h"

namespace agent::admin {
namespace {

constexpr std::size_t kMaxFiles = 100;  // below one target

std::string state_of(const model::LogTargetStatus& target) {
  if (!target.dropped.empty()) return tag("state unknown", "dropped");
  return target.ready ? tag("state up", "ready") : tag("state down", "not ready");
}

// "path: offset" of each file that a target leads to.
std::string render_files(const std::vector<const model::FileStatus*>& files) {
  std::string out;
  for (std::size_t i = 0; i < std::min(files.size(), kMaxFiles); ++i)
    out += "<div><span class=\"url\">" + escape(files[i]->path) + "</span> " +
           format_count(files[i]->read_bytes) + failure(files[i]->last_error) + "</div>";
  if (files.size() > kMaxFiles)
    out += "<div>and " + format_count(files.size() - kMaxFiles) + " more</div>";
  return out;
}

void write_labels(JsonWriter& json, std::string_view key, const model::LabelSet& labels) {
  json.key(key).begin_object();
  for (const auto& label : labels)
    json.field(label.name, label.value);
  json.end_object();
}

std::string found_row(const std::string& state, const std::string& job,
                      const model::LabelSet& discovered, const std::string& became) {
  return "<tr>" + cell(state) + cell(escape(job)) + cell(format_labels(discovered)) + cell(became) +
         "</tr>";
}

}  // namespace

std::string render_log_targets(const Snapshot& snapshot) {
  std::map<model::LabelSet, std::vector<const model::FileStatus*>> files;
  for (const auto* file : gather(snapshot, &model::PipelineStatus::files))
    files[file->labels].push_back(file);
  std::string rows;
  std::size_t count = 0;
  for (const auto* target : gather(snapshot, &model::PipelineStatus::log_targets)) {
    if (!target->dropped.empty() || ++count > kMaxRows) continue;
    const bool of_files = target->kind == "File";
    rows += "<tr>" + cell(state_of(*target)) + cell(escape(target->job)) +
            cell(escape(target->kind)) + cell(format_labels(target->labels)) +
            cell(of_files ? render_files(files[target->labels]) : "") + "</tr>";
  }
  return section("log-targets", "Log targets", count, "No log job has a target.",
                 "<th>State<th>Job<th>Type<th>Labels<th>Files and positions", rows,
                 left_out(count, "service-discovery"));
}

std::string render_discovery(const Snapshot& snapshot) {
  const auto logs = gather(snapshot, &model::PipelineStatus::log_targets);
  const auto scraped = gather(snapshot, &model::PipelineStatus::targets);
  std::string rows;
  std::size_t left = kMaxRows;
  for (const auto* target : logs) {
    if (left == 0) break;
    --left;
    rows += found_row(state_of(*target), target->job, target->discovered_labels,
                      target->dropped.empty() ? format_labels(target->labels)
                                              : tag("dim", "reason: " + target->dropped));
  }
  for (const auto* target : scraped) {
    if (left == 0) break;
    --left;
    rows += found_row(tag("state up", "active"), target->job, target->discovered_labels,
                      format_labels(target->labels));
  }
  const std::size_t count = logs.size() + scraped.size();
  return section("service-discovery", "Service discovery", count, "Nothing was discovered.",
                 "<th>State<th>Job<th>Discovered labels<th>Target labels", rows,
                 left_out(count, "service-discovery"));
}

std::string discovery_json(const Snapshot& snapshot) {
  JsonWriter json;
  json.begin_object().key("logs").begin_array();
  for (const auto* target : gather(snapshot, &model::PipelineStatus::log_targets)) {
    json.begin_object().field("job", target->job).field("kind", target->kind);
    write_labels(json, "discoveredLabels", target->discovered_labels);
    write_labels(json, "labels", target->labels);
    json.field("ready", target->ready).field("dropped", target->dropped).end_object();
  }
  json.end_array().key("metrics").begin_array();
  for (const auto* target : gather(snapshot, &model::PipelineStatus::targets)) {
    json.begin_object().field("job", target->job);
    write_labels(json, "discoveredLabels", target->discovered_labels);
    write_labels(json, "labels", target->labels);
    json.end_object();
  }
  json.end_array().end_object();
  return json.take();
}

bool has_ready_log_target(const Snapshot& snapshot) {
  const auto targets = gather(snapshot, &model::PipelineStatus::log_targets);
  return std::any_of(targets.begin(), targets.end(),
                     [](const auto* target) { return target->ready; });
}

}  // namespace agent::admin
