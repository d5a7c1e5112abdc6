#include "agent/logs/sources/source_options.h"

#include "agent/codec/label_text.h"

namespace agent::logs {

void check_label_name(const config::Node& name, const std::string& path, config::Report& report) {
  if (codec::is_label_name(name.text())) return;
  report.error(
      name.mark(), path,
      "\"" + std::string(name.text()) + "\" is no label name: letters, digits and _ are asked");
}

model::LabelSet read_source_labels(config::Reader& in) {
  model::LabelSet out;
  for (const auto& [name, value] : in.map("labels")) {
    check_label_name(name, in.path_of("labels"), in.report());
    if (value.is_scalar() || value.is_empty()) {
      out.set(name.text(), value.text());
      continue;
    }
    in.report().error(value.mark(), in.path_of("labels") + "." + std::string(name.text()),
                      "text is asked here");
  }
  return out;
}

loop::HostPort read_listen_address(config::Reader& in, std::string_view fallback) {
  const std::string text = in.string("listen_address", fallback);
  const auto address = loop::parse_host_port(text);
  if (address) return *address;
  in.error("listen_address", text.empty() ? "an address is needed here, host:port or :port"
                                          : address.error().message);
  return {};
}

Duration read_go_duration(config::Reader& in, std::string_view key, Duration fallback) {
  const auto nanoseconds = config::parse_integer(in.child(key).text());
  const Duration out =
      nanoseconds ? Duration(*nanoseconds) : in.duration(key, fallback, config::DurationForm::Go);
  if (out < Duration::zero()) in.error(key, "a duration below 0 makes no sense here");
  return out > Duration::zero() ? out : fallback;
}

}  // namespace agent::logs
