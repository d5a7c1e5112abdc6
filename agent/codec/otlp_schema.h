#pragma once
// The messages of OTLP as tables: one description serves JSON -> protobuf and protobuf -> JSON.
// Spec: traces.md 3.1 (numbers), 11 (JSON names and forms).
#include <cstdint>
#include <span>
#include <string_view>

namespace agent::codec {

/// How a field stands in protobuf and in JSON.
enum class FieldKind : std::uint8_t {
  Message,  ///< object
  String,
  HexId,   ///< bytes; hex digits in JSON
  Base64,  ///< bytes; base64 in JSON
  Bool,
  Enum,     ///< varint; a number or a name in, a number out
  Uint32,   ///< varint; number
  Int32,    ///< varint; number
  Int64,    ///< varint; decimal string
  Fixed32,  ///< number
  Fixed64,  ///< decimal string
  Double,
};

struct EnumName {
  std::string_view name;
  std::int32_t value;
};

struct MessageSchema;

struct FieldSchema {
  std::string_view name;  ///< lowerCamelCase
  std::uint32_t number = 0;
  FieldKind kind = FieldKind::Message;
  bool repeated = false;                   ///< messages and strings only
  const MessageSchema* message = nullptr;  ///< of Message
  std::span<const EnumName> names{};       ///< of Enum
};

struct MessageSchema {
  std::string_view name;
  std::span<const FieldSchema> fields;
  /// All fields form one oneof: at most one is set, and a default value is written. Nesting of such
  /// messages is bounded.
  bool is_value = false;

  /// By lowerCamelCase or snake_case name; null: unknown.
  const FieldSchema* find(std::string_view json_name) const;
  const FieldSchema* find(std::uint32_t number) const;
};

extern const MessageSchema kExportTraceServiceRequest;

}  // namespace agent::codec
