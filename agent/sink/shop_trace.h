#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/random.h"
#include "agent/sink/proto/otlp_trace.pb.h"

namespace agent::sink {

/// The spans of one visit, written into an OTLP request.
class ShopTrace {
 public:
  enum class Kind { Server = 2, Client = 3 };
  struct Step {
    std::string_view service;
    std::string_view name;
    Kind kind = Kind::Server;
    Timestamp start;
    Duration length{};
    bool failed = false;
  };

  /// Draws a trace id. `request` and `random` outlive the trace.
  ShopTrace(dunlin::sink::otlp::ExportTraceServiceRequest& request, Random& random);
  /// Adds a span below `parent` ("": a root) and returns its id.
  std::string add(const Step& step, const std::string& parent);
  /// Lower-case hexadecimal.
  std::string trace_id() const;
  int spans() const { return spans_; }

 private:
  dunlin::sink::otlp::ScopeSpans& spans_of(std::string_view service);
  std::string draw_id(int words);

  dunlin::sink::otlp::ExportTraceServiceRequest& request_;
  Random& random_;
  std::string id_;
  int spans_ = 0;
};

}  // namespace agent::sink
