#pragma once
#include "agent/admin/routes.h"

namespace agent::admin {

/// What Promtail answers, where it answers otherwise than we do: `/` leads to /targets, /ready is
/// 500 until a target is ready, /reload. Spec: logs.md 1.2, 11.
struct PromtailAnswers {
  static net::Response root(const PageOptions& pages);
  static net::Response ready(const PageOptions& pages, const Snapshot& snapshot);
  static net::Response reloaded(const Status& result);
};

}  // namespace agent::admin
