// JSON in and out.
#include <cmath>

#include "agent/codec/json.h"
#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/runtime.h"
#include "agent/logs/stages/template/time_value.h"

namespace agent::logs::templates {
namespace {

using codec::JsonValue;

// A document as values of the run; numbers are float64.
Value value_of(Runtime& run, const JsonValue& from) {
  if (!run.step()) return {};
  switch (from.kind()) {
    case JsonValue::Kind::Null:
      return Value::nil();
    case JsonValue::Kind::Boolean:
      return Value::of(from.boolean());
    case JsonValue::Kind::Number:
      return Value::of(from.number());
    case JsonValue::Kind::String:
      return run.text(from.text());
    case JsonValue::Kind::Array: {
      auto* items = run.memory().array<Value>(from.items().size());
      if (items == nullptr) return run.fail(kTooLarge);
      std::size_t count = 0;
      for (const JsonValue& item : from.items())
        items[count++] = value_of(run, item);
      return Value::list({items, count});
    }
    case JsonValue::Kind::Object:
      break;
  }
  const Value map = run.new_dict();
  for (const auto& member : from.members()) {
    const Value name = run.text(member.name);
    const Value value = value_of(run, member.value);
    if (run.failed() || !run.set(map.dict(), name.text(), value)) return {};
  }
  return map;
}

Value from_json(Runtime& run, Arguments arguments) {
  if (!run.step_over(arguments[0].text())) return {};
  const auto document = codec::parse_json(arguments[0].text(), run.json_pool());
  return document ? value_of(run, *document) : Value::nil();
}

Value must_from_json(Runtime& run, Arguments arguments) {
  if (!run.step_over(arguments[0].text())) return {};
  const auto document = codec::parse_json(arguments[0].text(), run.json_pool());
  return document ? value_of(run, *document) : run.fail("this is no JSON");
}

enum class Form { Compact, Pretty };

// Writes values as encoding/json does.
class Writer {
 public:
  Writer(Runtime& run, std::string& out, Form form) : run_(run), out_(out), form_(form) {}

  /// False: the value has no JSON (a number that is not finite).
  bool write(const Value& value) {
    if (depth_ > kMaxNesting) run_.fail(kTooDeep);
    if (out_.size() > kMaxTextBytes) run_.fail(kTooLarge);
    if (run_.failed() || !run_.step()) return false;
    if (value.is_list()) return write_list(value);
    if (value.is_dict()) return write_dict(value);
    return write_scalar(value);
  }

 private:
  bool write_scalar(const Value& value) {
    switch (value.type()) {
      case Type::Bool:
        out_ += value.boolean() ? "true" : "false";
        return true;
      case Type::Float64:
        if (!std::isfinite(value.number())) return false;
        codec::append_json(out_, JsonValue::of(value.number()));
        return true;
      case Type::String:
        codec::append_json_string(out_, value.text());
        return true;
      case Type::Time: {
        static const GoLayout layout("\"2006-01-02T15:04:05.999999999Z07:00\"");
        layout.write(out_, value.time().zoned());
        return true;
      }
      default:
        out_ += value.is_integer() ? std::to_string(value.integer()) : "null";
        return true;
    }
  }

  bool write_list(const Value& value) {
    open('[');
    for (const Value& item : value.items()) {
      begin_item(&item == value.items().data());
      if (!write(item)) return false;
    }
    close(']', value.items().empty());
    return true;
  }

  bool write_dict(const Value& value) {
    open('{');
    for (const Member& member : value.dict().members()) {
      begin_item(&member == value.dict().first);
      codec::append_json_string(out_, member.name);
      out_ += form_ == Form::Pretty ? ": " : ":";
      if (!write(member.value)) return false;
    }
    close('}', value.dict().size == 0);
    return true;
  }

  void open(char bracket) {
    out_ += bracket;
    ++depth_;
  }
  void begin_item(bool is_first) {
    if (!is_first) out_ += ',';
    if (form_ == Form::Pretty) break_line();
  }
  void close(char bracket, bool is_empty) {
    --depth_;
    if (form_ == Form::Pretty && !is_empty) break_line();
    out_ += bracket;
  }
  void break_line() {
    out_ += '\n';
    out_.append(static_cast<std::size_t>(depth_) * 2, ' ');
  }

  Runtime& run_;
  std::string& out_;
  Form form_;
  int depth_ = 0;
};

// `<`, `>` and `&` in JSON text as themselves.
std::string unescape_html(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const std::string_view escape = text.substr(i, 6);
    const char plain = escape == "\\u003c" ? '<' : escape == "\\u003e" ? '>' : '&';
    if (plain != '&' || escape == "\\u0026") {
      out += plain;
      i += 5;
    } else {
      out += text.substr(i++, 2);
    }
  }
  return out;
}

// What cannot be written is "".
Value to_json(Runtime& run, Arguments arguments) {
  std::string& out = run.scratch();
  if (!Writer(run, out, Form::Compact).write(arguments[0])) out.clear();
  return run.text(out);
}

Value to_pretty_json(Runtime& run, Arguments arguments) {
  std::string& out = run.scratch();
  if (!Writer(run, out, Form::Pretty).write(arguments[0])) out.clear();
  return run.text(out);
}

Value to_raw_json(Runtime& run, Arguments arguments) {
  std::string& out = run.scratch();
  if (!Writer(run, out, Form::Compact).write(arguments[0])) return run.fail("this has no JSON");
  return run.text(unescape_html(out));
}

Value must_to_json(Runtime& run, Arguments arguments) {
  const Value out = to_json(run, arguments);
  return run.failed() || !out.text().empty() ? out : run.fail("this has no JSON");
}

Value must_to_pretty_json(Runtime& run, Arguments arguments) {
  const Value out = to_pretty_json(run, arguments);
  return run.failed() || !out.text().empty() ? out : run.fail("this has no JSON");
}

constexpr Function kFunctions[] = {
    {"fromJson", "s", &from_json},          {"mustFromJson", "s", &must_from_json},
    {"mustToJson", "v", &must_to_json},     {"mustToPrettyJson", "v", &must_to_pretty_json},
    {"mustToRawJson", "v", &to_raw_json},   {"toJson", "v", &to_json},
    {"toPrettyJson", "v", &to_pretty_json}, {"toRawJson", "v", &to_raw_json},
};

}  // namespace

std::span<const Function> json_functions() { return kFunctions; }

}  // namespace agent::logs::templates
