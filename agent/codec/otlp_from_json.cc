// OTLP/JSON -> protobuf. simdjson's on-demand parser hands out tokens in the order of the text, so
// the protobuf is written as the JSON is read; lengths are put in front when a message ends.
#include <bit>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>
#include <vector>

#include <simdjson.h>

#include "agent/base/base64.h"
#include "agent/base/strings.h"
#include "agent/codec/otlp_json.h"
#include "agent/codec/otlp_wire.h"

namespace agent::codec {
namespace {

namespace json = simdjson::ondemand;

constexpr int kMaxValueDepth = 64;
constexpr int kMaxUnknownDepth = 256;  // below a name that is ignored

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count]))
    ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

enum class LeadingZeros { Refused, Allowed };

// JSON's grammar of numbers; in strings leading zeros are allowed.
bool is_number(std::string_view text, LeadingZeros zeros) {
  take(text, "-");
  const std::string_view whole = take_digits(text);
  if (whole.empty()) return false;
  if (whole.size() > 1 && whole[0] == '0' && zeros == LeadingZeros::Refused) return false;
  if (take(text, ".") && take_digits(text).empty()) return false;
  if (take(text, "eE")) {
    take(text, "+-");
    if (take_digits(text).empty()) return false;
  }
  return text.empty();
}

