#include "agent/sink/shop_trace.h"

#include "agent/sink/json_text.h"

namespace agent::sink {
namespace {

std::uint64_t unix_nano(Timestamp time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

}  // namespace

ShopTrace::ShopTrace(dunlin::sink::otlp::ExportTraceServiceRequest& request, Random& random)
    : request_(request), random_(random), id_(draw_id(2)) {}

std::string ShopTrace::draw_id(int words) {
  std::string out;
  for (int i = 0; i < words; ++i) {
    const std::uint64_t word = random_.next() | 1U;  // an id of zeros would be none
    for (unsigned shift = 0; shift < 64; shift += 8)
      out += static_cast<char>(word >> shift & 0xFFU);
  }
  return out;
}

std::string ShopTrace::trace_id() const { return to_hex(id_); }

dunlin::sink::otlp::ScopeSpans& ShopTrace::spans_of(std::string_view service) {
  for (auto& resource : *request_.mutable_resource_spans())
    if (resource.resource().attributes(0).value().string_value() == service)
      return *resource.mutable_scope_spans(0);
  auto* resource = request_.add_resource_spans();
  auto* name = resource->mutable_resource()->add_attributes();
  name->set_key("service.name");
  name->mutable_value()->set_string_value(std::string(service));
  auto* scope = resource->add_scope_spans();
  scope->mutable_scope()->set_name("shop");
  return *scope;
}

std::string ShopTrace::add(const Step& step, const std::string& parent) {
  std::string id = draw_id(1);
  auto* span = spans_of(step.service).add_spans();
  span->set_trace_id(id_);
  span->set_span_id(id);
  if (!parent.empty()) span->set_parent_span_id(parent);
  span->set_name(std::string(step.name));
  span->set_kind(static_cast<int>(step.kind));
  span->set_start_time_unix_nano(unix_nano(step.start));
  span->set_end_time_unix_nano(unix_nano(step.start + step.length));
  span->set_flags(1);
  if (step.failed) {
    span->mutable_status()->set_code(2);
    span->mutable_status()->set_message("the payment gateway refused");
  }
  ++spans_;
  return id;
}

}  // namespace agent::sink
