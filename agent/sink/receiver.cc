#include "agent/sink/receiver.h"

#include <algorithm>
#include <charconv>

#include "agent/base/strings.h"
#include "agent/codec/compression.h"
#include "agent/net/grpc_frame.h"
#include "agent/sink/decode.h"
#include "agent/sink/page.h"

namespace agent::sink {
namespace {

constexpr const char* kTraceExport = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
constexpr const char* kProtobuf = "application/x-protobuf";

// The media type without its parameters, in lower case.
std::string media_type(const net::Request& request) {
  const auto value = request.headers.get("content-type").value_or("");
  return to_lower(trim(split(value, ';').front()));
}

Result<std::string> unpack(std::string_view body, std::string_view encoding,
                           std::uint64_t limit_bytes) {
  if (encoding.empty() || encoding == "identity") return std::string(body);
  if (encoding == "snappy") return codec::snappy_uncompress(body, limit_bytes);
  if (encoding == "gzip") return codec::gzip_uncompress(body, limit_bytes);
  if (encoding == "zstd") return codec::zstd_uncompress(body, limit_bytes);
  return Error{ErrorKind::Rejected, "content-encoding " + std::string(encoding) + " is not known"};
}

// What a refusal of our own code is called in HTTP.
int status_of(const Error& error) {
  if (error.kind == ErrorKind::Overloaded) return 413;
  return error.kind == ErrorKind::Rejected ? 415 : 400;
}

net::GrpcCode grpc_code(int http_status) {
  switch (http_status) {
    case 400:
      return net::GrpcCode::InvalidArgument;
    case 401:
      return net::GrpcCode::Unauthenticated;
    case 403:
      return net::GrpcCode::PermissionDenied;
    case 413:
    case 429:
      return net::GrpcCode::ResourceExhausted;
    case 404:
    case 415:
      return net::GrpcCode::Unimplemented;
    case 502:
    case 503:
    case 504:
      return net::GrpcCode::Unavailable;
    default:
      return net::GrpcCode::Internal;
  }
}

std::string seconds_text(Duration delay) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(delay).count());
}

std::optional<std::uint64_t> number_of(const net::Request& request, std::string_view name) {
  const auto text = net::query_value(request.query, name);
  if (!text) return std::nullopt;
  std::uint64_t out = 0;
  const auto* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, out);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return out;
}

net::Response plain(int status, std::string body, std::string type = "text/plain; charset=utf-8") {
  return {status, {{"content-type", std::move(type)}}, std::move(body), {}};
}

}  // namespace

Receiver::Receiver(loop::EventLoop& loop, net::HttpServer& server, Config config)
    : loop_(loop), server_(server), config_(config), arrivals_(config.max_records) {
  const auto http = [](const Outcome& outcome) {
    if (outcome.status / 100 == 2) return net::Response{outcome.status, outcome.headers, {}, {}};
    net::Response response = plain(outcome.status, outcome.message + "\n");
    if (outcome.retry_after)
      response.headers.set("retry-after", seconds_text(*outcome.retry_after));
    return response;
  };
  // OTLP/HTTP says errors as google.rpc.Status; a success is an empty response message.
  const auto otlp = [http](const Outcome& outcome) {
    net::Response response = http(outcome);
    response.headers.set("content-type", kProtobuf);
    if (outcome.status / 100 != 2)
      response.body = net::encode_rpc_status(
          {static_cast<int>(grpc_code(outcome.status)), outcome.message, outcome.retry_after});
    return response;
  };
  const auto grpc = [](const Outcome& outcome) {
    if (outcome.status / 100 == 2) return net::make_grpc_reply({});
    return net::make_grpc_response(grpc_code(outcome.status), outcome.message, outcome.retry_after);
  };
  const auto call = [this](Outcome (Receiver::*take)(const net::Request&)) {
    return [this, take](const net::Request& request) { return (this->*take)(request); };
  };
  add_push(Signal::Metrics, "/api/v1/write", call(&Receiver::take_remote_write), http);
  add_push(Signal::Logs, "/loki/api/v1/push", call(&Receiver::take_loki), http);
  add_push(Signal::Traces, "/v1/traces", call(&Receiver::take_otlp_http), otlp);
  add_push(Signal::Traces, kTraceExport, call(&Receiver::take_otlp_grpc), grpc);
  add_queries();
  server_.set_fallback([](const net::Request& request, net::Responder responder) {
    if (media_type(request).starts_with("application/grpc")) {
      responder.send(net::make_grpc_response(net::GrpcCode::Unimplemented,
                                             request.path + " is not served here"));
    } else {
      responder.send(plain(404, request.path + " is not served here\n"));
    }
  });
}

