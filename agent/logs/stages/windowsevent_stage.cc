// windowsevent: the sections of a Windows event's message become extracted values.
//
// DESIGN. A message is sections with an empty line between them, lines end in CR LF:
//   An account was logged on.          the first section: Description
//
//   Subject:                           nothing behind the colon of a first line: prefix of the keys
//       Account Name:   WIN$           Subject_AccountName = WIN$
//
//   Privileges:  SeDebug               no prefix: Privileges = SeDebug,SeTcb
//                SeTcb                 no colon: goes on with the value before
#include <algorithm>

#include "agent/base/strings.h"
#include "agent/logs/stages/event_fields.h"
#include "agent/logs/stages/makers.h"

namespace agent::logs {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kSectionEnd = "\r\n\r\n";

// The text up to `separator`, which is taken away with it.
std::string_view take_until(std::string_view& rest, std::string_view separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view out = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + separator.size());
  return out;
}

std::string without(std::string text, std::string_view characters) {
  std::erase_if(text, [&](char c) { return characters.find(c) != std::string_view::npos; });
  return text;
}

class WindowsEventStage final : public Stage {
 public:
  WindowsEventStage(EventOptions options, selfmon::Counter& unparsed)
      : fields_(std::move(options)), unparsed_(unparsed) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    for (Entry* entry : batch.entries()) {
      const auto value = entry->extracted.get(fields_.source());
      const auto text = value ? text_of(*value, batch.arena()) : std::nullopt;
      if (!text) continue;
      if (!read_message(*text, entry->extracted, batch.arena())) unparsed_.add();
    }
  }

 private:
  // False: nothing but a description was found.
  bool read_message(std::string_view rest, Extracted& into, model::Arena& arena) {
    set(into, "Description", take_until(rest, kSectionEnd), arena);
    bool found = false;
    while (!rest.empty())
      found = read_section(take_until(rest, kSectionEnd), into, arena) || found;
    return found;
  }

  bool read_section(std::string_view rest, Extracted& into, model::Arena& arena) {
    std::string prefix;
    bool found = false;
    for (bool first = true; !rest.empty(); first = false) {
      const std::string_view line = take_until(rest, kLineEnd);
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos) continue;
      const std::string key(line.substr(0, colon));
      std::string value(line.substr(colon + 1));
      if (value.empty()) {
        if (first) prefix = key + "_";
        continue;
      }
      append_rest(value, rest);
      found = set(into, prefix + key, value, arena) || found;
    }
    return found;
  }

  // Lines without a colon go on with the value.
  static void append_rest(std::string& value, std::string_view& rest) {
    while (!rest.empty()) {
      std::string_view behind = rest;
      const std::string_view line = take_until(behind, kLineEnd);
      if (line.empty() || line.find(':') != std::string_view::npos) return;
      value += ',';
      value += line;
      rest = behind;
    }
  }

  bool set(Extracted& into, std::string_view key, std::string_view value, model::Arena& arena) {
    const std::string name = without(std::string(key), "\t\r\n ");
    const std::string text = without(std::string(value), "\t\r\n");
    return fields_.set(into, name, trim(text), arena);
  }

  EventFields fields_;
  selfmon::Counter& unparsed_;
};

}  // namespace

Result<StagePtr> make_windowsevent_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  auto out = read_event_options(in);
  if (const Status read = in.finish(); !read) return read.error();
  return StagePtr(std::make_unique<WindowsEventStage>(std::move(out), site.unparsed()));
}

}  // namespace agent::logs
