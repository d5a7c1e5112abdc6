#include "agent/codec/otlp_schema.h"

#include <algorithm>

namespace agent::codec {
namespace {

using Kind = FieldKind;

// AnyValue contains itself, hence the declarations in front.
extern const MessageSchema kAnyValue;
extern const MessageSchema kKeyValue;

constexpr FieldSchema message_list(std::string_view name, std::uint32_t number,
                                   const MessageSchema& message) {
  return {name, number, Kind::Message, true, &message, {}};
}
constexpr FieldSchema message(std::string_view name, std::uint32_t number,
                              const MessageSchema& type) {
  return {name, number, Kind::Message, false, &type, {}};
}
constexpr FieldSchema scalar(std::string_view name, std::uint32_t number, Kind kind) {
  return {name, number, kind, false, nullptr, {}};
}
constexpr FieldSchema string_list(std::string_view name, std::uint32_t number) {
  return {name, number, Kind::String, true, nullptr, {}};
}
constexpr FieldSchema enumeration(std::string_view name, std::uint32_t number,
                                  std::span<const EnumName> names) {
  return {name, number, Kind::Enum, false, nullptr, names};
}

constexpr EnumName kSpanKinds[] = {{"SPAN_KIND_UNSPECIFIED", 0}, {"SPAN_KIND_INTERNAL", 1},
                                   {"SPAN_KIND_SERVER", 2},      {"SPAN_KIND_CLIENT", 3},
                                   {"SPAN_KIND_PRODUCER", 4},    {"SPAN_KIND_CONSUMER", 5}};
constexpr EnumName kStatusCodes[] = {
    {"STATUS_CODE_UNSET", 0}, {"STATUS_CODE_OK", 1}, {"STATUS_CODE_ERROR", 2}};

constexpr FieldSchema kArrayValueFields[] = {message_list("values", 1, kAnyValue)};
constexpr MessageSchema kArrayValue{"ArrayValue", kArrayValueFields};
constexpr FieldSchema kKeyValueListFields[] = {message_list("values", 1, kKeyValue)};
constexpr MessageSchema kKeyValueList{"KeyValueList", kKeyValueListFields};
constexpr FieldSchema kAnyValueFields[] = {
    scalar("stringValue", 1, Kind::String), scalar("boolValue", 2, Kind::Bool),
    scalar("intValue", 3, Kind::Int64),     scalar("doubleValue", 4, Kind::Double),
    message("arrayValue", 5, kArrayValue),  message("kvlistValue", 6, kKeyValueList),
    scalar("bytesValue", 7, Kind::Base64),  scalar("stringValueStrindex", 8, Kind::Int32)};
constexpr MessageSchema kAnyValue{"AnyValue", kAnyValueFields, true};
constexpr FieldSchema kKeyValueFields[] = {scalar("key", 1, Kind::String),
                                           message("value", 2, kAnyValue),
                                           scalar("keyStrindex", 3, Kind::Int32)};
constexpr MessageSchema kKeyValue{"KeyValue", kKeyValueFields};

constexpr FieldSchema kEntityRefFields[] = {
    scalar("schemaUrl", 1, Kind::String), scalar("type", 2, Kind::String), string_list("idKeys", 3),
    string_list("descriptionKeys", 4)};
constexpr MessageSchema kEntityRef{"EntityRef", kEntityRefFields};
constexpr FieldSchema kResourceFields[] = {message_list("attributes", 1, kKeyValue),
                                           scalar("droppedAttributesCount", 2, Kind::Uint32),
                                           message_list("entityRefs", 3, kEntityRef)};
constexpr MessageSchema kResource{"Resource", kResourceFields};
constexpr FieldSchema kScopeFields[] = {
    scalar("name", 1, Kind::String), scalar("version", 2, Kind::String),
    message_list("attributes", 3, kKeyValue), scalar("droppedAttributesCount", 4, Kind::Uint32)};
constexpr MessageSchema kScope{"InstrumentationScope", kScopeFields};

constexpr FieldSchema kEventFields[] = {
    scalar("timeUnixNano", 1, Kind::Fixed64), scalar("name", 2, Kind::String),
    message_list("attributes", 3, kKeyValue), scalar("droppedAttributesCount", 4, Kind::Uint32)};
constexpr MessageSchema kEvent{"Event", kEventFields};
constexpr FieldSchema kLinkFields[] = {scalar("traceId", 1, Kind::HexId),
                                       scalar("spanId", 2, Kind::HexId),
                                       scalar("traceState", 3, Kind::String),
                                       message_list("attributes", 4, kKeyValue),
                                       scalar("droppedAttributesCount", 5, Kind::Uint32),
                                       scalar("flags", 6, Kind::Fixed32)};
constexpr MessageSchema kLink{"Link", kLinkFields};
constexpr FieldSchema kStatusFields[] = {scalar("message", 2, Kind::String),
                                         enumeration("code", 3, kStatusCodes)};
constexpr MessageSchema kStatus{"Status", kStatusFields};
constexpr FieldSchema kSpanFields[] = {scalar("traceId", 1, Kind::HexId),
                                       scalar("spanId", 2, Kind::HexId),
                                       scalar("traceState", 3, Kind::String),
                                       scalar("parentSpanId", 4, Kind::HexId),
                                       scalar("flags", 16, Kind::Fixed32),
                                       scalar("name", 5, Kind::String),
                                       enumeration("kind", 6, kSpanKinds),
                                       scalar("startTimeUnixNano", 7, Kind::Fixed64),
                                       scalar("endTimeUnixNano", 8, Kind::Fixed64),
                                       message_list("attributes", 9, kKeyValue),
                                       scalar("droppedAttributesCount", 10, Kind::Uint32),
                                       message_list("events", 11, kEvent),
                                       scalar("droppedEventsCount", 12, Kind::Uint32),
                                       message_list("links", 13, kLink),
                                       scalar("droppedLinksCount", 14, Kind::Uint32),
                                       message("status", 15, kStatus)};
constexpr MessageSchema kSpan{"Span", kSpanFields};
constexpr FieldSchema kScopeSpansFields[] = {message("scope", 1, kScope),
                                             message_list("spans", 2, kSpan),
                                             scalar("schemaUrl", 3, Kind::String)};
constexpr MessageSchema kScopeSpans{"ScopeSpans", kScopeSpansFields};
constexpr FieldSchema kResourceSpansFields[] = {message("resource", 1, kResource),
                                                message_list("scopeSpans", 2, kScopeSpans),
                                                scalar("schemaUrl", 3, Kind::String)};
constexpr MessageSchema kResourceSpans{"ResourceSpans", kResourceSpansFields};
constexpr FieldSchema kRequestFields[] = {message_list("resourceSpans", 1, kResourceSpans)};

// Whether `snake` is the snake_case spelling of `camel`.
bool is_snake_case_of(std::string_view snake, std::string_view camel) {
  std::size_t at = 0;
  for (const char c : camel) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && (at >= snake.size() || snake[at++] != '_')) return false;
    const char lower = upper ? static_cast<char>(c - 'A' + 'a') : c;
    if (at >= snake.size() || snake[at++] != lower) return false;
  }
  return at == snake.size();
}

}  // namespace

constexpr MessageSchema kExportTraceServiceRequest{"ExportTraceServiceRequest", kRequestFields};

const FieldSchema* MessageSchema::find(std::string_view json_name) const {
  const auto exact = std::find_if(fields.begin(), fields.end(), [&](const FieldSchema& field) {
    return field.name == json_name;
  });
  if (exact != fields.end()) return &*exact;
  if (json_name.find('_') == std::string_view::npos) return nullptr;
  const auto snake = std::find_if(fields.begin(), fields.end(), [&](const FieldSchema& field) {
    return is_snake_case_of(json_name, field.name);
  });
  return snake == fields.end() ? nullptr : &*snake;
}

const FieldSchema* MessageSchema::find(std::uint32_t number) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const FieldSchema& field) { return field.number == number; });
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace agent::codec