Receiver::~Receiver() {
  for (const auto& [method, path] : routes_)
    server_.remove_route(method, path);
  server_.set_fallback({});
}

void Receiver::add_route(const std::string& method, const std::string& path, net::Handler handler,
                         std::function<net::Response(const net::Request&)> too_large) {
  server_.add_route(
      {method, path, std::move(handler), config_.max_body_bytes, std::move(too_large)});
  routes_.emplace_back(method, path);
}

void Receiver::add_push(Signal signal, const std::string& path, const Take& take,
                        const Render& render) {
  const auto handle = [this, signal, take, render](const net::Request& request,
                                                   net::Responder responder) {
    const auto fault = next_fault();
    Outcome outcome;
    if (!fault || fault->take) {
      outcome = take(request);
      if (outcome.status / 100 != 2) arrivals_.refuse(signal, outcome.message);
    }
    if (fault && outcome.status / 100 == 2) {
      outcome = {fault->status, "refused on request", fault->retry_after, {}};
      if (!fault->take) arrivals_.refuse(signal, outcome.message);
    }
    answer(std::move(responder), render(outcome));
  };
  const auto too_large = [this, signal, render](const net::Request& /*head*/) {
    const Outcome outcome{
        413,
        "the body is larger than " + std::to_string(config_.max_body_bytes) + " bytes",
        std::nullopt,
        {}};
    arrivals_.refuse(signal, outcome.message);
    return render(outcome);
  };
  add_route("POST", path, handle, too_large);
}

void Receiver::add_queries() {
  add_route("GET", "/", [this](const net::Request&, net::Responder responder) {
    responder.send(plain(200, render_page(arrivals_), "text/html; charset=utf-8"));
  });
  add_route("GET", "/stats", [this](const net::Request&, net::Responder responder) {
    responder.send(plain(200, arrivals_.stats() + "\n", "application/json"));
  });
  add_route("GET", "/records", [this](const net::Request& request, net::Responder responder) {
    responder.send(records(request));
  });
  add_route("POST", "/mode", [this](const net::Request& request, net::Responder responder) {
    responder.send(set_mode(request));
  });
}

net::Response Receiver::records(const net::Request& request) const {
  const auto name = net::query_value(request.query, "signal");
  for (const Signal signal : {Signal::Metrics, Signal::Logs, Signal::Traces})
    if (name == to_string(signal))
      return plain(200, arrivals_.records(signal, number_of(request, "limit").value_or(100)),
                   "application/x-ndjson");
  return plain(400, "signal=metrics, signal=logs or signal=traces is asked\n");
}

