// Lists. Sprig's lists never change: every function makes a new one.
#include <algorithm>

#include "agent/logs/stages/template/compare.h"
#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/number.h"
#include "agent/logs/stages/template/runtime.h"
#include "agent/logs/stages/template/text.h"
#include "agent/logs/stages/template/utf8.h"

namespace agent::logs::templates {
namespace {

constexpr std::string_view kNoList = "a list is needed here";
constexpr std::string_view kOutOfRange = "the place is out of range";

// The items of a list, gathered; null and a failure where it is none.
std::vector<Value>* gather(Runtime& run, const Value& list) {
  if (!list.is_list() || !run.step(1 + list.items().size() / 16)) {
    run.fail(kNoList);
    return nullptr;
  }
  std::vector<Value>& out = run.items();
  out.assign(list.items().begin(), list.items().end());
  return &out;
}

Value list(Runtime& run, Arguments arguments) {
  run.items().assign(arguments.begin(), arguments.end());
  return run.list();
}

Value first(Runtime& run, Arguments arguments) {
  if (!arguments[0].is_list()) return run.fail(kNoList);
  return arguments[0].items().empty() ? Value::nil() : arguments[0].items().front();
}

Value last(Runtime& run, Arguments arguments) {
  if (!arguments[0].is_list()) return run.fail(kNoList);
  return arguments[0].items().empty() ? Value::nil() : arguments[0].items().back();
}

Value rest(Runtime& run, Arguments arguments) {
  if (!arguments[0].is_list()) return run.fail(kNoList);
  const auto items = arguments[0].items();
  return Value::list(items.subspan(items.empty() ? 0 : 1));
}

Value initial(Runtime& run, Arguments arguments) {
  if (!arguments[0].is_list()) return run.fail(kNoList);
  const auto items = arguments[0].items();
  return Value::list(items.first(items.empty() ? 0 : items.size() - 1));
}

Value append(Runtime& run, Arguments arguments) {
  std::vector<Value>* items = gather(run, arguments[0]);
  if (items == nullptr) return {};
  items->push_back(arguments[1]);
  return run.list();
}

Value prepend(Runtime& run, Arguments arguments) {
  std::vector<Value>* items = gather(run, arguments[0]);
  if (items == nullptr) return {};
  items->insert(items->begin(), arguments[1]);
  return run.list();
}

Value reverse(Runtime& run, Arguments arguments) {
  std::vector<Value>* items = gather(run, arguments[0]);
  if (items == nullptr) return {};
  std::reverse(items->begin(), items->end());
  return run.list();
}

bool is_among(Runtime& run, std::span<const Value> items, const Value& wanted) {
  return std::any_of(items.begin(), items.end(),
                     [&](const Value& item) { return deep_equal(run, wanted, item); });
}

Value uniq(Runtime& run, Arguments arguments) {
  if (!arguments[0].is_list()) return run.fail(kNoList);
  std::vector<Value>& out = run.items();
  for (const Value& item : arguments[0].items()) {
    if (!is_among(run, out, item)) out.push_back(item);
    if (run.failed()) return {};
  }
  return run.list();
}

Value without(Runtime& run, Arguments arguments) {
  if (!arguments[0].is_list()) return run.fail(kNoList);
  std::vector<Value>& out = run.items();
  for (const Value& item : arguments[0].items())
    if (!is_among(run, arguments.subspan(1), item)) out.push_back(item);
  return run.list();
}

Value compact(Runtime& run, Arguments arguments) {
  std::vector<Value>* items = gather(run, arguments[0]);
  if (items == nullptr) return {};
  std::erase_if(*items, [](const Value& item) { return !is_true(item); });
  return run.list();
}

Value has(Runtime& run, Arguments arguments) {
  if (arguments[1].is_nothing()) return Value::of(false);
  if (!arguments[1].is_list()) return run.fail(kNoList);
  return Value::of(is_among(run, arguments[1].items(), arguments[0]));
}

Value slice(Runtime& run, Arguments arguments) {
  if (!arguments[0].is_list()) return run.fail(kNoList);
  const auto items = arguments[0].items();
  if (items.empty()) return Value::nil();
  const auto size = static_cast<std::int64_t>(items.size());
  const std::int64_t start = arguments.size() > 1 ? to_integer(arguments[1]) : 0;
  const std::int64_t end = arguments.size() > 2 ? to_integer(arguments[2]) : size;
  if (start < 0 || end < start || end > size) return run.fail(kOutOfRange);
  return Value::list(
      items.subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(end - start)),
      arguments[0].type());
}

Value concat(Runtime& run, Arguments arguments) {
  std::vector<Value>& out = run.items();
  for (const Value& part : arguments) {
    if (!part.is_list()) return run.fail(kNoList);
    if (!run.step(1 + part.items().size() / 16)) return {};
    out.insert(out.end(), part.items().begin(), part.items().end());
  }
  return run.list();
}

Value chunk(Runtime& run, Arguments arguments) {
  if (!arguments[1].is_list()) return run.fail(kNoList);
  if (arguments[0].integer() <= 0) return run.fail("a size that cannot be");
  auto items = arguments[1].items();
  const auto size = static_cast<std::size_t>(arguments[0].integer());
  std::vector<Value>& out = run.items();
  while (!items.empty()) {
    out.push_back(Value::list(items.first(std::min(size, items.size()))));
    items = items.subspan(std::min(size, items.size()));
  }
  return run.list(Type::ListList);
}

// The texts of a list, without nulls; what is no list is a list of one. Not in run.items(): making
// texts uses the scratch.
std::span<Value> texts_of(Runtime& run, const Value& from) {
  const auto items = from.is_list() ? from.items() : std::span<const Value>(&from, 1);
  auto* out = run.memory().array<Value>(items.size());
  if (out == nullptr) return run.fail(kTooLarge), std::span<Value>();
  std::size_t count = 0;
  for (const Value& item : items) {
    if (!item.is_nothing()) out[count++] = Value::of(text_of(run, item));
    if (run.failed()) return {};
  }
  return {out, count};
}

Value to_strings(Runtime& run, Arguments arguments) {
  return Value::list(texts_of(run, arguments[0]), Type::StringList);
}

Value join(Runtime& run, Arguments arguments) {
  const auto texts = texts_of(run, arguments[1]);
  std::string& out = run.scratch();
  for (const Value& text : texts) {
    if (&text != texts.data()) out += arguments[0].text();
    out += text.text();
    if (out.size() > kMaxTextBytes) return run.fail(kTooLarge);
  }
  return run.text(out);
}

Value sort_alpha(Runtime& run, Arguments arguments) {
  if (arguments[0].is_nothing()) {
    run.items().push_back(Value::of(std::string_view("<nil>")));
    return run.list(Type::StringList);
  }
  const auto texts = texts_of(run, arguments[0]);
  std::sort(texts.begin(), texts.end(),
            [](const Value& a, const Value& b) { return a.text() < b.text(); });
  return Value::list(texts, Type::StringList);
}

// Parts between separators, at most so many (negative: all), into run.items(). Without a separator:
// the characters.
bool gather_parts(Runtime& run, std::string_view text, std::string_view separator,
                  std::int64_t most) {
  std::vector<Value>& out = run.items();
  if (most == 0 || (separator.empty() && text.empty())) return true;
  for (; most != 1; --most) {
    const std::size_t at = separator.empty() ? decode_rune(text).length : text.find(separator);
    if (at == std::string_view::npos || (separator.empty() && at == text.size())) break;
    out.push_back(Value::of(text.substr(0, at)));
    text.remove_prefix(at + separator.size());
    if (!run.step(1)) return false;
  }
  out.push_back(Value::of(text));
  return true;
}

Value split_list(Runtime& run, Arguments arguments) {
  if (!gather_parts(run, arguments[1].text(), arguments[0].text(), -1)) return {};
  return run.list(Type::StringList);
}

// Parts as a map: _0, _1, ...
Value split_map(Runtime& run, std::string_view text, std::string_view separator,
                std::int64_t most) {
  if (!gather_parts(run, text, separator, most)) return {};
  const Value map = run.new_dict(Type::StringDict);
  if (run.failed()) return {};
  std::size_t index = 0;
  for (const Value& part : run.items_so_far()) {
    const Value name = run.text("_" + std::to_string(index++));
    if (run.failed() || !run.set(map.dict(), name.text(), part)) return {};
  }
  return map;
}

Value split(Runtime& run, Arguments arguments) {
  return split_map(run, arguments[1].text(), arguments[0].text(), -1);
}

Value splitn(Runtime& run, Arguments arguments) {
  return split_map(run, arguments[2].text(), arguments[0].text(), arguments[1].integer());
}

constexpr Function kFunctions[] = {
    {"append", "vv", &append},      {"chunk", "iv", &chunk},
    {"compact", "v", &compact},     {"concat", "v*", &concat},
    {"first", "v", &first},         {"has", "vv", &has},
    {"initial", "v", &initial},     {"join", "sv", &join},
    {"last", "v", &last},           {"list", "v*", &list},
    {"mustAppend", "vv", &append},  {"mustChunk", "iv", &chunk},
    {"mustCompact", "v", &compact}, {"mustFirst", "v", &first},
    {"mustHas", "vv", &has},        {"mustInitial", "v", &initial},
    {"mustLast", "v", &last},       {"mustPrepend", "vv", &prepend},
    {"mustPush", "vv", &append},    {"mustRest", "v", &rest},
    {"mustReverse", "v", &reverse}, {"mustSlice", "vv*", &slice},
    {"mustUniq", "v", &uniq},       {"mustWithout", "vv*", &without},
    {"prepend", "vv", &prepend},    {"push", "vv", &append},
    {"rest", "v", &rest},           {"reverse", "v", &reverse},
    {"slice", "vv*", &slice},       {"sortAlpha", "v", &sort_alpha},
    {"split", "ss", &split},        {"splitList", "ss", &split_list},
    {"splitn", "sis", &splitn},     {"toStrings", "v", &to_strings},
    {"tuple", "v*", &list},         {"uniq", "v", &uniq},
    {"without", "vv*", &without},
};

}  // namespace

std::span<const Function> list_functions() { return kFunctions; }

}  // namespace agent::logs::templates
