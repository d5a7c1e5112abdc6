#pragma once
// What templates of stages see of an entry.
#include <optional>
#include <string_view>

#include "agent/logs/stages/entry_batch.h"
#include "agent/logs/stages/template/template.h"

namespace agent::logs {

/// The extracted values of an entry as texts, and up to two more names over them. Nothing is
/// copied but the texts of numbers.
class TemplateFields final : public templates::Fields {
 public:
  /// How Go types `.`: a map of any values (template) or of texts (replace).
  enum class Map { OfAny, OfTexts };

  TemplateFields(const Extracted& extracted, model::Arena& arena, Map map)
      : extracted_(extracted), arena_(arena), map_(map) {}

  /// `.Value`; nullopt: what is extracted under that name, if anything.
  void set_value(std::optional<std::string_view> value) { value_ = value; }
  /// `.Entry`, the same.
  void set_entry(std::optional<std::string_view> entry) { entry_ = entry; }

  std::optional<std::string_view> find(std::string_view name) const override;
  std::vector<std::pair<std::string_view, std::string_view>> all() const override;
  bool are_typed_as_text() const override { return map_ == Map::OfTexts; }

 private:
  const Extracted& extracted_;
  model::Arena& arena_;
  Map map_;
  std::optional<std::string_view> value_;
  std::optional<std::string_view> entry_;
};

}  // namespace agent::logs
