#include <algorithm>

#include "agent/base/hash.h"
#include "agent/sink/decode.h"
#include "agent/sink/json_text.h"
#include "agent/sink/proto/otlp_trace.pb.h"

namespace agent::sink {
namespace {

namespace proto = dunlin::sink::otlp;

bool is_id(std::string_view id, std::size_t length) {
  return id.size() == length && id.find_first_not_of('\0') != std::string_view::npos;
}

// libprotobuf limits the nesting (100 levels), and with it this recursion.
std::string value_json(const proto::AnyValue& value) {
  switch (value.value_case()) {
    case proto::AnyValue::kStringValue:
      return json_quote(value.string_value());
    case proto::AnyValue::kBoolValue:
      return value.bool_value() ? "true" : "false";
    case proto::AnyValue::kIntValue:
      return std::to_string(value.int_value());
    case proto::AnyValue::kDoubleValue:
      return json_number(value.double_value());
    case proto::AnyValue::kBytesValue:
      return json_quote(to_hex(value.bytes_value()));
    case proto::AnyValue::kArrayValue: {
      std::string out = "[";
      for (const auto& item : value.array_value().values())
        out += (out.size() > 1 ? "," : "") + value_json(item);
      return out + "]";
    }
    case proto::AnyValue::kKvlistValue: {
      std::string out = "{";
      for (const auto& item : value.kvlist_value().values())
        out +=
            (out.size() > 1 ? "," : "") + json_quote(item.key()) + ":" + value_json(item.value());
      return out + "}";
    }
    case proto::AnyValue::VALUE_NOT_SET:
      break;
  }
  return "null";
}

std::string attributes_json(const google::protobuf::RepeatedPtrField<proto::KeyValue>& attributes) {
  std::string out = "{";
  for (const auto& attribute : attributes)
    out += (out.size() > 1 ? "," : "") + json_quote(attribute.key()) + ":" +
           value_json(attribute.value());
  return out + "}";
}

std::string service_of(const proto::Resource& resource) {
  for (const auto& attribute : resource.attributes())
    if (attribute.key() == "service.name") return attribute.value().string_value();
  return {};
}

Status check_ids(const proto::Span& span) {
  if (!is_id(span.trace_id(), 16))
    return malformed("trace_id", "16 bytes, not all zero, are asked");
  if (!is_id(span.span_id(), 8)) return malformed("span_id", "8 bytes, not all zero, are asked");
  if (!span.parent_span_id().empty() && span.parent_span_id().size() != 8)
    return malformed("parent_span_id", "8 bytes or none are asked");
  for (const auto& link : span.links())
    if (link.trace_id().size() % 16 != 0 || link.trace_id().size() > 16 ||
        link.span_id().size() % 8 != 0 || link.span_id().size() > 8)
      return malformed("links", "an id has another length");
  return {};
}

std::string span_json(const proto::Span& span, const std::string& service) {
  std::string out = "{";
  append_json_member(out, "traceId", to_hex(span.trace_id()));
  append_json_member(out, "spanId", to_hex(span.span_id()));
  append_json_member(out, "parentSpanId", to_hex(span.parent_span_id()));
  append_json_member(out, "traceState", span.trace_state());
  append_json_member(out, "name", span.name());
  append_json_member(out, "service", service);
  append_json_member(out, "startTimeUnixNano", std::to_string(span.start_time_unix_nano()));
  append_json_member(out, "endTimeUnixNano", std::to_string(span.end_time_unix_nano()));
  out += R"(,"kind":)" + std::to_string(span.kind()) + R"(,"statusCode":)" +
         std::to_string(span.status().code()) + R"(,"flags":)" + std::to_string(span.flags()) +
         R"(,"events":)" + std::to_string(span.events_size()) + R"(,"links":)" +
         std::to_string(span.links_size()) + R"(,"attributes":)" +
         attributes_json(span.attributes()) + "}";
  return out;
}

Status add_spans(Arrival& arrival, const proto::ResourceSpans& resource) {
  const std::string service = service_of(resource.resource());
  for (int s = 0; s < resource.scope_spans_size(); ++s) {
    const auto& spans = resource.scope_spans(s).spans();
    for (int i = 0; i < spans.size(); ++i) {
      if (const Status good = check_ids(spans[i]); !good)
        return good.error().within("scope_spans[" + std::to_string(s) + "].spans[" +
                                   std::to_string(i) + "]");
      arrival.groups.push_back(hash64(spans[i].trace_id()));
      arrival.records.push_back(span_json(spans[i], service));
    }
  }
  return {};
}

}  // namespace

Result<Arrival> decode_otlp_traces(std::string_view protobuf) {
  proto::ExportTraceServiceRequest request;
  if (!request.ParseFromArray(protobuf.data(), static_cast<int>(protobuf.size())))
    return malformed("", "not an ExportTraceServiceRequest");
  Arrival arrival(Signal::Traces);
  for (int i = 0; i < request.resource_spans_size(); ++i) {
    const Status added = add_spans(arrival, request.resource_spans(i));
    if (!added) return added.error().within("resource_spans[" + std::to_string(i) + "]");
  }
  return arrival;
}

}  // namespace agent::sink
