#include "agent/export/loki_config.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

#include "agent/base/hash.h"
#include "agent/base/strings.h"
#include "agent/codec/label_text.h"
#include "agent/config/reader.h"
#include "agent/net/http_client_config.h"
#include "agent/net/url.h"

namespace agent::exporter {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// Go's form, or an integer of nanoseconds.
Duration go_duration(config::Reader& in, std::string_view key, Duration fallback) {
  const auto nanoseconds = config::parse_integer(in.child(key).text());
  const Duration out = nanoseconds && *nanoseconds >= 0
                           ? Duration(*nanoseconds)
                           : in.duration(key, fallback, config::DurationForm::Go);
  if (out < Duration::zero()) in.error(key, "a duration below 0 makes no sense here");
  return out;
}

std::map<std::string, std::string> texts(config::Reader& in, std::string_view key) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : in.map(key)) {
    if (!value.is_scalar() && !value.is_empty())
      in.report().error(value.mark(), in.path_of(key), "text is asked here");
    out[std::string(name.text())] = value.text();
  }
  return out;
}

void check_url(config::Reader& in, const std::string& url) {
  if (url.empty()) return;
  const auto parsed = net::parse_url(url);
  const std::size_t host = url.find("://");
  if (!parsed) {
    in.error("url", parsed.error().message);
  } else if (host == std::string::npos || host + 3 == url.size() || url[host + 3] == '/') {
    in.error("url", "the URL names no host");
  }
}

void check_label_names(config::Reader& in) {
  for (const auto& [name, value] : in.map("external_labels"))
    if (!codec::is_label_name(name.text()))
      in.report().error(
          name.mark(), in.path_of("external_labels"),
          "\"" + std::string(name.text()) + "\" is no label name: letters, digits and _ are asked");
}

void check_headers(config::Reader& in) {
  for (const auto& [name, value] : in.map("headers")) {
    const auto warn = [&, mark = name.mark()](std::string message) {
      in.report().warning(mark, in.path_of("headers"), std::move(message));
    };
    for (const char* ours : {"Content-Type", "User-Agent"})
      if (equals_ignoring_case(name.text(), ours))
        warn(std::string(ours) + " is set by the agent: this one is not sent");
    if (equals_ignoring_case(name.text(), "X-Scope-OrgID"))
      warn("X-Scope-OrgID is sent only where neither tenant_id nor a stage names a tenant");
  }
}

void read_backoff(config::Reader& in, LokiClientConfig& client) {
  config::Reader backoff(in.child("backoff_config"), config::Keys::Strict, in.report(),
                         in.path_of("backoff_config"));
  client.backoff.base = go_duration(backoff, "min_period", std::chrono::milliseconds(500));
  client.backoff.cap = go_duration(backoff, "max_period", std::chrono::minutes(5));
  client.backoff.jitter = Jitter::Upward;
  // What is still deliverable stays in the outbox, however often it was tried.
  backoff.integer("max_retries", 10, 0, kMost);
  static_cast<void>(backoff.finish());  // the report has it
}

// Six hexadecimal digits over all that was written, in whatever order.
std::string made_name(const config::Node& client) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : client.entries())
    keys.push_back(std::string(key.text()) + ": " + config::canonical_text(value));
  std::sort(keys.begin(), keys.end());
  char digits[17] = {};
  std::to_chars(digits, digits + 16, hash64(join(keys, "\n")) | (1ULL << 63U), 16);
  return std::string(digits).substr(0, 6);
}

LokiClientConfig read_client(const config::Node& node, config::Report& report,
                             const std::string& path) {
  config::Reader in(node, config::Keys::Strict, report, path);
  LokiClientConfig out;
  out.url = in.required_string("url");
  check_url(in, out.url);
  out.tenant_id = in.string("tenant_id");
  out.batchwait = go_duration(in, "batchwait", out.batchwait);
  out.batchsize_bytes = static_cast<std::uint64_t>(in.integer("batchsize", 1 << 20, 1, kMost));
  out.timeout = go_duration(in, "timeout", out.timeout);
  read_backoff(in, out);
  out.drop_rate_limited_batches = in.boolean("drop_rate_limited_batches", false);
  check_label_names(in);
  for (const auto& [name, value] : texts(in, "external_labels"))
    out.external_labels.set(name, value);
  out.headers = texts(in, "headers");
  check_headers(in);
  out.http = net::read_http_client_config(in);
  out.http.enable_http2 = false;  // as Promtail, whatever the key says
  out.outbox = queue::read_outbox_config(in.child("queue"), in.path_of("queue"),
                                         queue::WhenFull::Block, report);
  out.name = in.string("name");
  if (out.name.empty()) out.name = made_name(node);
  static_cast<void>(in.finish());  // the report has it
  return out;
}

}  // namespace

std::vector<LokiClientConfig> read_loki_clients(const std::vector<config::Node>& clients,
                                                const std::vector<std::string>& paths,
                                                config::Report& report) {
  std::vector<LokiClientConfig> out;
  std::set<std::string> names;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    out.push_back(read_client(clients[i], report, paths[i]));
    if (!names.insert(out.back().name).second) {
      const config::Node name = clients[i].get("name");
      report.error(name.is_empty() ? clients[i].mark() : name.mark(), paths[i] + ".name",
                   "another client has the name \"" + out.back().name + "\" too");
    }
  }
  return out;
}

}  // namespace agent::exporter
