#include "agent/traces/otlp_receiver.h"

#include <chrono>
#include <optional>
#include <utility>

#include "agent/base/strings.h"
#include "agent/codec/compression.h"
#include "agent/codec/otlp_json.h"
#include "agent/codec/otlp_wire.h"
#include "agent/net/grpc_frame.h"

namespace agent::traces {
namespace {

using net::GrpcCode;

constexpr std::string_view kExportPath =
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
constexpr std::string_view kHealthPath = "/grpc.health.v1.Health/Check";
constexpr std::string_view kTraceService = "opentelemetry.proto.collector.trace.v1.TraceService";
constexpr std::string_view kMetricsService =
    "opentelemetry.proto.collector.metrics.v1.MetricsService";
constexpr std::string_view kLogsService = "opentelemetry.proto.collector.logs.v1.LogsService";
constexpr const char* kProtobuf = "application/x-protobuf";
constexpr const char* kJson = "application/json";
constexpr const char* kAcceptedEncodings = "identity,gzip,deflate,zstd";

constexpr std::uint64_t kMaxHealthBytes = 64U << 10U;
// Health status of grpc.health.v1.
constexpr std::uint64_t kServing = 1;
constexpr std::uint64_t kNotServing = 2;

bool is_grpc(const net::Request& request) {
  const auto type = request.headers.get("content-type");
  return type && to_lower(*type).starts_with("application/grpc");
}

net::Response plain_text(int status, std::string text) {
  net::Response response;
  response.status = status;
  response.headers.add("content-type", "text/plain; charset=utf-8");
  response.body = std::move(text) + "\n";
  return response;
}

net::Response not_grpc() {
  return plain_text(415, "a gRPC call has content-type application/grpc and comes over HTTP/2");
}

// kProtobuf or kJson; null: neither.
const char* encoding_of(const net::Request& request) {
  const auto header = request.headers.get("content-type");
  if (!header) return nullptr;
  const std::string type = to_lower(trim(header->substr(0, header->find(';'))));
  if (type == kProtobuf) return kProtobuf;
  if (type == kJson) return kJson;
  return nullptr;
}

enum class Coding { Identity, Gzip, Zstd };
// nullopt: not known. gzip_uncompress reads deflate (zlib) as well.
std::optional<Coding> coding_of(std::optional<std::string_view> header) {
  const std::string name = to_lower(trim(header.value_or("")));
  if (name.empty() || name == "identity") return Coding::Identity;
  if (name == "gzip" || name == "deflate") return Coding::Gzip;
  if (name == "zstd") return Coding::Zstd;
  return std::nullopt;
}

Result<std::string> undo(Coding coding, std::string bytes, std::uint64_t limit_bytes) {
  if (coding == Coding::Gzip) return codec::gzip_uncompress(bytes, limit_bytes);
  if (coding == Coding::Zstd) return codec::zstd_uncompress(bytes, limit_bytes);
  if (bytes.size() > limit_bytes)
    return Error{ErrorKind::Overloaded, "more than " + std::to_string(limit_bytes) + " bytes"};
  return bytes;
}

// google.rpc.Status in the encoding of the request.
net::Response http_error(int status, GrpcCode code, const std::string& message,
                         const char* encoding) {
  net::Response response;
  response.status = status;
  response.headers.add("content-type", encoding);
  const int number = static_cast<int>(code);
  response.body = encoding == kJson ? R"({"code":)" + std::to_string(number) + R"(,"message":)" +
                                          json_quote(message) + "}"
                                    : net::encode_rpc_status({number, message, {}});
  return response;
}

// ExportTraceServiceResponse; partial_success only where spans were rejected.
std::string export_response(const IntakeAnswer& answer) {
  std::string out;
  if (answer.rejected == 0) return out;
  const std::size_t partial = codec::begin_message(out, 1);
  codec::append_varint_field(out, 1, answer.rejected);
  codec::append_bytes_field(out, 2, answer.message);
  codec::end_message(out, partial);
  return out;
}

std::string export_response_json(const IntakeAnswer& answer) {
  if (answer.rejected == 0) return "{}";
  return R"({"partialSuccess":{"rejectedSpans":")" + std::to_string(answer.rejected) +
         R"(","errorMessage":)" + json_quote(answer.message) + "}}";
}

