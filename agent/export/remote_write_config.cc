#include "agent/export/remote_write_config.h"

#include <algorithm>
#include <array>

#include "agent/base/hash.h"
#include "agent/base/strings.h"
#include "agent/config/reader.h"
#include "agent/net/http_client_config.h"
#include "agent/net/url.h"
#include "agent/relabel/read_rules.h"

namespace agent::exporter {
namespace {

using config::DurationForm;
using config::Node;
using config::Reader;

constexpr std::int64_t kMany = 1'000'000'000;

// Headers that belong to the protocol or to the client keys.
constexpr std::array<std::string_view, 17> kOwnHeaders = {
    "authorization",        "host",
    "content-encoding",     "content-length",
    "content-type",         "user-agent",
    "connection",           "keep-alive",
    "proxy-authenticate",   "proxy-authorization",
    "www-authenticate",     "accept-encoding",
    "x-amz-date",           "x-prometheus-remote-write-version",
    "x-amz-content-sha256", "x-prometheus-remote-read-version",
    "x-amz-security-token"};

// The whole entry as one text, for its key and its default name.
void append_text(const Node& node, std::string& out) {
  if (node.is_map()) {
    for (const auto& [key, value] : node.entries()) {
      out += json_quote(key.text()) + ":";
      append_text(value, out);
    }
  } else if (node.is_sequence()) {
    for (const Node& item : node.items()) {
      out += "-";
      append_text(item, out);
    }
  } else {
    out += json_quote(node.text());
  }
  out += ";";
}

std::string hash_name(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  std::uint64_t hash = hash64(text);
  for (int i = 0; i < 6; ++i, hash >>= 4U)
    out += kDigits[hash & 0xFU];
  return out;
}

/// Reads one entry; what is wrong goes into the report as it is found.
class EntryReader {
 public:
  EntryReader(const Node& node, config::Report& report, const std::string& path)
      : reader_(node, config::Keys::Strict, report, path), report_(report) {}

  RemoteWriteConfig read() {
    append_text(reader_.node(), out_.key);
    read_url();
    out_.name = reader_.string("name");
    if (out_.name.empty()) out_.name = hash_name(out_.key);
    out_.timeout = reader_.duration("remote_timeout", out_.timeout, DurationForm::Prometheus);
    if (out_.timeout <= Duration::zero())
      reader_.error("remote_timeout", "a time-out above 0 is asked here");
    read_headers();
    out_.write_relabel_rules =
        relabel::read_rules(reader_.child("write_relabel_configs"), report_,
                            reader_.path_of("write_relabel_configs"), relabel::Spelling::SnakeCase);
    model::HttpClientConfig defaults;
    defaults.enable_http2 = false;
    out_.http = net::read_http_client_config(reader_, defaults);
    read_message();
    read_queue_config();
    read_metadata_config();
    read_queue();
    // What is wrong is in the report already.
    (void)reader_.finish();
    return std::move(out_);
  }

 private:
  void read_url() {
    out_.url = reader_.required_string("url");
    if (out_.url.empty()) return;
    if (const auto url = net::parse_url(out_.url)) {
      const std::size_t path = out_.url.find('/', url->scheme.size() + 3);
      out_.shown_url = url->scheme + "://" + url->host +
                       (url->is_default_port() ? "" : ":" + url->port) +
                       (path == std::string::npos ? "" : out_.url.substr(path));
    } else {
      reader_.error("url", url.error().message);
    }
  }

  void read_headers() {
    for (const auto& [name, value] : reader_.map("headers")) {
      const std::string lower = to_lower(name.text());
      if (std::find(kOwnHeaders.begin(), kOwnHeaders.end(), lower) != kOwnHeaders.end()) {
        report_.error(name.mark(), reader_.path_of("headers") + "." + std::string(name.text()),
                      "this header is set by the sender and cannot be changed");
      } else {
        out_.headers.emplace_back(name.text(), value.text());
      }
    }
  }

