#include "agent/codec/otlp_traces.h"

#include <algorithm>
#include <cstring>

namespace agent::codec {
namespace {

// ExportTraceServiceRequest, ResourceSpans, ScopeSpans
constexpr std::uint32_t kResourceSpans = 1;
constexpr std::uint32_t kScopeSpans = 2;
constexpr std::uint32_t kSpans = 2;
// Span
constexpr std::uint32_t kTraceId = 1;
constexpr std::uint32_t kSpanId = 2;
constexpr std::uint32_t kTraceState = 3;
constexpr std::uint32_t kParentSpanId = 4;
constexpr std::uint32_t kStartTime = 7;
constexpr std::uint32_t kEndTime = 8;
constexpr std::uint32_t kLinks = 13;
// Link
constexpr std::uint32_t kLinkTraceId = 1;
constexpr std::uint32_t kLinkSpanId = 2;

Error malformed(const char* where) {
  return {ErrorKind::Input, std::string("malformed protobuf in ") + where};
}
Error wrong_type(const char* field) {
  return {ErrorKind::Input, std::string("wrong wire type of ") + field};
}

// A 16-byte or 8-byte id that is not all zero.
template <typename Half, std::size_t kHalves>
bool is_id(std::string_view bytes) {
  Half halves[kHalves];
  if (bytes.size() != sizeof halves) return false;
  std::memcpy(halves, bytes.data(), sizeof halves);
  return std::any_of(std::begin(halves), std::end(halves), [](Half half) { return half != 0; });
}
bool is_trace_id(std::string_view bytes) { return is_id<std::uint64_t, 2>(bytes); }
bool is_span_id(std::string_view bytes) { return is_id<std::uint64_t, 1>(bytes); }

// Whether a link's ids are empty or of the right length.
Result<bool> link_is_valid(std::string_view link) {
  std::string_view trace_id;
  std::string_view span_id;
  WireReader fields(link);
  for (WireField field; fields.next(field);) {
    if (field.number != kLinkTraceId && field.number != kLinkSpanId) continue;
    if (field.type != WireType::Length) return wrong_type("an id of a link");
    (field.number == kLinkTraceId ? trace_id : span_id) = field.bytes;
  }
  if (fields.failed()) return malformed("a link");
  return (trace_id.empty() || trace_id.size() == 16) && (span_id.empty() || span_id.size() == 8);
}

// The wire type of the fields that the agent reads; false for another one.
bool has_expected_type(const WireField& field) {
  switch (field.number) {
    case kTraceId:
    case kSpanId:
    case kTraceState:
    case kParentSpanId:
    case kLinks:
      return field.type == WireType::Length;
    case kStartTime:
    case kEndTime:
      return field.type == WireType::Fixed64;
    default:
      return true;
  }
}

}  // namespace

Result<SpanView> view_span(std::string_view span) {
  SpanView view;
  std::string_view parent;
  bool links_valid = true;
  WireReader fields(span);
  for (WireField field; fields.next(field);) {
    if (!has_expected_type(field)) return wrong_type("a field of a span");
    if (field.number == kTraceId) {
      view.trace_id = field.bytes;
    } else if (field.number == kSpanId) {
      view.span_id = field.bytes;
    } else if (field.number == kTraceState) {
      view.trace_state = field.bytes;
    } else if (field.number == kParentSpanId) {
      parent = field.bytes;
    } else if (field.number == kLinks) {
      const auto valid = link_is_valid(field.bytes);
      if (!valid) return valid.error();
      links_valid = links_valid && *valid;
    }
  }
  if (fields.failed()) return malformed("a span");
  view.ids_valid = is_trace_id(view.trace_id) && is_span_id(view.span_id) &&
                   (parent.empty() || parent.size() == 8) && links_valid;
  return view;
}

Result<SpanCounts> SpanRewriter::walk(std::string_view request, SpanFilter& filter) {
  assembler_.clear();
  counts_ = {};
  WireReader fields(request);
  for (WireField field; fields.next(field);) {
    if (field.number != kResourceSpans) {
      assembler_.copy(field.whole);
      continue;
    }
    if (field.type != WireType::Length) return wrong_type("resource_spans");
    const std::uint32_t kept_before = counts_.kept;
    const auto mark = assembler_.open(kResourceSpans);
    if (const Status walked = walk_resource_spans(field.bytes, filter); !walked)
      return walked.error();
    counts_.kept > kept_before ? assembler_.close(mark) : assembler_.undo(mark);
  }
  if (fields.failed()) return malformed("the request");
  return counts_;
}

Status SpanRewriter::walk_resource_spans(std::string_view message, SpanFilter& filter) {
  WireReader fields(message);
  for (WireField field; fields.next(field);) {
    if (field.number != kScopeSpans) {
      assembler_.copy(field.whole);
      continue;
    }
    if (field.type != WireType::Length) return wrong_type("scope_spans");
    const std::uint32_t kept_before = counts_.kept;
    const auto mark = assembler_.open(kScopeSpans);
    if (Status walked = walk_scope_spans(field.bytes, filter); !walked) return walked;
    counts_.kept > kept_before ? assembler_.close(mark) : assembler_.undo(mark);
  }
  if (fields.failed()) return malformed("resource_spans");
  return {};
}

Status SpanRewriter::walk_scope_spans(std::string_view message, SpanFilter& filter) {
  WireReader fields(message);
  for (WireField field; fields.next(field);) {
    if (field.number != kSpans) {
      assembler_.copy(field.whole);
      continue;
    }
    if (field.type != WireType::Length) return wrong_type("spans");
    if (Status walked = walk_span(field, filter); !walked) return walked;
  }
  if (fields.failed()) return malformed("scope_spans");
  return {};
}

Status SpanRewriter::walk_span(const WireField& span, SpanFilter& filter) {
  const auto view = view_span(span.bytes);
  if (!view) return view.error();
  ++counts_.spans;
  trace_state_.clear();
  const SpanVerdict verdict = filter.decide(*view, trace_state_);
  if (verdict == SpanVerdict::Drop) return {};
  ++counts_.kept;
  if (verdict == SpanVerdict::Keep) {
    assembler_.copy(span.whole);
  } else {
    ++counts_.rewritten;
    rewrite(span.bytes);
  }
  return {};
}

// Every tracestate of the span goes, the new one comes last.
void SpanRewriter::rewrite(std::string_view span) {
  const auto mark = assembler_.open(kSpans);
  WireReader fields(span);
  for (WireField field; fields.next(field);) {
    if (field.number != kTraceState) assembler_.copy(field.whole);
  }
  if (!trace_state_.empty()) assembler_.add_text(kTraceState, trace_state_);
  assembler_.close(mark);
}

Result<std::uint32_t> count_spans(std::string_view request) {
  class KeepAll final : public SpanFilter {
   public:
    SpanVerdict decide(const SpanView& /*span*/, std::string& /*trace_state*/) override {
      return SpanVerdict::Keep;
    }
  };
  KeepAll all;
  SpanRewriter rewriter;
  const auto counts = rewriter.walk(request, all);
  if (!counts) return counts.error();
  return counts->spans;
}

bool SpanSplitter::next(Piece& piece) {
  piece.otlp.clear();
  piece.spans = 0;
  assembler_.clear();
  span_bytes_ = 0;
  envelope_bytes_ = 0;
  while ((found_ || find_span()) && fits(piece))
    add_span(piece);
  close(scope_);
  close(resource_);
  assembler_.write(piece.otlp);
  return piece.spans > 0;
}

// Moves on to the next span of the request.
bool SpanSplitter::find_span() {
  for (;;) {
    if (scope_.entered) {
      for (WireField field; scope_.fields.next(field);) {
        if (!field.is(kSpans, WireType::Length)) continue;
        span_ = field.whole;
        found_ = true;
        return true;
      }
      close(scope_);
      scope_.entered = false;
    }
    if (resource_.entered && enter(resource_.fields, kScopeSpans, scope_)) continue;
    close(resource_);
    resource_.entered = false;
    if (!enter(request_, kResourceSpans, resource_)) return false;
  }
}

bool SpanSplitter::enter(WireReader& outer, std::uint32_t number, Envelope& inner) {
  for (WireField field; outer.next(field);) {
    if (!field.is(number, WireType::Length)) continue;
    inner.message = field.bytes;
    inner.fields = WireReader(field.bytes);
    inner.entered = true;
    return true;
  }
  return false;
}

bool SpanSplitter::fits(const Piece& piece) const {
  if (piece.spans == 0) return true;
  if (piece.spans >= limits_.max_spans) return false;
  const std::uint64_t after = span_bytes_ + span_.size();
  return after + envelope_bytes_ <= limits_.max_bytes || after <= limits_.max_bytes / 4;
}

void SpanSplitter::add_span(Piece& piece) {
  if (!resource_.opened) open(resource_, kResourceSpans, kScopeSpans);
  if (!scope_.opened) open(scope_, kScopeSpans, kSpans);
  assembler_.copy(span_);
  span_bytes_ += span_.size();
  ++piece.spans;
  found_ = false;
}

// Puts the envelope into the piece with all of its fields but the repeated one.
void SpanSplitter::open(Envelope& envelope, std::uint32_t number, std::uint32_t repeated) {
  envelope.mark = assembler_.open(number);
  envelope.opened = true;
  WireReader fields(envelope.message);
  for (WireField field; fields.next(field);) {
    if (field.number == repeated) continue;
    assembler_.copy(field.whole);
    envelope_bytes_ += field.whole.size();
  }
  envelope_bytes_ += 10;  // its tag and length, generously
}

void SpanSplitter::close(Envelope& envelope) {
  if (envelope.opened) assembler_.close(envelope.mark);
  envelope.opened = false;
}

}  // namespace agent::codec
