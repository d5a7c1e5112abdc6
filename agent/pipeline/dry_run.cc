#include "agent/pipeline/dry_run.h"

#include <cstdio>
#include <ctime>

#include "agent/base/rfc3339.h"
#include "agent/base/strings.h"
#include "agent/codec/loki_push.h"

namespace agent::pipeline {
namespace {

// Entries that a stage merges into another one never come out.
constexpr std::size_t kMostSeen = 10'000;

// "2026-11-22T18:00:00.25+0100", local time.
std::string format_local(Timestamp time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t whole = second.time_since_epoch().count();
  std::tm parts{};
  ::localtime_r(&whole, &parts);
  char text[64];
  std::string out(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts));
  const std::int64_t ns = nanosecond_of(time);
  if (ns > 0) {
    std::string digits = std::to_string(1'000'000'000 + ns).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    out += "." + digits;
  }
  return out.append(text, std::strftime(text, sizeof text, "%z", &parts));
}

// One line for people: a log may hold anything, also what moves a terminal's cursor.
std::string shown(std::string_view text) {
  std::string out;
  for (const char c : replace_invalid_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool control = (byte < 0x20 && c != '\t' && c != '\n') || byte == 0x7f;
    char escaped[8];
    if (control) std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(byte));
    control ? out += escaped : out += c;
  }
  return out;
}

std::string name_in(const char* part, std::string_view name) {
  return std::string(part) + "[" + json_quote(name) + "]";
}

}  // namespace

Print print_to_stdout() {
  return [](const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  };
}

model::Push EntryPrinter::push(const model::LogBatch& batch) {
  std::string out;
  for (const auto& entry : batch.entries) {
    out += format_local(entry.timestamp) + "\t" + codec::loki_label_text(entry.labels->set()) +
           "\t" + shown(entry.line) + "\n";
    receipts_.settle(entry.receipt);
  }
  print_(out);
  return model::Push::Taken;
}

StageInspector::State StageInspector::state_of(const logs::Entry& entry) {
  State out{{"Line", std::string(entry.line)}, {"Timestamp", format_local(entry.timestamp)}};
  for (const auto& label : entry.labels->set())
    out[name_in("Labels", label.name)] = label.value;
  for (const auto& item : entry.metadata)
    out[name_in("StructuredMetadata", item.name)] = item.value;
  for (const auto& item : entry.extracted.all())
    logs::append_text(out[name_in("Extracted", item.name)], item.value);
  return out;
}

void StageInspector::on_input(const logs::Entry& entry) {
  if (seen_.size() >= kMostSeen) seen_.clear();
  seen_[entry.serial] = state_of(entry);
}

void StageInspector::on_stage(std::string_view path, const logs::Entry& entry) {
  const auto dot = path.rfind('.');
  const std::string_view stage = path.substr(dot == std::string_view::npos ? 0 : dot + 1);
  State now = state_of(entry);
  State& before = seen_[entry.serial];
  std::string out = "[inspect: " + std::string(stage) + " stage]:";
  const std::size_t head = out.size();
  for (const auto& [name, value] : before)
    if (const auto at = now.find(name); at == now.end() || at->second != value)
      out += "\n" + name + ":\n\t-: " + shown(value) +
             (at == now.end() ? "" : "\n\t+: " + shown(at->second));
  for (const auto& [name, value] : now)
    if (!before.contains(name)) out += "\n" + name + ":\n\t+: " + shown(value);
  print_(out + (out.size() == head ? " none\n" : "\n"));
  before = std::move(now);
}

void StageInspector::on_drop(const logs::Entry& entry, std::string_view reason) {
  print_("[inspect: dropped, reason " + std::string(reason) + "]: " + shown(entry.line) + "\n");
  seen_.erase(entry.serial);
}

}  // namespace agent::pipeline
