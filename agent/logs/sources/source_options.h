#pragma once
// Options that several sources have.
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/config/reader.h"
#include "agent/loop/tcp.h"
#include "agent/model/label_set.h"

namespace agent::logs {

/// An error where `name`, a key of the labels at `path`, is none that Loki takes.
void check_label_name(const config::Node& name, const std::string& path, config::Report& report);

/// `labels`: texts by name.
model::LabelSet read_source_labels(config::Reader& in);

/// `listen_address`: host:port. An empty one is an error where there is no `fallback`.
loop::HostPort read_listen_address(config::Reader& in, std::string_view fallback);

/// A duration in Go's form, or an integer of nanoseconds; 0 is `fallback`, as in Promtail.
Duration read_go_duration(config::Reader& in, std::string_view key, Duration fallback);

}  // namespace agent::logs
