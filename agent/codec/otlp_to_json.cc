// Protobuf -> OTLP/JSON.
#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <vector>

#include "agent/base/base64.h"
#include "agent/base/strings.h"
#include "agent/codec/otlp_json.h"
#include "agent/codec/otlp_wire.h"

namespace agent::codec {
namespace {

constexpr int kMaxValueDepth = 64;
constexpr std::string_view kHexDigits = "0123456789abcdef";

WireType wire_type_of(FieldKind kind) {
  switch (kind) {
    case FieldKind::Message:
    case FieldKind::String:
    case FieldKind::HexId:
    case FieldKind::Base64:
      return WireType::Length;
    case FieldKind::Fixed32:
      return WireType::Fixed32;
    case FieldKind::Fixed64:
    case FieldKind::Double:
      return WireType::Fixed64;
    default:
      return WireType::Varint;
  }
}

void append_hex(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    out.push_back(kHexDigits[static_cast<unsigned char>(c) >> 4U]);
    out.push_back(kHexDigits[static_cast<unsigned char>(c) & 15U]);
  }
}

// The shortest text that reads back as the same number.
void append_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else if (value == 0) {
    out += std::signbit(value) ? "-0.0" : "0";
  } else {
    char text[32];
    const auto end = std::to_chars(std::begin(text), std::end(text), value).ptr;
    out.append(std::begin(text), end);
  }
}

class JsonWriter {
 public:
  Result<std::string> write(const MessageSchema& schema, std::string_view protobuf) {
    if (const Status written = write_message(schema, protobuf, 0); !written) return written.error();
    return std::move(out_);
  }

 private:
  struct Found {
    const FieldSchema* schema = nullptr;
    WireField field;
  };

  Status write_message(const MessageSchema& schema, std::string_view bytes, int value_depth) {
    if (schema.is_value && ++value_depth > kMaxValueDepth)
      return Error{ErrorKind::Input, "values are nested more than 64 deep"};
    std::vector<Found> found;
    WireReader reader(bytes);
    for (WireField field; reader.next(field);) {
      const FieldSchema* const known = schema.find(field.number);
      if (known == nullptr) continue;
      if (field.type != wire_type_of(known->kind))
        return Error{ErrorKind::Input, std::string(schema.name) + "." + std::string(known->name) +
                                           ": wrong wire type"};
      found.push_back({known, field});
    }
    if (reader.failed())
      return Error{ErrorKind::Input, "malformed protobuf in " + std::string(schema.name)};
    if (schema.is_value && found.size() > 1) found.erase(found.begin(), found.end() - 1);
    std::stable_sort(found.begin(), found.end(),
                     [](const Found& a, const Found& b) { return a.schema < b.schema; });
    return write_fields(found, schema.is_value, value_depth);
  }

  Status write_fields(const std::vector<Found>& found, bool with_defaults, int value_depth) {
    out_ += '{';
    bool first = true;
    for (std::size_t i = 0; i < found.size();) {
      std::size_t end = i + 1;
      while (end < found.size() && found[end].schema == found[i].schema)
        ++end;
      const FieldSchema& schema = *found[i].schema;
      const std::span<const Found> all(found.data() + i, end - i);
      i = end;
      if (!schema.repeated && !with_defaults && is_default(schema, all.back().field)) continue;
      if (!first) out_ += ',';
      first = false;
      out_ += '"';
      out_ += schema.name;
      out_ += "\":";
      if (Status written = write_field(schema, all, value_depth); !written) return written;
    }
    out_ += '}';
    return {};
  }

  static bool is_default(const FieldSchema& schema, const WireField& field) {
    if (schema.kind == FieldKind::Message) return false;
    return field.type == WireType::Length ? field.bytes.empty() : field.value == 0;
  }

  Status write_field(const FieldSchema& schema, std::span<const Found> all, int value_depth) {
    if (schema.repeated) {
      out_ += '[';
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (i > 0) out_ += ',';
        if (Status written = write_one(schema, all[i].field, value_depth); !written) return written;
      }
      out_ += ']';
      return {};
    }
    if (schema.kind != FieldKind::Message || all.size() == 1)
      return write_one(schema, all.back().field, value_depth);
    // Parts of a singular message merge, which is what reading them in a row does.
    std::string merged;
    for (const Found& part : all)
      merged += part.field.bytes;
    return write_message(*schema.message, merged, value_depth);
  }

  Status write_one(const FieldSchema& schema, const WireField& field, int value_depth) {
    switch (schema.kind) {
      case FieldKind::Message:
        return write_message(*schema.message, field.bytes, value_depth);
      case FieldKind::Bool:
        out_ += field.value != 0 ? "true" : "false";
        break;
      case FieldKind::Double:
        append_double(out_, std::bit_cast<double>(field.value));
        break;
      case FieldKind::Enum:
      case FieldKind::Int32:
        out_ += std::to_string(static_cast<std::int32_t>(field.value));
        break;
      case FieldKind::Uint32:
      case FieldKind::Fixed32:
        out_ += std::to_string(static_cast<std::uint32_t>(field.value));
        break;
      default:
        write_quoted(schema.kind, field);
    }
    return {};
  }

  void write_quoted(FieldKind kind, const WireField& field) {
    out_ += '"';
    if (kind == FieldKind::String)
      append_json_escaped(out_, field.bytes);
    else if (kind == FieldKind::HexId)
      append_hex(out_, field.bytes);
    else if (kind == FieldKind::Base64)
      out_ += encode_base64(field.bytes, Base64Padding::Equals);
    else if (kind == FieldKind::Int64)
      out_ += std::to_string(static_cast<std::int64_t>(field.value));
    else
      out_ += std::to_string(field.value);
    out_ += '"';
  }

  std::string out_;
};

}  // namespace

Result<std::string> otlp_to_json(const MessageSchema& schema, std::string_view protobuf) {
  return JsonWriter().write(schema, protobuf);
}

}  // namespace agent::codec
