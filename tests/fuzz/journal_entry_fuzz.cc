#include <cstdint>

#include "agent/base/check.h"
#include "agent/codec/json.h"
#include "agent/logs/sources/journal_entry.h"

// Fields of a journal, one a line as NAME=value, and the whole as a cursor. The JSON line is always
// JSON; no value is longer than the limit.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace agent;
  constexpr std::size_t kLimit = 64;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  model::RelabelRule all;
  all.action = model::RelabelAction::LabelMap;
  for (const auto kind : {logs::JournalEntry::Line::Message, logs::JournalEntry::Line::Json}) {
    logs::JournalEntry entry(kind, logs::UsedLabels({all}), kLimit);
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view field = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::size_t equals = field.find('=');
      if (equals != std::string_view::npos)
        entry.add(field.substr(0, equals), field.substr(equals + 1));
    }
    for (const auto& label : entry.labels())
      AGENT_CHECK(label.value.size() <= kLimit);
    const auto line = entry.line();
    codec::JsonPool pool;
    if (kind == logs::JournalEntry::Line::Json) AGENT_CHECK(codec::parse_json(*line, pool));
  }
  logs::parse_journal_cursor(text);
  return 0;
}
