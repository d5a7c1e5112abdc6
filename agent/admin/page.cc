#include "agent/admin/page.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "agent/admin/assets.h"
#include "agent/admin/documents.h"
#include "agent/admin/html.h"
#include "agent/admin/log_targets.h"
#include "agent/admin/table.h"
#include "agent/base/byte_size.h"
#include "agent/base/duration.h"
#include "agent/base/version.h"

namespace agent::admin {
namespace {

// ---- tiles: each signal in one look

struct Tile {
  std::uint64_t in = 0, delivered = 0, dropped = 0, held = 0;
  std::int64_t balance = 0;
  std::size_t destinations = 0;
};

std::string figure(const char* name, std::uint64_t value, const char* css) {
  return "<div class=\"figure " + std::string(value == 0 ? "zero" : css) + "\"><b>" +
         format_count(value) + "</b>" + name + "</div>";
}

std::string render_tiles(const Snapshot& snapshot) {
  std::string out = "<div class=\"tiles\">";
  for (const auto& pipeline : snapshot.pipelines) {
    Tile tile;
    for (const auto& entry : pipeline->ledger) {
      tile.in += entry.total_in() + entry.created;
      tile.delivered += entry.delivered;
      tile.dropped += entry.total_dropped();
      tile.held += entry.held;
      tile.balance += entry.balance();
      ++tile.destinations;
    }
    out += "<article class=\"tile\"><h2>" + escape(pipeline->signal) + "</h2>" +
           figure("in", tile.in, "") + figure("delivered", tile.delivered, "good") +
           figure("held", tile.held, "") + figure("dropped", tile.dropped, "warn") + "<footer>" +
           (tile.destinations == 0 ? tag("dim", "no output")
            : tile.balance == 0    ? tag("good", "✓ every record accounted for")
                                   : tag("bad", "✗ balance " + std::to_string(tile.balance))) +
           "</footer></article>";
  }
  for (const auto& signal : snapshot.silent)
    out += "<article class=\"tile\"><h2>" + escape(signal) + "</h2><footer>" +
           tag("bad", "✗ its thread does not answer") + "</footer></article>";
  return out + "</div>";
}

// ---- tables

std::string render_counts(const std::map<std::string, std::uint64_t>& counts) {
  std::string out;
  for (const auto& [name, count] : counts)
    if (count > 0) out += "<div><b>" + format_count(count) + "</b> " + escape(name) + "</div>";
  return out.empty() ? tag("dim", "0") : out;
}

std::string render_ledger(const Snapshot& snapshot, const std::string& base) {
  const auto entries = gather(snapshot, &model::PipelineStatus::ledger);
  std::string rows;
  for (const auto* entry : entries) {
    const auto balance = entry->balance();
    rows += "<tr>" + cell(escape(entry->signal)) + cell(escape(entry->destination)) +
            "<td class=\"n\">" + render_counts(entry->in) + "</td>" + number(entry->created) +
            number(entry->merged) + number(entry->missed) + number(entry->delivered) +
            "<td class=\"n\">" + render_counts(entry->dropped) + "</td>" + number(entry->held) +
            cell(balance == 0 ? tag("good", "✓ 0") : tag("bad", "✗ " + std::to_string(balance))) +
            "</tr>";
  }
  return section(
      "ledger", "Ledger", entries.size(), "No destination is configured.",
      "<th>Signal<th>Destination<th class=\"n\">In<th class=\"n\">Created"
      "<th class=\"n\">Merged<th class=\"n\">Missed<th class=\"n\">Delivered<th class=\"n\">Dropped"
      "<th class=\"n\">Held<th>Balance",
      rows,
      "<p class=\"note\">in + created = merged + missed + delivered + dropped + held, at "
      "any moment. <a href=\"" +
          base + "/-/ledger\">/-/ledger</a></p>");
}

std::string render_outputs(const Snapshot& snapshot, Timestamp now) {
  const auto outputs = gather(snapshot, &model::PipelineStatus::destinations);
  std::string rows;
  for (const auto* output : outputs) {
    const char* state = !output->last_error.empty()           ? "down"
                        : output->last_success == Timestamp{} ? "unknown"
                                                              : "up";
    rows += "<tr>" + cell(tag(std::string("state ") + state, state)) +
            cell("<b>" + escape(output->name) + "</b><div class=\"dim\">" + escape(output->url) +
                 "</div>" + failure(output->last_error)) +
            number(output->queued_records) + "<td class=\"n\">" +
            format_byte_size(output->queued_bytes) + "</td>" + number(output->delivered_records) +
            number(output->dropped_records) + number(output->retries) +
            cell(format_ago(output->last_success, now)) + "</tr>";
  }
  return section("outputs", "Outputs", outputs.size(), "No output is configured.",
                 "<th>State<th>Output<th class=\"n\">Queued<th class=\"n\">Bytes"
                 "<th class=\"n\">Delivered<th class=\"n\">Dropped<th class=\"n\">Retries"
                 "<th>Last success",
                 rows);
}

std::string render_target(const model::TargetStatus& target, Timestamp now) {
  const char* state = target.health == model::Health::Up     ? "up"
                      : target.health == model::Health::Down ? "down"
                                                             : "unknown";
  return "<tr>" + cell(tag(std::string("state ") + state, state)) + cell(escape(target.job)) +
         cell("<span class=\"url\">" + escape(target.url) + "</span>" + failure(target.last_error) +
              format_labels(target.labels)) +
         cell(format_ago(target.last_scrape, now)) + "<td class=\"n\">" +
         format_seconds(target.last_duration) + "</td><td class=\"n\">" +
         escape(format_prometheus_duration(target.interval)) + "</td>" +
         number(target.last_samples) + "</tr>";
}

std::string render_targets(const Snapshot& snapshot, Timestamp now, const std::string& base) {
  auto targets = gather(snapshot, &model::PipelineStatus::targets);
  // What is broken comes first.
  const auto rank = [](const auto* target) {
    return std::pair(target->health == model::Health::Up, std::string_view(target->job));
  };
  std::stable_sort(targets.begin(), targets.end(),
                   [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
  std::string rows;
  for (std::size_t i = 0; i < std::min(targets.size(), kMaxRows); ++i)
    rows += render_target(*targets[i], now);
  const auto up = std::count_if(targets.begin(), targets.end(), [](const auto* target) {
    return target->health == model::Health::Up;
  });
  const auto down = targets.size() - static_cast<std::size_t>(up);
  return section("targets", "Targets", targets.size(), "Nothing is scraped.",
                 "<th>State<th>Job<th>Target<th>Last scrape<th class=\"n\">Took"
                 "<th class=\"n\">Every<th class=\"n\">Samples",
                 rows,
                 "<p class=\"note\">" + format_count(static_cast<std::uint64_t>(up)) + " up, " +
                     format_count(down) + " not.</p>" +
                     left_out(targets.size(), base + "/api/v1/targets"));
}

// How far a file is read, and settled, out of its size.
std::string render_progress(const model::FileStatus& file) {
  const std::string size = std::to_string(std::max<std::uint64_t>(file.size_bytes, 1));
  return R"(<div class="progress"><meter min="0" max=")" + size + "\" value=\"" +
         std::to_string(std::min(file.committed_bytes, file.size_bytes)) + "\"></meter></div>";
}

std::string render_files(const Snapshot& snapshot, const std::string& base) {
  auto files = gather(snapshot, &model::PipelineStatus::files);
  const auto lag = [](const auto* file) {
    return file->size_bytes - std::min(file->size_bytes, file->read_bytes);
  };
  std::stable_sort(files.begin(), files.end(), [&](const auto* a, const auto* b) {
    return std::pair(!a->last_error.empty(), lag(a)) > std::pair(!b->last_error.empty(), lag(b));
  });
  std::string rows;
  for (std::size_t i = 0; i < std::min(files.size(), kMaxRows); ++i) {
    const auto& file = *files[i];
    const auto unsettled = file.read_bytes - std::min(file.read_bytes, file.committed_bytes);
    rows += "<tr>" +
            cell("<span class=\"url\">" + escape(file.path) + "</span>" + failure(file.last_error) +
                 format_labels(file.labels)) +
            cell(render_progress(file)) + "<td class=\"n\">" + format_byte_size(file.size_bytes) +
            "</td><td class=\"n\">" + format_byte_size(lag(&file)) + "</td><td class=\"n\">" +
            format_byte_size(unsettled) + "</td></tr>";
  }
  return section("files", "Files", files.size(), "No file is tailed.",
                 "<th>File<th>Settled<th class=\"n\">Size<th class=\"n\">Unread"
                 "<th class=\"n\">Under way",
                 rows, left_out(files.size(), base + "/metrics"));
}

std::string render_receivers(const Snapshot& snapshot) {
  const auto receivers = gather(snapshot, &model::PipelineStatus::receivers);
  std::string rows;
  for (const auto* receiver : receivers)
    rows += "<tr>" + cell(escape(receiver->name)) + number(receiver->requests) +
            number(receiver->records) + number(receiver->refused) + "</tr>";
  return section("receivers", "Receivers", receivers.size(), "Nothing listens for pushes.",
                 "<th>Receiver<th class=\"n\">Requests<th class=\"n\">Records"
                 "<th class=\"n\">Refused",
                 rows);
}

std::string render_readiness(const Snapshot& snapshot) {
  const auto reasons = reasons_not_ready(snapshot);
  if (reasons.empty()) return {};
  std::string out = "<ul class=\"reasons\">";
  for (const auto& reason : reasons)
    out += "<li>" + escape(reason) + "</li>";
  return out + "</ul>";
}

std::string render_view(const Snapshot& snapshot, View view, const Frame& frame) {
  const std::string base = escape(frame.base);
  switch (view) {
    case View::Targets:
      return render_targets(snapshot, frame.now, base) + render_log_targets(snapshot);
    case View::LogTargets:
      return render_log_targets(snapshot);
    case View::Discovery:
      return render_discovery(snapshot);
    case View::Config:
      return "<section id=\"config\"><h2>Configuration</h2><pre>" + escape(snapshot.config) +
             "</pre></section>";
    case View::Overview:
      break;
  }
  return render_tiles(snapshot) + render_ledger(snapshot, base) +
         render_outputs(snapshot, frame.now) + render_targets(snapshot, frame.now, base) +
         render_files(snapshot, base) + render_receivers(snapshot);
}

// Fills `{{name}}`; what is filled in is not looked at again.
std::string fill(std::string_view page, const std::map<std::string_view, std::string>& values) {
  std::string out;
  while (!page.empty()) {
    const auto open = std::min(page.find("{{"), page.size());
    out += page.substr(0, open);
    page.remove_prefix(open);
    const auto close = page.find("}}");
    if (close == std::string_view::npos) break;
    const auto found = values.find(page.substr(2, close - 2));
    if (found != values.end()) out += found->second;
    page.remove_prefix(close + 2);
  }
  return out;
}

}  // namespace

std::string render_page(const Snapshot& snapshot, View view, const Frame& frame) {
  const bool ready = reasons_not_ready(snapshot).empty();
  const auto uptime = std::chrono::floor<std::chrono::seconds>(frame.now - frame.started);
  return fill(assets::kPageHtml,
              {{"base", escape(frame.base)},
               {"host", escape(frame.host)},
               {"version", escape(kVersion)},
               {"uptime", escape(format_prometheus_duration(uptime))},
               {"ready", ready ? tag("state up", "ready") : tag("state down", "not ready")},
               {"main", render_readiness(snapshot) + render_view(snapshot, view, frame)}});
}

}  // namespace agent::admin
