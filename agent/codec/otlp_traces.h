#pragma once
// ExportTraceServiceRequest as bytes: spans are looked at, kept, dropped and given a new tracestate
// without being decoded. Spec: traces.md 3.1 to 3.3.
//
// DESIGN. One walk over the request notes slices: runs of bytes that stay as they are, heads of the
// envelopes (ResourceSpans, ScopeSpans, Span) whose length changes. Writing copies the slices and
// puts fresh lengths in front. Fields that nobody reads, known or not, travel inside the slices.
// Refused: decode, filter, encode; it costs 20 times as much and loses unknown fields.
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/codec/otlp_assembler.h"
#include "agent/codec/otlp_wire.h"

namespace agent::codec {

/// What a filter sees of a span; views into the request.
struct SpanView {
  std::string_view trace_id;
  std::string_view span_id;
  std::string_view trace_state;  ///< the last one, where there are several
  bool ids_valid = false;        ///< all of traces.md 3.3: trace, span, parent and links
};

enum class SpanVerdict {
  Keep,     ///< byte for byte
  Drop,     ///< gone, with its envelopes if they are left without spans
  Rewrite,  ///< kept with the tracestate that the filter wrote; an empty one: without any
};

/// Decides about spans in the order of the request.
class SpanFilter {
 public:
  SpanFilter() = default;
  SpanFilter(const SpanFilter&) = delete;
  SpanFilter& operator=(const SpanFilter&) = delete;
  virtual ~SpanFilter() = default;
  /// `trace_state` is empty; it is read only for Rewrite.
  virtual SpanVerdict decide(const SpanView& span, std::string& trace_state) = 0;
};

struct SpanCounts {
  std::uint32_t spans = 0;
  std::uint32_t kept = 0;
  std::uint32_t rewritten = 0;  ///< of the kept ones
  /// Every span stays as it is: the request may be forwarded unchanged.
  bool unchanged() const { return kept == spans && rewritten == 0; }
};

/// Runs requests through filters. Keeps its memory from one request to the next.
class SpanRewriter {
 public:
  /// Walks `request`, which must stay where it is until write(). Errors: Input (malformed framing,
  /// a field that is read with another wire type).
  Result<SpanCounts> walk(std::string_view request, SpanFilter& filter);
  /// Appends the request of the last walk() with the kept spans only; envelopes without spans are
  /// gone.
  void write(std::string& out) const { assembler_.write(out); }

 private:
  Status walk_resource_spans(std::string_view message, SpanFilter& filter);
  Status walk_scope_spans(std::string_view message, SpanFilter& filter);
  Status walk_span(const WireField& span, SpanFilter& filter);
  void rewrite(std::string_view span);

  Assembler assembler_;
  std::string trace_state_;
  SpanCounts counts_;
};

/// Reads what a filter may see of the Span message `span`. Errors: Input.
Result<SpanView> view_span(std::string_view span);

/// Spans in `request`. Errors: Input.
Result<std::uint32_t> count_spans(std::string_view request);

/// Cuts a request into smaller ones, a piece at a time. Every piece repeats the resource and the
/// scope of its spans. To keep a large resource from being repeated for every span, a piece gets at
/// least a quarter of `max_bytes` in spans.
class SpanSplitter {
 public:
  struct Limits {
    std::uint32_t max_spans = 8192;
    std::uint64_t max_bytes = 2U << 20U;  ///< a single larger span makes a piece of its own
  };
  struct Piece {
    std::string otlp;
    std::uint32_t spans = 0;
  };
  /// `request` outlives the splitter.
  SpanSplitter(std::string_view request, Limits limits) : limits_(limits), request_(request) {}
  /// The next piece; false at the end. Bytes behind a malformed place are not reached: cut what
  /// walk() has passed.
  bool next(Piece& piece);

 private:
  struct Envelope {
    WireReader fields;
    std::string_view message;
    Assembler::Mark mark;
    bool entered = false;  // its fields are being read
    bool opened = false;   // it stands in the current piece
  };
  bool find_span();
  bool enter(WireReader& outer, std::uint32_t number, Envelope& inner);
  void add_span(Piece& piece);
  bool fits(const Piece& piece) const;
  void open(Envelope& envelope, std::uint32_t number, std::uint32_t repeated);
  void close(Envelope& envelope);

  Limits limits_;
  WireReader request_;
  Envelope resource_;
  Envelope scope_;
  std::string_view span_;  // found and not yet in a piece; empty: none
  bool found_ = false;
  std::uint64_t span_bytes_ = 0;      // of the current piece
  std::uint64_t envelope_bytes_ = 0;  // of the current piece
  Assembler assembler_;
};

}  // namespace agent::codec
