#include "agent/traces/otlp_config.h"

#include <algorithm>

#include "agent/base/strings.h"
#include "agent/loop/tcp.h"

namespace agent::traces {
namespace {

constexpr std::string_view kTracesPath = "/v1/traces";
constexpr std::uint16_t kGrpcPort = 4317;
constexpr std::uint16_t kHttpPort = 4318;
constexpr std::uint32_t kMaxBatchSpans = 1'000'000;
// Servers in Go refuse messages above 4 MiB unless told otherwise.
constexpr std::uint64_t kMaxBatchBytes = (7U << 20U) / 2;
constexpr std::uint64_t kMinBatchBytes = 1024;

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Splits what `endpoint` says into `out`. Errors: Config.
Status read_endpoint(std::string_view text, model::OtlpExporterConfig& out) {
  const bool http = out.protocol == model::OtlpProtocol::Http;
  out.tls_enabled = take_prefix(text, "https://");
  if (!out.tls_enabled) take_prefix(text, "http://");
  if (text.find("://") != std::string_view::npos)
    return Error{ErrorKind::Config, "the scheme is neither http:// nor https://"};
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string_view authority = text.substr(0, slash);
  std::string_view path = text.substr(slash);
  if (authority.find('@') != std::string_view::npos)
    return Error{ErrorKind::Config, "credentials belong into headers, not into the address"};
  const auto address = loop::parse_host_port(authority, http ? kHttpPort : kGrpcPort);
  if (!address) return address.error();
  if (address->host.empty()) return Error{ErrorKind::Config, "the host is missing"};
  if (address->port == 0) return Error{ErrorKind::Config, "port 0 cannot be connected to"};
  while (path.ends_with('/'))
    path.remove_suffix(1);
  if (!http && !path.empty())
    return Error{ErrorKind::Config, "gRPC has no path; protocol: http has one"};
  if (path.ends_with(kTracesPath))
    return Error{ErrorKind::Config,
                 "leave " + std::string(kTracesPath) + " out: it is added to the endpoint"};
  if (path.find_first_of("?#") != std::string_view::npos)
    return Error{ErrorKind::Config, "a query or fragment has no place in it"};
  out.host = address->host;
  out.port = address->port;
  out.name = loop::to_string(*address);
  out.url = (out.tls_enabled ? "https://" : "http://") + out.name;
  if (http) out.url += std::string(path) + std::string(kTracesPath);
  return {};
}

void read_protocol(config::Reader& reader, model::OtlpExporterConfig& out) {
  const std::string protocol = reader.string("protocol", "grpc");
  if (protocol == "http")
    out.protocol = model::OtlpProtocol::Http;
  else if (protocol != "grpc")
    reader.error("protocol", "\"" + protocol + "\": grpc or http is expected");
}

void read_compression(config::Reader& reader, model::OtlpExporterConfig& out) {
  const std::string compression = reader.string("compression", "gzip");
  if (compression == "none")
    out.compression = model::OtlpCompression::None;
  else if (compression == "zstd")
    out.compression = model::OtlpCompression::Zstd;
  else if (compression != "gzip")
    reader.error("compression", "\"" + compression + "\": gzip, zstd or none is expected");
}

bool is_token_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

void read_headers(config::Reader& reader, model::OtlpExporterConfig& out) {
  for (const auto& [key, value] : reader.map("headers")) {
    const std::string name(key.text());
    const std::string path = reader.path_of("headers") + "." + name;
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_token_char)) {
      reader.report().error(key.mark(), path, "not a header name");
    } else if (!value.is_scalar()) {
      reader.report().error(value.mark(), path, "a text is expected");
    } else if (value.text().find_first_of("\r\n") != std::string_view::npos) {
      reader.report().error(value.mark(), path, "a header value has no line break");
    } else {
      out.headers.emplace_back(name, std::string(value.text()));
    }
  }
}

std::string in_folder(const std::string& file, const std::string& folder) {
  if (file.empty() || file.front() == '/' || folder.empty()) return file;
  return folder + "/" + file;
}

void read_tls(config::Reader& reader, model::OtlpExporterConfig& out, const std::string& folder) {
  const config::Node node = reader.child("tls");
  config::Reader tls(node, config::Keys::Strict, reader.report(), reader.path_of("tls"));
  out.tls.ca_file = in_folder(tls.string("ca_file"), folder);
  out.tls.cert_file = in_folder(tls.string("cert_file"), folder);
  out.tls.key.file = in_folder(tls.string("key_file"), folder);
  out.tls.server_name = tls.string("server_name");
  out.tls.insecure_skip_verify = tls.boolean("insecure_skip_verify", false);
  if (out.tls.cert_file.empty() != out.tls.key.file.empty())
    tls.error(out.tls.cert_file.empty() ? "key_file" : "cert_file",
              "cert_file and key_file come together");
  if (tls.finish() && node.is_map() && !node.entries().empty() && !out.tls_enabled &&
      !out.host.empty())
    reader.error("tls", "the endpoint is clear text; TLS needs https:// in front of it");
}

