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

JsonExtractor::Outcome JsonExtractor::extract(std::string_view text, Extracted& into,
                                              model::Arena& arena) {
  const auto read = reader_.read(text);
  if (read == codec::JsonReader::Outcome::Malformed) return Outcome::Malformed;
  reader_.find(plain_paths_, found_);
  for (std::size_t i = 0; i < plain_names_.size(); ++i)
    into.set(plain_names_[i], value_of(found_[i], arena, scratch_));
  for (const Complex& item : complex_)
    if (const auto value = item.path.evaluate(reader_.tree(), reader_.pool()))
      into.set(item.name, value_of(*value, arena, scratch_));
  return Outcome::Extracted;
}

}  // namespace agent::logs