net::Response http_answer(const IntakeAnswer& answer, const char* encoding) {
  if (answer.kind == IntakeAnswer::Kind::Malformed)
    return http_error(400, GrpcCode::InvalidArgument, answer.message, encoding);
  if (answer.kind == IntakeAnswer::Kind::NoRoom) {
    auto response = http_error(503, GrpcCode::Unavailable, answer.message, encoding);
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(answer.retry_after);
    response.headers.add("retry-after", std::to_string(seconds.count()));
    return response;
  }
  net::Response response;
  response.headers.add("content-type", encoding);
  response.body = encoding == kJson ? export_response_json(answer) : export_response(answer);
  return response;
}

net::Response grpc_answer(const IntakeAnswer& answer) {
  switch (answer.kind) {
    case IntakeAnswer::Kind::Malformed:
      return net::make_grpc_response(GrpcCode::InvalidArgument, answer.message);
    case IntakeAnswer::Kind::NoRoom:
      return net::make_grpc_response(GrpcCode::Unavailable, answer.message, answer.retry_after);
    default:
      return net::make_grpc_reply(export_response(answer));
  }
}

net::Response unknown_coding(std::string_view coding) {
  auto response = net::make_grpc_response(GrpcCode::Unimplemented,
                                          "grpc-encoding " + std::string(coding) + " is not known");
  response.headers.add("grpc-accept-encoding", kAcceptedEncodings);
  return response;
}

// The message of a call, decompressed; else the answer that says what is wrong.
std::optional<std::string> read_call(const net::Request& request, std::uint64_t limit_bytes,
                                     net::Response& error) {
  const auto header = request.headers.get("grpc-encoding");
  net::GrpcStatus status;
  const auto message = net::read_grpc_message(request.body, header, &status);
  if (!message) {
    error = net::make_grpc_response(status.code, status.message);
    return std::nullopt;
  }
  const auto coding = message->compressed ? coding_of(header) : Coding::Identity;
  if (!coding) {
    error = unknown_coding(*header);
    return std::nullopt;
  }
  auto bytes = undo(*coding, std::string(message->payload), limit_bytes);
  if (bytes) return std::move(*bytes);
  // Without RetryInfo RESOURCE_EXHAUSTED means "never again", which is right for too large.
  const auto code = bytes.error().kind == ErrorKind::Overloaded ? GrpcCode::ResourceExhausted
                                                                : GrpcCode::InvalidArgument;
  error = net::make_grpc_response(code, bytes.error().message);
  return std::nullopt;
}

net::Response answer_unknown(const net::Request& request) {
  if (!is_grpc(request)) return plain_text(404, "404 page not found");
  return net::make_grpc_response(GrpcCode::Unimplemented, "unknown method " + request.path);
}

}  // namespace

OtlpReceiver::OtlpReceiver(Limits limits, const Environment& environment)
    : limits_(std::move(limits)),
      intake_(environment.sink, environment.ledger, environment.clock, environment.random) {}

