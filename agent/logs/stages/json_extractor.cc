#include "agent/logs/stages/json_extractor.h"

namespace agent::logs {

void JsonExtractor::add(std::string_view name, JmesPath path) {
  if (auto plain = path.as_path()) {
    plain_names_.push_back(name);
    plain_paths_.push_back(std::move(*plain));
    found_.resize(plain_paths_.size());
  } else {
    complex_.push_back({name, std::move(path)});
  }
}

Value JsonExtractor::to_value(const codec::JsonValue& from, model::Arena& arena) {
  switch (from.kind()) {
    case codec::JsonValue::Kind::Null:
      return {};
    case codec::JsonValue::Kind::Boolean:
      return Value::of(from.boolean());
    case codec::JsonValue::Kind::Number:
      return Value::of(from.number());
    case codec::JsonValue::Kind::String:
      return Value::of(arena.copy(from.text()));
    default:
      scratch_.clear();
      codec::append_json(scratch_, from);
      return Value::of(arena.copy(scratch_));
  }
}

JsonExtractor::Outcome JsonExtractor::extract(std::string_view text, Extracted& into,
                                              model::Arena& arena) {
  const auto read = reader_.read(text);
  if (read == codec::JsonReader::Outcome::Malformed) return Outcome::Malformed;
  reader_.find(plain_paths_, found_);
  for (std::size_t i = 0; i < plain_names_.size(); ++i)
    into.set(plain_names_[i], to_value(found_[i], arena));
  for (const Complex& item : complex_)
    if (const auto value = item.path.evaluate(reader_.tree(), reader_.pool()))
      into.set(item.name, to_value(*value, arena));
  return Outcome::Extracted;
}

}  // namespace agent::logs
