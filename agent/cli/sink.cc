// `dunlin sink`: a receiving backend on one port, until a signal or the end of its time.
#include <cstdio>

#include "agent/app/signals.h"
#include "agent/base/duration.h"
#include "agent/cli/cli.h"
#include "agent/cli/command.h"
#include "agent/net/http_server.h"
#include "agent/sink/receiver.h"

namespace agent::cli {
namespace {

int fail(const Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return kFailure;
}

int serve(const SinkArguments& arguments, const loop::HostPort& address, Duration time) {
  loop::EventLoop loop;
  const auto signals = app::Signals::watch(loop, [&loop](int) { loop.stop(); });
  if (!signals) return fail(signals.error());
  Logger log(LogLevel::Warn);
  const selfmon::Scope scope;
  const auto server = net::HttpServer::listen(loop, address, {}, log, scope);
  if (!server) return fail(server.error());
  sink::Receiver::Config config;
  config.max_records = arguments.records;
  config.faults = {std::chrono::milliseconds(arguments.delay_ms), arguments.fail_status,
                   arguments.fail_every};
  const sink::Receiver receiver(loop, **server, config);

  const std::string url = "http://" + loop::to_string((*server)->local());
  std::printf("sink listens on %s\n", url.c_str());
  std::printf("  metrics  %s/api/v1/write\n  logs     %s/loki/api/v1/push\n", url.c_str(),
              url.c_str());
  std::printf("  traces   %s/v1/traces, and gRPC on the same port\n", url.c_str());
  std::fflush(stdout);
  loop::Timer end;
  if (time > Duration::zero()) end = loop.after(time, [&loop] { loop.stop(); });
  loop.run();
  std::printf("%s\n", receiver.arrivals().summary().c_str());
  return kOk;
}

}  // namespace

int sink(const SinkArguments& arguments) {
  const auto address = loop::parse_host_port(arguments.listen);
  if (!address) return fail(address.error().within("--listen"));
  Duration time = Duration::zero();
  if (!arguments.time.empty()) {
    const auto parsed = parse_duration(arguments.time);
    if (!parsed) return fail(parsed.error().within("--for"));
    time = *parsed;
  }
  return serve(arguments, *address, time);
}

}  // namespace agent::cli