void OtlpReceiver::install(net::HttpServer& server) {
  name_ += " " + loop::to_string(server.local());
  const auto too_large = [this](const net::Request& /*head*/) {
    ++requests_;
    ++refused_;
    return net::make_grpc_response(
        GrpcCode::ResourceExhausted,
        "the message is larger than " + std::to_string(limits_.max_grpc_bytes) + " bytes");
  };
  server.add_route({"POST", limits_.traces_path,
                    [this](net::Request request, net::Responder responder) {
                      responder.send(answer_http(std::move(request)));
                    },
                    limits_.max_http_bytes, nullptr});
  server.add_route({"POST", std::string(kExportPath),
                    [this](const net::Request& request, net::Responder responder) {
                      responder.send(answer_grpc(request));
                    },
                    limits_.max_grpc_bytes + net::kGrpcPrefixBytes, too_large});
  server.add_route({"POST", std::string(kHealthPath),
                    [](const net::Request& request, net::Responder responder) {
                      responder.send(answer_health_check(request));
                    },
                    kMaxHealthBytes, nullptr});
  server.set_fallback([](const net::Request& request, net::Responder responder) {
    responder.send(answer_unknown(request));
  });
}

void OtlpReceiver::uninstall(net::HttpServer& server) {
  server.remove_route("POST", limits_.traces_path);
  server.remove_route("POST", std::string(kExportPath));
  server.remove_route("POST", std::string(kHealthPath));
  server.set_fallback(nullptr);
}

model::ReceiverStatus OtlpReceiver::status() const {
  return {name_, requests_, intake_.spans(), refused_};
}

net::Response OtlpReceiver::answer_http(net::Request request) {
  ++requests_;
  const auto refuse = [this](net::Response response) {
    ++refused_;
    return response;
  };
  const char* const encoding = encoding_of(request);
  if (encoding == nullptr)
    return refuse(
        plain_text(415, "content-type is neither application/x-protobuf nor application/json"));
  const auto header = request.headers.get("content-encoding");
  const auto coding = coding_of(header);
  if (!coding)
    return refuse(plain_text(415, "content-encoding " + std::string(*header) + " is not known"));
  auto body = undo(*coding, std::move(request.body), limits_.max_http_bytes);
  if (!body) {
    const bool large = body.error().kind == ErrorKind::Overloaded;
    return refuse(http_error(large ? 413 : 400,
                             large ? GrpcCode::ResourceExhausted : GrpcCode::InvalidArgument,
                             body.error().message, encoding));
  }
  if (encoding == kJson) {
    body = codec::otlp_from_json(codec::kExportTraceServiceRequest, *body);
    if (!body)
      return refuse(http_error(400, GrpcCode::InvalidArgument, body.error().message, encoding));
  }
  const IntakeAnswer answer = intake_.take(std::move(*body));
  if (answer.kind != IntakeAnswer::Kind::Taken) ++refused_;
  return http_answer(answer, encoding);
}

net::Response OtlpReceiver::answer_grpc(const net::Request& request) {
  ++requests_;
  net::Response error;
  if (!is_grpc(request) || !request.http2) {
    ++refused_;
    return not_grpc();
  }
  auto message = read_call(request, limits_.max_grpc_bytes, error);
  if (!message) {
    ++refused_;
    return error;
  }
  const IntakeAnswer answer = intake_.take(std::move(*message));
  if (answer.kind != IntakeAnswer::Kind::Taken) ++refused_;
  return grpc_answer(answer);
}

net::Response answer_health_check(const net::Request& request) {
  if (!is_grpc(request) || !request.http2) return not_grpc();
  net::Response error;
  const auto message = read_call(request, kMaxHealthBytes, error);
  if (!message) return error;
  std::string_view service;
  codec::WireReader fields(*message);
  for (codec::WireField field; fields.next(field);) {
    if (field.is(1, codec::WireType::Length)) service = field.bytes;
  }
  if (fields.failed())
    return net::make_grpc_response(GrpcCode::InvalidArgument, "malformed HealthCheckRequest");
  std::string reply;
  if (service.empty() || service == kTraceService)
    codec::append_varint_field(reply, 1, kServing);
  else if (service == kMetricsService || service == kLogsService)
    codec::append_varint_field(reply, 1, kNotServing);
  else
    return net::make_grpc_response(GrpcCode::NotFound, "unknown service");
  return net::make_grpc_reply(reply);
}

}  // namespace agent::traces
