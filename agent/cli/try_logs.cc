// dunlin try logs: entries from stdin through the stages of a file. Spec: logs.md 4.6.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <optional>
#include <vector>

#include "agent/base/rfc3339.h"
#include "agent/base/strings.h"
#include "agent/cli/cli.h"
#include "agent/cli/command.h"
#include "agent/codec/json.h"
#include "agent/codec/json_value.h"
#include "agent/config/loader.h"
#include "agent/logs/stages/go_time.h"
#include "agent/logs/stages/pipeline.h"

namespace agent::cli {
namespace {

// Unicode's line ends are escaped too: who reads lines may take them for the end of one.
std::string quoted(std::string_view text) {
  std::string out = json_quote(text);
  constexpr std::pair<std::string_view, std::string_view> kLineEnds[] = {
      {"\xC2\x85", "\\u0085"}, {"\xE2\x80\xA8", "\\u2028"}, {"\xE2\x80\xA9", "\\u2029"}};
  for (const auto& [character, escape] : kLineEnds)
    for (auto at = out.find(character); at != std::string::npos; at = out.find(character, at))
      out.replace(at, character.size(), escape);
  return out;
}

void append_extracted(std::string& out, const logs::Extracted& extracted) {
  out += ",\"extracted\":{";
  bool first = true;
  for (const auto& item : extracted.all()) {
    if (!std::exchange(first, false)) out += ',';
    out += quoted(item.name) + ":";
    switch (item.value.kind) {
      case logs::Value::Kind::Null:
        out += "null";
        break;
      case logs::Value::Kind::Text:
        out += quoted(item.value.text);
        break;
      default:
        logs::append_text(out, item.value);
    }
  }
  out += '}';
}

// An entry as one JSON object, without the closing brace. Our label sets do not keep empty labels,
// as they are never sent: those of the input, `empty_labels`, are shown where they were.
std::string open_object(const logs::Entry& entry,
                        const std::vector<std::string>& empty_labels = {}) {
  std::string out = "{\"timestamp\":" + quoted(format_rfc3339(entry.timestamp)) +
                    ",\"line\":" + quoted(entry.line) + ",\"labels\":{";
  bool first = true;
  for (const auto& label : entry.labels->set()) {
    if (!std::exchange(first, false)) out += ',';
    out += quoted(label.name) + ":" + quoted(label.value);
  }
  for (const std::string& name : empty_labels) {
    if (!entry.labels->get(name).empty()) continue;
    if (!std::exchange(first, false)) out += ',';
    out += quoted(name) + ":\"\"";
  }
  out += "},\"structured_metadata\":{";
  first = true;
  for (const auto& item : entry.metadata) {
    if (!std::exchange(first, false)) out += ',';
    out += quoted(item.name) + ":" + quoted(item.value);
  }
  return out + "}";
}

// Collects what happens to the entries of one input line and prints it in the order in which the
// entries were made.
class Printer final : public logs::Pipeline::Observer {
 public:
  explicit Printer(const TryLogsArguments& arguments) : arguments_(arguments) {}
  std::vector<std::string>& empty_labels() { return empty_labels_; }

  void on_stage(std::string_view path, const logs::Entry& entry) override {
    if (!arguments_.explain) return;
    std::string out = open_object(entry);
    append_extracted(out, entry.extracted);
    std::printf("%s,\"after\":%s}\n", out.c_str(), quoted(path).c_str());
  }
  void on_held(std::string_view path, std::size_t records) override {
    if (arguments_.explain)
      std::printf("{\"held\":%zu,\"after\":%s}\n", records, quoted(path).c_str());
  }
  void on_drop(const logs::Entry& entry, std::string_view reason) override {
    if (arguments_.explain)
      std::printf("{\"dropped\":%s,\"line\":%s}\n", quoted(reason).c_str(),
                  quoted(entry.line).c_str());
    if (arguments_.show_dropped)
      lines_.push_back({entry.serial, "{\"dropped\":" + quoted(reason) + "}"});
  }
  void on_output(const logs::Entry& entry) override {
    std::string out = open_object(entry, empty_labels_);
    if (arguments_.show_extracted) append_extracted(out, entry.extracted);
    lines_.push_back({entry.serial, out + "}"});
  }

  void print() {
    // Stable, by the input that they came from: entries that a stage released stand as they came.
    std::stable_sort(lines_.begin(), lines_.end(),
                     [](const Line& a, const Line& b) { return a.serial < b.serial; });
    for (const Line& line : lines_)
      std::printf("%s\n", line.text.c_str());
    lines_.clear();
  }