net::Response Receiver::set_mode(const net::Request& request) {
  const auto status = number_of(request, "status").value_or(200);
  if (status < 200 || status > 599) return plain(400, "status is 200 to 599\n");
  mode_ = {static_cast<int>(status), number_of(request, "next").value_or(1), std::nullopt,
           number_of(request, "take").value_or(0) != 0};
  if (status / 100 == 2) mode_.next = 0;
  if (const auto seconds = number_of(request, "retry_after"))
    mode_.retry_after = std::chrono::seconds(std::min<std::uint64_t>(*seconds, 86'400));
  if (const auto ms = number_of(request, "delay_ms"))
    config_.faults.delay = std::chrono::milliseconds(std::min<std::uint64_t>(*ms, 600'000));
  return plain(200, "the next " + std::to_string(mode_.next) + " pushes are answered " +
                        std::to_string(mode_.status) + "\n");
}

std::optional<Receiver::Mode> Receiver::next_fault() {
  ++pushes_;
  if (mode_.next > 0) {
    --mode_.next;
    return mode_;
  }
  const auto& faults = config_.faults;
  if (faults.fail_every == 0 || pushes_ % faults.fail_every != 0) return std::nullopt;
  return Mode{faults.status, 0, std::nullopt, false};
}

Receiver::Outcome Receiver::taken(Result<Arrival> decoded) {
  if (!decoded) return {status_of(decoded.error()), decoded.error().message, std::nullopt, {}};
  arrivals_.add(*std::move(decoded));
  return {};
}

Receiver::Outcome Receiver::take_remote_write(const net::Request& request) {
  const std::string type(request.headers.get("content-type").value_or(""));
  if (media_type(request) != kProtobuf)
    return {415, "content-type " + std::string(kProtobuf) + " is asked", std::nullopt, {}};
  if (request.headers.get("content-encoding").value_or("") != "snappy")
    return {415, "content-encoding snappy is asked", std::nullopt, {}};
  const auto body = unpack(request.body, "snappy", config_.max_unpacked_bytes);
  if (!body) return {status_of(body.error()), body.error().message, std::nullopt, {}};
  const bool second = type.find("io.prometheus.write.v2.Request") != std::string::npos;
  auto decoded = second ? decode_remote_write_v2(*body) : decode_remote_write(*body);
  net::Headers written;
  if (second && decoded) {
    const std::string prefix = "x-prometheus-remote-write-";
    const auto samples = decoded->records.size() - decoded->histograms;
    written = {{prefix + "samples-written", std::to_string(samples)},
               {prefix + "histograms-written", std::to_string(decoded->histograms)},
               {prefix + "exemplars-written", std::to_string(decoded->exemplars)}};
  }
  Outcome outcome = taken(std::move(decoded));
  if (outcome.status == 200) outcome.status = 204;
  outcome.headers = written;
  return outcome;
}

Receiver::Outcome Receiver::take_loki(const net::Request& request) {
  const bool json = media_type(request) == "application/json";
  if (!json && media_type(request) != kProtobuf)
    return {415, "a protobuf or JSON body is asked", std::nullopt, {}};
  const auto encoding = request.headers.get("content-encoding").value_or("");
  // A protobuf push is snappy whether it says so or not.
  const auto body = unpack(request.body, json ? encoding : "snappy", config_.max_unpacked_bytes);
  if (!body) return {status_of(body.error()), body.error().message, std::nullopt, {}};
  Outcome outcome = taken(json ? decode_loki_json(*body) : decode_loki_protobuf(*body));
  if (outcome.status == 200) outcome.status = 204;
  return outcome;
}

Receiver::Outcome Receiver::take_otlp_http(const net::Request& request) {
  if (media_type(request) != kProtobuf)
    return {415, "content-type " + std::string(kProtobuf) + " is asked", std::nullopt, {}};
  const auto encoding = request.headers.get("content-encoding").value_or("");
  const auto body = unpack(request.body, encoding, config_.max_unpacked_bytes);
  if (!body) return {status_of(body.error()), body.error().message, std::nullopt, {}};
  return taken(decode_otlp_traces(*body));
}

Receiver::Outcome Receiver::take_otlp_grpc(const net::Request& request) {
  if (!media_type(request).starts_with("application/grpc"))
    return {415, "content-type application/grpc is asked", std::nullopt, {}};
  const auto encoding = request.headers.get("grpc-encoding");
  net::GrpcStatus bad;
  const auto message = net::read_grpc_message(request.body, encoding, &bad);
  if (!message) return {bad.code == net::GrpcCode::Unimplemented ? 415 : 500, bad.message, {}, {}};
  const auto body = unpack(message->payload, message->compressed ? encoding.value_or("") : "",
                           config_.max_unpacked_bytes);
  if (!body) return {status_of(body.error()), body.error().message, std::nullopt, {}};
  return taken(decode_otlp_traces(*body));
}

void Receiver::answer(net::Responder responder, net::Response response) {
  if (config_.faults.delay == Duration::zero()) return responder.send(std::move(response));
  const std::uint64_t id = ++last_delayed_;
  delayed_.emplace(id, Delayed{loop_.after(config_.faults.delay, [this, id] { send_delayed(id); }),
                               std::move(responder), std::move(response)});
}

void Receiver::send_delayed(std::uint64_t id) {
  auto due = delayed_.extract(id);
  due.mapped().responder.send(std::move(due.mapped().response));
}

}  // namespace agent::sink
