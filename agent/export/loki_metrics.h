#pragma once
// What one Loki client counts, in the terms of Promtail's metrics. Spec: logs.md 11.
#include <map>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/export/transport.h"
#include "agent/selfmon/metrics.h"

namespace agent::exporter {

/// "loki:3100" of "http://user@loki:3100/loki/api/v1/push": the host of a URL as it is written.
std::string host_of_url(std::string_view url);

/// Series of one client, all there with 0 from the start. Two of the same scope and host share
/// them.
class LokiMetrics {
 public:
  /// `scope` carries the client's label; `tenant_id` is the client's own.
  LokiMetrics(const selfmon::Scope& scope, const std::string& url, const std::string& tenant_id);

  enum class What { Dropped, Mutated };
  /// Entries that were dropped or cut, and their bytes. `reason` is Promtail's word.
  void count(What what, const std::string& tenant, std::string_view reason, std::uint64_t entries,
             std::uint64_t bytes);
  /// One try has ended: `status` is HTTP's, -1 where there was no answer. Called once for each try
  /// of a request.
  void tried(const Transport::Request& request, int status, Duration took, const Outcome& outcome);
  /// `records` of a block were given up, as `outcome` says.
  void dropped(const queue::Block& block, const Outcome& outcome, std::uint64_t records);

 private:
  struct Pair {
    selfmon::Counter* entries = nullptr;
    selfmon::Counter* bytes = nullptr;
  };
  using ByReason = std::map<std::string, Pair, std::less<>>;
  struct Tenant {
    selfmon::Scope scope;
    selfmon::Counter* retries = nullptr;
    ByReason dropped{};
    ByReason mutated{};
  };
  Tenant& tenant_of(const std::string& tenant);
  static Pair& pair_of(Tenant& tenant, What what, std::string_view reason);

  selfmon::Scope scope_;
  selfmon::Counter& encoded_bytes_;
  selfmon::Counter& sent_bytes_;
  selfmon::Counter& sent_entries_;
  std::map<std::string, Tenant> tenants_;
  std::map<int, selfmon::Histogram*> durations_;  // by status
};

}  // namespace agent::exporter
