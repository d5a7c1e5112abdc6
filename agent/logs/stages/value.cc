#include "agent/logs/stages/value.h"

#include <algorithm>

namespace agent::logs {

void append_text(std::string& out, const Value& value) {
  switch (value.kind) {
    case Value::Kind::Null:
      return;
    case Value::Kind::Boolean:
      out += value.boolean ? "true" : "false";
      return;
    case Value::Kind::Number:
      codec::append_decimal(out, value.number);
      return;
    case Value::Kind::Text:
      out += value.text;
      return;
  }
}

std::optional<std::string_view> text_of(const Value& value, model::Arena& arena) {
  switch (value.kind) {
    case Value::Kind::Null:
      return std::nullopt;
    case Value::Kind::Boolean:
      return value.boolean ? "true" : "false";
    case Value::Kind::Text:
      return value.text;
    case Value::Kind::Number:
      break;
  }
  // Small integers are most of what is asked for, and fit the string's own room.
  std::string text;
  codec::append_decimal(text, value.number);
  return arena.copy(text);
}

Value value_of(const codec::JsonValue& from, model::Arena& arena, std::string& scratch) {
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
      break;
  }
  scratch.clear();
  codec::append_json(scratch, from);
  return Value::of(arena.copy(scratch));
}

namespace {

// Names that differ mostly have different bits.
std::uint64_t bit_of(std::string_view name) {
  if (name.empty()) return 1;
  const std::size_t first = static_cast<unsigned char>(name.front());
  const std::size_t last = static_cast<unsigned char>(name.back());
  return std::uint64_t{1} << ((name.size() * 5 + first + last * 3) & 63U);
}

}  // namespace

const Extracted::Slot* Extracted::find(std::string_view name) const {
  if ((seen_ & bit_of(name)) == 0) return nullptr;
  for (const Slot& slot : slots_)
    if (slot.name == name) return &slot;
  return nullptr;
}

void Extracted::add(std::string_view name, Value value, bool is_erased) {
  seen_ |= bit_of(name);
  slots_.push_back({name, value, is_erased});
}

void Extracted::reset(const model::Labels* labels) {
  slots_.clear();
  seen_ = 0;
  below_ = labels;
}

void Extracted::seed(const model::Labels* labels) {
  if (below_ != nullptr && below_ != labels)
    for (const auto& label : below_->set())
      if (labels->get(label.name).empty() && find(label.name) == nullptr)
        add(label.name, Value::of(label.value));
  below_ = labels;
  if (slots_.empty()) return;
  std::erase_if(slots_, [&](const Slot& slot) { return !labels->get(slot.name).empty(); });
}

std::optional<Value> Extracted::get(std::string_view name) const {
  if (const Slot* slot = find(name))
    return slot->is_erased ? std::nullopt : std::optional(slot->value);
  if (below_ == nullptr) return std::nullopt;
  const std::string_view label = below_->get(name);
  if (label.empty()) return std::nullopt;
  return Value::of(label);
}

void Extracted::set(std::string_view name, Value value) {
  if (Slot* slot = find(name)) {
    slot->value = value;
    slot->is_erased = false;
    return;
  }
  add(name, value);
}

void Extracted::set_all(std::initializer_list<Item> items) {
  const bool nothing_to_replace = slots_.empty();
  for (const Item& item : items) {
    if (nothing_to_replace) {
      add(item.name, item.value);
    } else {
      set(item.name, item.value);
    }
  }
}

void Extracted::erase(std::string_view name) {
  if (Slot* slot = find(name)) {
    slot->is_erased = true;
  } else if (below_ != nullptr && !below_->get(name).empty()) {
    add(name, {}, true);
  }
}

std::vector<Extracted::Item> Extracted::all() const {
  std::vector<Item> out;
  append_all(out);
  return out;
}

void Extracted::append_all(std::vector<Item>& out) const {
  const auto first = static_cast<std::ptrdiff_t>(out.size());
  for (const Slot& slot : slots_)
    if (!slot.is_erased) out.push_back({slot.name, slot.value});
  if (below_ != nullptr)
    for (const auto& label : below_->set())
      if (std::none_of(slots_.begin(), slots_.end(),
                       [&](const Slot& slot) { return slot.name == label.name; }))
        out.push_back({label.name, Value::of(label.value)});
  std::sort(out.begin() + first, out.end(),
            [](const Item& a, const Item& b) { return a.name < b.name; });
}

}  // namespace agent::logs
