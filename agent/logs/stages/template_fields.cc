#include "agent/logs/stages/template_fields.h"

namespace agent::logs {
namespace {

constexpr std::string_view kValue = "Value";
constexpr std::string_view kEntry = "Entry";

}  // namespace

std::optional<std::string_view> TemplateFields::find(std::string_view name) const {
  if (value_ && name == kValue) return value_;
  if (entry_ && name == kEntry) return entry_;
  const auto value = extracted_.get(name);
  return value ? text_of(*value, arena_) : std::nullopt;
}

std::vector<std::pair<std::string_view, std::string_view>> TemplateFields::all() const {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  for (const auto& item : extracted_.all()) {
    const bool is_hidden = (value_ && item.name == kValue) || (entry_ && item.name == kEntry);
    if (is_hidden) continue;
    if (const auto text = text_of(item.value, arena_)) out.emplace_back(item.name, *text);
  }
  if (value_) out.emplace_back(kValue, *value_);
  if (entry_) out.emplace_back(kEntry, *entry_);
  return out;
}

}  // namespace agent::logs
