#include "agent/codec/json.h"

#include <simdjson.h>

namespace agent::codec {
namespace {

namespace dom = simdjson::dom;

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

const JsonValue* step_into(const JsonValue& from, const JsonStep& step) {
  if (!step.is_index) return from.get(step.name);
  const auto items = from.items();
  const auto size = static_cast<std::int64_t>(items.size());
  const std::int64_t at = step.index < 0 ? step.index + size : step.index;
  return at >= 0 && at < size ? &items[static_cast<std::size_t>(at)] : nullptr;
}

// The last member of that name, as decoders into a map see it.
bool last_member(const dom::object& object, std::string_view name, dom::element& out) {
  bool found = false;
  for (const auto field : object) {
    if (field.key != name) continue;
    out = field.value;
    found = true;
  }
  return found;
}

bool step_into(const JsonStep& step, dom::element& at) {
  if (!step.is_index) {
    dom::object object;
    return at.get(object) == simdjson::SUCCESS && last_member(object, step.name, at);
  }
  dom::array array;
  if (at.get(array) != simdjson::SUCCESS) return false;
  const auto size = static_cast<std::int64_t>(array.size());
  std::int64_t left = step.index < 0 ? step.index + size : step.index;
  if (left < 0) return false;
  for (const dom::element item : array) {
    if (left-- > 0) continue;
    at = item;
    return true;
  }
  return false;
}

}  // namespace

struct JsonReader::State {
  dom::parser parser;
  dom::element root;
  std::string_view text;
  JsonPool pool;
  JsonValue tree;
  bool has_tree = false;
  bool saw_integer_zero = false;
  std::vector<dom::element> found;
  std::vector<char> is_found;

  JsonValue copy(const dom::element& from);
  JsonValue copy_object(const dom::object& object);
  bool read_strictly();
  bool find_in_document(std::span<const JsonPath> paths, std::span<JsonValue> out);
  void find_in_tree(std::span<const JsonPath> paths, std::span<JsonValue> out) const;
};

JsonValue JsonReader::State::copy_object(const dom::object& object) {
  auto members = pool.members(object.size());
  std::size_t count = 0;
  for (const auto field : object) {
    // Objects of 2^24 members and more do not tell their true size.
    if (count == members.size()) break;
    const JsonValue value = copy(field.value);
    members[count++] = {field.key, value};
  }
  return JsonValue::object(sort_members(members.first(count)));
}

JsonValue JsonReader::State::copy(const dom::element& from) {
  switch (from.type()) {
    case dom::element_type::NULL_VALUE:
      return {};
    case dom::element_type::BOOL:
      return JsonValue::of(bool(from));
    case dom::element_type::DOUBLE:
      return JsonValue::of(double(from));
    case dom::element_type::INT64: {
      const std::int64_t value = from;
      if (value == 0) saw_integer_zero = true;
      return JsonValue::of(static_cast<double>(value));
    }
    case dom::element_type::UINT64:
      return JsonValue::of(static_cast<double>(std::uint64_t(from)));
    case dom::element_type::STRING:
      return JsonValue::of(std::string_view(from));
    case dom::element_type::ARRAY: {
      const dom::array array = from;
      auto items = pool.values(array.size());
      std::size_t count = 0;
      for (const dom::element item : array) {
        if (count == items.size()) break;
        items[count++] = copy(item);
      }
      return JsonValue::array(items.first(count));
    }
    case dom::element_type::OBJECT:
      return copy_object(from);
  }
  return {};
}

bool JsonReader::State::read_strictly() {
  const auto parsed = parse_json(text, pool);
  if (!parsed) return false;
  tree = *parsed;
  has_tree = true;
  return true;
}

bool JsonReader::State::find_in_document(std::span<const JsonPath> paths,
                                         std::span<JsonValue> out) {
  dom::object object;
  if (root.get(object) != simdjson::SUCCESS) return false;
  found.resize(paths.size());
  is_found.assign(paths.size(), 0);
  for (const auto field : object) {
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (paths[i].empty() || paths[i][0].is_index || field.key != paths[i][0].name) continue;
      found[i] = field.value;
      is_found[i] = 1;
    }
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (paths[i].empty()) {
      out[i] = copy(root);
      continue;
    }
    bool there = is_found[i] != 0;
    for (std::size_t step = 1; there && step < paths[i].size(); ++step)
      there = step_into(paths[i][step], found[i]);
    out[i] = there ? copy(found[i]) : JsonValue();
  }
  return true;
}

void JsonReader::State::find_in_tree(std::span<const JsonPath> paths,
                                     std::span<JsonValue> out) const {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const JsonValue* at = &tree;
    for (std::size_t step = 0; at != nullptr && step < paths[i].size(); ++step)
      at = step_into(*at, paths[i][step]);
    out[i] = at == nullptr ? JsonValue() : *at;
  }
}

JsonReader::JsonReader() : state_(std::make_unique<State>()) {}
JsonReader::~JsonReader() = default;

JsonReader::Outcome JsonReader::read(std::string_view text) {
  State& state = *state_;
  state.pool.clear();
  state.text = text;
  state.tree = {};
  state.has_tree = false;
  state.saw_integer_zero = false;
  const std::string_view content = without_blanks(text);
  if (content.empty() || (content[0] != '{' && content[0] != 'n')) return Outcome::Malformed;
  const auto failed = state.parser.parse(text.data(), text.size(), true).get(state.root);
  if (failed == simdjson::SUCCESS) {
    if (state.root.is_null()) return Outcome::Null;
    return state.root.is_object() ? Outcome::Object : Outcome::Malformed;
  }
  const bool maybe = failed == simdjson::NUMBER_ERROR || failed == simdjson::STRING_ERROR ||
                     failed == simdjson::UTF8_ERROR;
  if (!maybe || !state.read_strictly()) return Outcome::Malformed;
  return state.tree.is(JsonValue::Kind::Object) ? Outcome::Object : Outcome::Null;
}

void JsonReader::find(std::span<const JsonPath> paths, std::span<JsonValue> out) {
  State& state = *state_;
  if (!state.has_tree) {
    if (!state.find_in_document(paths, out)) {
      for (JsonValue& value : out)
        value = {};
      return;
    }
    if (!state.saw_integer_zero || state.text.find("-0") == std::string_view::npos) return;
    if (!state.read_strictly()) return;
  }
  state.find_in_tree(paths, out);
}

const JsonValue& JsonReader::tree() {
  State& state = *state_;
  if (!state.has_tree) {
    state.tree = state.copy(state.root);
    state.has_tree = true;
    if (state.saw_integer_zero && state.text.find("-0") != std::string_view::npos)
      state.read_strictly();
  }
  return state.tree;
}

JsonPool& JsonReader::pool() { return state_->pool; }

bool is_valid_utf8_fast(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace agent::codec