void read_retry_and_queue(config::Reader& reader, model::OtlpExporterConfig& out) {
  config::Reader retry(reader.child("retry"), config::Keys::Strict, reader.report(),
                       reader.path_of("retry"));
  out.retry_base = retry.duration("initial_interval", out.retry_base);
  out.retry_cap = retry.duration("max_interval", out.retry_cap);
  if (out.retry_base <= Duration::zero()) retry.error("initial_interval", "must be above 0");
  if (out.retry_cap < out.retry_base)
    retry.error("max_interval", "must not be below initial_interval");
  static_cast<void>(retry.finish());  // what is wrong stands in the report
  config::Reader queue(reader.child("queue"), config::Keys::Strict, reader.report(),
                       reader.path_of("queue"));
  out.queue_max_bytes = queue.byte_size("max_bytes", 0);
  queue.refuse("when_full", "not built yet: spans that do not fit are refused with a retry hint");
  static_cast<void>(queue.finish());
}

}  // namespace

SamplerConfig read_sampler_config(const config::Node& node, config::Report& report,
                                  const std::string& path) {
  SamplerConfig out;
  config::Reader reader(node, config::Keys::Strict, report, path);
  if (const auto ratio = reader.optional_string("ratio")) {
    const auto parsed = parse_ratio(*ratio);
    if (parsed)
      out.ratio = *parsed;
    else
      reader.error("ratio", parsed.error().message);
  }
  const auto mode = parse_sampler_mode(reader.string("mode", "equalizing"));
  if (mode)
    out.mode = *mode;
  else
    reader.error("mode", mode.error().message);
  for (const char* later : {"services", "keep", "respect_priority"})
    reader.refuse(later, "not built yet: only ratio and mode are");
  if (reader.number("spans_per_second", 0, 0, 1e12) > 0)
    reader.error("spans_per_second", "not built yet: only 0 (off) is known");
  static_cast<void>(reader.finish());
  return out;
}

model::OtlpBatchConfig read_batch_config(const config::Node& node, config::Report& report,
                                         const std::string& path) {
  model::OtlpBatchConfig out;
  config::Reader reader(node, config::Keys::Strict, report, path);
  out.timeout = reader.duration("timeout", out.timeout);
  out.send_batch_size = static_cast<std::uint32_t>(
      reader.integer("send_batch_size", out.send_batch_size, 1, kMaxBatchSpans));
  // Left out, a batch is as large as the size at which it is sent.
  out.send_batch_max_size = static_cast<std::uint32_t>(
      reader.integer("send_batch_max_size", std::max(out.send_batch_size, out.send_batch_max_size),
                     1, kMaxBatchSpans));
  out.max_bytes = reader.byte_size("max_bytes", out.max_bytes);
  if (out.timeout < Duration::zero()) reader.error("timeout", "must not be negative");
  if (out.send_batch_max_size < out.send_batch_size)
    reader.error("send_batch_max_size", "must not be below send_batch_size");
  if (out.max_bytes < kMinBatchBytes || out.max_bytes > kMaxBatchBytes)
    reader.error("max_bytes", "must be from 1KiB to 3.5MiB: servers refuse more than 4 MiB");
  static_cast<void>(reader.finish());
  return out;
}

model::OtlpExporterConfig read_exporter_keys(config::Reader& reader, Endpoint endpoint,
                                             const std::string& folder) {
  model::OtlpExporterConfig out;
  read_protocol(reader, out);
  const std::string text = endpoint == Endpoint::Required ? reader.required_string("endpoint")
                                                          : reader.string("endpoint");
  if (!text.empty()) {
    if (const Status read = read_endpoint(text, out); !read)
      reader.error("endpoint", read.error().message);
    else if (out.tls_enabled && out.protocol == model::OtlpProtocol::Grpc)
      reader.error("endpoint",
                   "gRPC over TLS is not built yet; protocol: http speaks TLS, http:// clear text");
  }
  read_compression(reader, out);
  out.timeout = reader.duration("timeout", out.timeout);
  if (out.timeout <= Duration::zero()) reader.error("timeout", "must be above 0");
  read_headers(reader, out);
  read_tls(reader, out, folder);
  read_retry_and_queue(reader, out);
  return out;
}

}  // namespace agent::traces