  // Known keys that are not built: refused where they would change what is sent, else a warning.
  void read_message() {
    const std::string message = reader_.string("protobuf_message", "prometheus.WriteRequest");
    if (message == "io.prometheus.write.v2.Request") {
      reader_.error("protobuf_message",
                    "remote write 2.0 is not supported yet; use prometheus.WriteRequest");
    } else if (message != "prometheus.WriteRequest") {
      reader_.error("protobuf_message",
                    "unknown message \"" + message + "\"; use prometheus.WriteRequest");
    }
    constexpr const char* kNotYet = "not supported yet; use basic_auth or authorization";
    for (const char* key : {"sigv4", "azuread", "google_iam"})
      reader_.refuse(key, kNotYet);
    reader_.refuse("message", "remote write 2.0 is not supported yet; leave the key out");
    reader_.refuse("tenant_label", "not supported yet; set X-Scope-OrgID in headers");
    if (reader_.boolean("send_exemplars", false))
      reader_.warning("send_exemplars", "exemplars are not sent yet");
    if (reader_.boolean("send_native_histograms", false))
      reader_.warning("send_native_histograms", "native histograms are not sent yet");
    if (reader_.boolean("round_robin_dns", false))
      reader_.warning("round_robin_dns", "one address is used until it fails");
    reader_.accept("failed_request_logging");  // every refused batch is logged
  }

  void read_queue_config() {
    Reader queue(reader_.child("queue_config"), config::Keys::Strict, report_,
                 reader_.path_of("queue_config"));
    // Bounds of what may run at once. We send one request at a time, which keeps the order.
    queue.integer("capacity", 10000, 1, kMany);
    const auto least = queue.integer("min_shards", 1, 1, kMany);
    const auto most = queue.integer("max_shards", std::max<std::int64_t>(50, least), 1, kMany);
    if (least > most) queue.error("min_shards", "min_shards is above max_shards");
    if (least > 1) queue.warning("min_shards", "one request at a time is sent so far");
    out_.max_samples_per_send =
        static_cast<std::size_t>(queue.integer("max_samples_per_send", 2000, 1, kMany));
    out_.batch_send_deadline =
        queue.duration("batch_send_deadline", out_.batch_send_deadline, DurationForm::Prometheus);
    out_.backoff.base = queue.duration("min_backoff", out_.backoff.base, DurationForm::Prometheus);
    out_.backoff.cap = queue.duration("max_backoff", out_.backoff.cap, DurationForm::Prometheus);
    if (out_.backoff.base > out_.backoff.cap)
      queue.error("min_backoff", "min_backoff is above max_backoff");
    out_.backoff.floor = std::min(out_.backoff.floor, out_.backoff.base);
    out_.retry_on_429 = queue.boolean("retry_on_http_429", true);
    out_.sample_age_limit =
        queue.duration("sample_age_limit", Duration::zero(), DurationForm::Prometheus);
    (void)queue.finish();
  }

  void read_metadata_config() {
    Reader metadata(reader_.child("metadata_config"), config::Keys::Strict, report_,
                    reader_.path_of("metadata_config"));
    const bool asked = metadata.has("send") && metadata.boolean("send", true);
    if (asked) metadata.warning("send", "metadata is not sent yet");
    metadata.accept("send");
    metadata.duration("send_interval", std::chrono::minutes(1), DurationForm::Prometheus);
    metadata.integer("max_samples_per_send", 2000, 1, kMany);
    (void)metadata.finish();
  }

  void read_queue() {
    out_.outbox = queue::read_outbox_config(reader_.child("queue"), reader_.path_of("queue"),
                                            queue::WhenFull::DropOldest, report_);
  }

  Reader reader_;
  config::Report& report_;
  RemoteWriteConfig out_;
};

}  // namespace

std::vector<RemoteWriteConfig> read_remote_write(const Node& list, config::Report& report,
                                                 const std::string& path) {
  std::vector<RemoteWriteConfig> out;
  if (list.is_empty()) return out;
  if (!list.is_sequence()) {
    report.error(list.mark(), path, "a list of endpoints is asked here");
    return out;
  }
  const auto items = list.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string at = path + "[" + std::to_string(i) + "]";
    if (!items[i].is_map()) {
      report.error(items[i].mark(), at, "an endpoint is asked here: a map with a url");
      continue;
    }
    RemoteWriteConfig config = EntryReader(items[i], report, at).read();
    const bool taken = std::any_of(out.begin(), out.end(), [&](const RemoteWriteConfig& other) {
      return other.name == config.name;
    });
    if (taken)
      report.error(items[i].mark(), at + ".name",
                   "another endpoint has the name \"" + config.name + "\" (or is the same)");
    out.push_back(std::move(config));
  }
  return out;
}

}  // namespace agent::exporter
