#pragma once
// Our series under the names that dashboards of the peers ask for. One row of the tables below is
// one family; they are made when the page is written, so nothing is counted twice. Spec:
// logs.md 11, metrics.md 9.2.
#include <span>
#include <string_view>

namespace agent::selfmon {

/// How series are put together that only differ in labels the peer has not.
enum class Merge {
  Sum,
  Most,  ///< the largest value: offsets and sizes of one path in two jobs
};

struct Alias {
  std::string_view theirs;  ///< "promtail_sent_bytes_total"
  std::string_view ours;    ///< "dunlin_loki_sent_bytes_total"
  std::string_view labels;  ///< those that stay, with blanks between them
  std::string_view only{};  ///< "result=success": other series are left out; "": none
  Merge merge = Merge::Sum;
};

/// What Promtail calls it.
std::span<const Alias> promtail_aliases();
/// What Prometheus calls it.
std::span<const Alias> prometheus_aliases();

}  // namespace agent::selfmon
