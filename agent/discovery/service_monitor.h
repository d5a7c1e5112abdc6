#pragma once
// ServiceMonitor and PodMonitor to scrape jobs. Spec: metrics.md 8.2, 8.4.
#include "agent/discovery/monitor_context.h"
#include "agent/discovery/monitor_object.h"

namespace agent::discovery {

/// One job an endpoint, `serviceMonitor/NAMESPACE/NAME/INDEX`, added to `into`. What is wrong goes
/// to `report`.
void read_service_monitor(const MonitorObject& object, const MonitorContext& context,
                          config::Report& report, MonitorJobs& into);
/// The same for `podMonitor/NAMESPACE/NAME/INDEX`.
void read_pod_monitor(const MonitorObject& object, const MonitorContext& context,
                      config::Report& report, MonitorJobs& into);

}  // namespace agent::discovery