template <typename T>
std::optional<T> parse_integer(std::string_view text, LeadingZeros zeros) {
  if (!is_number(text, zeros)) return std::nullopt;
  // from_chars refuses "-0" for unsigned types.
  if (text.find_first_not_of("-0") == std::string_view::npos) return T{0};
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_double(std::string_view text, LeadingZeros zeros) {
  if (!is_number(text, zeros)) return std::nullopt;
  const double value = std::strtod(std::string(text).c_str(), nullptr);
  if (value > std::numeric_limits<double>::max() || value < std::numeric_limits<double>::lowest())
    return std::nullopt;
  return value;
}

std::optional<double> parse_double_string(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return parse_double(text, LeadingZeros::Allowed);
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool append_decoded_hex(std::string& out, std::string_view hex) {
  if (hex.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = hex_value(hex[i]);
    const int low = hex_value(hex[i + 1]);
    if (high < 0 || low < 0) return false;
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return true;
}

// Everything of an object or a list but its children.
enum class TokenKind { Null, True, False, Number, String, Object, List, Bad };

class JsonReader {
 public:
  Result<std::string> read(const MessageSchema& schema, std::string_view text) {
    const simdjson::padded_string padded(text);
    json::parser parser;
    json::document document;
    json::object root;
    if (const auto error = parser.iterate(padded).get(document)) return not_json(error);
    if (const auto error = document.get_object().get(root)) return not_json(error);
    if (const Status read = read_message(root, schema, 0); !read) return read.error();
    // What is left behind the object is a second document.
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
      return fail("one JSON object is expected");
    return std::move(out_);
  }

 private:
  struct Step {
    std::string_view name;
    std::ptrdiff_t index = -1;  // of an element of a list
  };
  struct Token {
    TokenKind kind = TokenKind::Bad;
    std::string_view text;  // of a number; content of a string
  };

  Error fail(std::string_view what) const {
    std::string message;
    for (const Step& step : path_) {
      if (!message.empty()) message += '.';
      message += step.name;
      if (step.index >= 0) message += '[' + std::to_string(step.index) + ']';
    }
    if (!message.empty()) message += ": ";
    return {ErrorKind::Input, message.append(what)};
  }
  Error not_json(simdjson::error_code error) const {
    if (error == simdjson::INCORRECT_TYPE) return fail("a JSON object is expected");
    return fail(std::string("not JSON: ") + simdjson::error_message(error));
  }

  // A scalar is read as a whole here; objects and lists are left to the caller.
  Result<Token> read_token(json::value value) {
    json::json_type type{};
    if (const auto error = value.type().get(type)) return not_json(error);
    Token token;
    switch (type) {
      case json::json_type::object:
        token.kind = TokenKind::Object;
        return token;
      case json::json_type::array:
        token.kind = TokenKind::List;
        return token;
      case json::json_type::string:
        token.kind = TokenKind::String;
        if (const auto error = value.get_string().get(token.text)) return not_json(error);
        return token;
      default:
        token.text = trim(value.raw_json_token());
        token.kind = kind_of(token.text);
        if (token.kind == TokenKind::Bad) return fail("not JSON: unknown word or malformed number");
        return token;
    }
  }
  static TokenKind kind_of(std::string_view text) {
    if (text == "null") return TokenKind::Null;
    if (text == "true") return TokenKind::True;
    if (text == "false") return TokenKind::False;
    return is_number(text, LeadingZeros::Refused) ? TokenKind::Number : TokenKind::Bad;
  }

  Status read_message(json::object object, const MessageSchema& schema, int value_depth) {
    if (schema.is_value && ++value_depth > kMaxValueDepth)
      return fail("values are nested more than 64 deep");
    int known = 0;
    for (auto entry : object) {
      json::field field;
      std::string_view name;
      if (const auto error = std::move(entry).get(field)) return not_json(error);
      if (const auto error = field.unescaped_key().get(name)) return not_json(error);
      const FieldSchema* const found = schema.find(name);
      if (found == nullptr) {
        if (Status checked = check_unknown(field.value(), 0); !checked) return checked;
        continue;
      }
      const auto present = read_field(field.value(), *found, schema.is_value, value_depth);
      if (!present) return present.error();
      if (*present && ++known > 1 && schema.is_value) return fail("a value of two kinds");
    }
    return {};
  }

  // False: null, which is absent.
  Result<bool> read_field(json::value value, const FieldSchema& field, bool with_default,
                          int value_depth) {
    const auto token = read_token(value);
    if (!token) return token.error();
    if (token->kind == TokenKind::Null) return false;
    path_.push_back({field.name});
    const Status read = field.repeated ? read_list(value, *token, field, value_depth)
                                       : read_one(value, *token, field, with_default, value_depth);
    if (!read) return read.error();
    path_.pop_back();
    return true;
  }

  Status read_list(json::value value, const Token& token, const FieldSchema& field,
                   int value_depth) {
    if (token.kind != TokenKind::List) return fail("a list is expected");
    json::array list;
    if (const auto error = value.get_array().get(list)) return not_json(error);
    for (auto element : list) {
      ++path_.back().index;
      if (const auto error = element.error()) return not_json(error);
      const json::value item = element.value_unsafe();
      const auto item_token = read_token(item);
      if (!item_token) return item_token.error();
      if (Status read = read_one(item, *item_token, field, true, value_depth); !read) return read;
    }
    return {};
  }

  Status read_one(json::value value, const Token& token, const FieldSchema& field,
                  bool with_default, int value_depth) {
    if (field.kind != FieldKind::Message) return read_scalar(token, field, with_default);
    if (token.kind != TokenKind::Object) return fail("an object is expected");
    json::object object;
    if (const auto error = value.get_object().get(object)) return not_json(error);
    const std::size_t begun = begin_message(out_, field.number);
    if (Status read = read_message(object, *field.message, value_depth); !read) return read;
    end_message(out_, begun);
    return {};
  }

  Status read_scalar(const Token& token, const FieldSchema& field, bool with_default) {
    switch (field.kind) {
      case FieldKind::String:
      case FieldKind::HexId:
      case FieldKind::Base64:
        return read_bytes(token, field, with_default);
      case FieldKind::Bool:
        if (token.kind != TokenKind::True && token.kind != TokenKind::False)
          return fail("true or false is expected");
        return put_varint(field, token.kind == TokenKind::True ? 1 : 0, with_default);
      case FieldKind::Double:
        return read_double(token, field, with_default);
      case FieldKind::Enum:
        return read_enum(token, field, with_default);
      default:
        return read_integer(token, field, with_default);
    }
  }

  Status read_bytes(const Token& token, const FieldSchema& field, bool with_default) {
    if (token.kind != TokenKind::String) return fail("a string is expected");
    if (field.kind == FieldKind::String) {
      if (!token.text.empty() || with_default) append_bytes_field(out_, field.number, token.text);
      return {};
    }
    std::string bytes;
    if (field.kind == FieldKind::HexId && !append_decoded_hex(bytes, token.text))
      return fail("hex digits, two a byte, are expected");
    if (field.kind == FieldKind::Base64) {
      auto decoded = decode_base64(token.text);
      if (!decoded) return fail("base64 is expected");
      bytes = std::move(*decoded);
    }
    if (!bytes.empty() || with_default) append_bytes_field(out_, field.number, bytes);
    return {};
  }

  Status read_double(const Token& token, const FieldSchema& field, bool with_default) {
    std::optional<double> value;
    if (token.kind == TokenKind::Number) value = parse_double(token.text, LeadingZeros::Refused);
    if (token.kind == TokenKind::String) value = parse_double_string(token.text);
    if (!value) return fail("a number is expected");
    const auto bits = std::bit_cast<std::uint64_t>(*value);
    if (bits != 0 || with_default) append_fixed64_field(out_, field.number, bits);
    return {};
  }

  Status read_enum(const Token& token, const FieldSchema& field, bool with_default) {
    std::optional<std::int32_t> value;
    if (token.kind == TokenKind::Number)
      value = parse_integer<std::int32_t>(token.text, LeadingZeros::Refused);
    if (token.kind == TokenKind::String) {
      for (const EnumName& known : field.names) {
        if (known.name == token.text) value = known.value;
      }
    }
    if (!value) return fail("a number or a name of the enumeration is expected");
    return put_varint(field, static_cast<std::uint64_t>(std::int64_t{*value}), with_default);
  }

  template <typename T>
  std::optional<T> integer_of(const Token& token) const {
    if (token.kind == TokenKind::Number) return parse_integer<T>(token.text, LeadingZeros::Refused);
    if (token.kind == TokenKind::String) return parse_integer<T>(token.text, LeadingZeros::Allowed);
    return std::nullopt;
  }

  Status read_integer(const Token& token, const FieldSchema& field, bool with_default) {
    std::optional<std::uint64_t> value;
    const auto widen = [&](auto narrow) {
      // Negative 32-bit numbers take ten bytes on the wire, as protobuf has it.
      if (narrow) value = static_cast<std::uint64_t>(static_cast<std::int64_t>(*narrow));
    };
    if (field.kind == FieldKind::Fixed64)
      value = integer_of<std::uint64_t>(token);
    else if (field.kind == FieldKind::Int64)
      widen(integer_of<std::int64_t>(token));
    else if (field.kind == FieldKind::Int32)
      widen(integer_of<std::int32_t>(token));
    else
      value = integer_of<std::uint32_t>(token);
    if (!value) return fail("an integer in the range of the field is expected");
    if (*value == 0 && !with_default) return {};
    if (field.kind == FieldKind::Fixed64)
      append_fixed64_field(out_, field.number, *value);
    else if (field.kind == FieldKind::Fixed32)
      append_fixed32_field(out_, field.number, static_cast<std::uint32_t>(*value));
    else
      append_varint_field(out_, field.number, *value);
    return {};
  }

  Status put_varint(const FieldSchema& field, std::uint64_t value, bool with_default) {
    if (value != 0 || with_default) append_varint_field(out_, field.number, value);
    return {};
  }

  // A value that is left out must still be JSON.
  Status check_unknown(json::value value, int depth) {
    if (depth > kMaxUnknownDepth) return fail("nested too deep");
    const auto token = read_token(value);
    if (!token) return token.error();
    if (token->kind == TokenKind::Object) return check_unknown_object(value, depth);
    if (token->kind == TokenKind::List) return check_unknown_list(value, depth);
    return {};
  }

  Status check_unknown_object(json::value value, int depth) {
    json::object object;
    if (const auto error = value.get_object().get(object)) return not_json(error);
    for (auto entry : object) {
      json::field field;
      if (const auto error = std::move(entry).get(field)) return not_json(error);
      if (Status checked = check_unknown(field.value(), depth + 1); !checked) return checked;
    }
    return {};
  }

  Status check_unknown_list(json::value value, int depth) {
    json::array list;
    if (const auto error = value.get_array().get(list)) return not_json(error);
    for (auto element : list) {
      if (const auto error = element.error()) return not_json(error);
      if (Status checked = check_unknown(element.value_unsafe(), depth + 1); !checked)
        return checked;
    }
    return {};
  }

  std::string out_;
  std::vector<Step> path_;
};

}  // namespace

Result<std::string> otlp_from_json(const MessageSchema& schema, std::string_view json) {
  return JsonReader().read(schema, json);
}

}  // namespace agent::codec