 private:
  struct Line {
    std::uint64_t serial;
    std::string text;
  };
  const TryLogsArguments& arguments_;
  std::vector<Line> lines_;
  std::vector<std::string> empty_labels_;  // of the input line
};

// {pipeline_stages: [...]}, a bare list, or the first job of a promtail.yaml.
config::Node stages_of(const config::Node& document, std::string& path) {
  if (document.is_sequence()) return document;
  path = "pipeline_stages";
  if (auto stages = document.get("pipeline_stages"); !stages.is_absent()) return stages;
  config::Node jobs = document.get("scrape_configs");
  path = "scrape_configs[0].pipeline_stages";
  if (jobs.is_absent()) {
    jobs = document.get("logs").get("scrape_configs");
    path = "logs." + path;
  }
  return jobs.items().empty() ? config::Node() : jobs.items()[0].get("pipeline_stages");
}

void print_problems(const config::Report& report) {
  for (const auto& problem : report.problems()) {
    const char* severity = problem.severity == config::Severity::Error     ? "error: "
                           : problem.severity == config::Severity::Warning ? "warning: "
                                                                           : "note: ";
    std::fprintf(stderr, "%s%s\n", severity, config::to_string(problem).c_str());
  }
}

// One line of input. False where it is no entry; said on stderr.
bool read_entry(const std::string& input, model::LabelTable& table, model::LogEntry& out,
                model::Arena& arena, std::vector<std::string>& empty_labels) {
  codec::JsonPool pool;
  const auto parsed = codec::parse_json(input, pool);
  const auto* line = parsed ? parsed->get("line") : nullptr;
  if (line == nullptr || !line->is(codec::JsonValue::Kind::String)) {
    std::fprintf(stderr, "stdin: not an entry {\"line\": \"..\"}: %.200s\n", input.c_str());
    return false;
  }
  out.line = arena.copy(line->text());
  model::LabelSet labels;
  if (const auto* given = parsed->get("labels"))
    for (const auto& label : given->members()) {
      labels.set(label.name, label.value.text());
      if (label.value.text().empty()) empty_labels.emplace_back(label.name);
    }
  out.labels = table.intern(labels);
  const auto* time = parsed->get("timestamp");
  if (time == nullptr) return true;
  const auto read = logs::TimeFormat("RFC3339Nano", {}).parse(time->text(), out.timestamp);
  if (read) {
    out.timestamp = *read;
    return true;
  }
  std::fprintf(stderr, "stdin: the timestamp is not RFC 3339: %.200s\n", input.c_str());
  return false;
}

// What a pipeline lives on, in a process that only tries one out.
struct Bench {
  config::Report report;
  selfmon::Scope metrics;
  selfmon::Ledger ledger{"logs", metrics};
  model::LabelTable labels;
  model::ReceiptBook receipts;
};

int run_entries(logs::Pipeline& pipeline, const TryLogsArguments& arguments,
                model::LabelTable& labels) {
  Printer printer(arguments);
  pipeline.set_observer(&printer);
  const SystemClock clock;
  model::LogBatch batch;
  int exit_code = kOk;
  std::string input;
  while (std::getline(std::cin, input)) {
    const Timestamp now = clock.wall_now();
    if (input.empty() && !arguments.raw) continue;
    batch.clear();
    printer.empty_labels().clear();
    model::LogEntry entry;
    entry.timestamp = now;
    if (arguments.raw) {
      entry.line = batch.arena.copy(input);
      entry.labels = labels.intern({});
    } else if (!read_entry(input, labels, entry, batch.arena, printer.empty_labels())) {
      exit_code = kFailure;
      continue;
    }
    batch.entries.push_back(entry);
    pipeline.process(batch, now);
    printer.print();
    labels.sweep();
  }
  batch.clear();
  printer.empty_labels().clear();
  pipeline.flush(batch, clock.wall_now());
  printer.print();
  return exit_code;
}

}  // namespace

int try_logs(const TryLogsArguments& arguments) {
  Bench bench;
  const auto documents = config::load_documents(
      arguments.stages_file, {arguments.expand_env, &config::process_environment}, bench.report);
  std::unique_ptr<logs::Pipeline> pipeline;
  if (!bench.report.has_errors()) {
    std::string path;
    const config::Node stages =
        stages_of(documents.empty() ? config::Node() : documents[0].node, path);
    if (stages.is_absent())
      bench.report.error({arguments.stages_file, 1, 1}, "",
                         "a list of stages, pipeline_stages or scrape_configs is asked here");
    auto made = logs::make_pipeline(
        stages, {bench.report, path, bench.metrics, bench.labels, bench.receipts, bench.ledger});
    if (made) pipeline = std::move(*made);
  }
  print_problems(bench.report);
  if (bench.report.has_errors() || pipeline == nullptr) return kFailure;
  return run_entries(*pipeline, arguments, bench.labels);
}

}  // namespace agent::cli
