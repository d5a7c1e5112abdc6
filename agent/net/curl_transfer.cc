#include "agent/net/curl_transfer.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include <curl/curl.h>

#include "agent/base/byte_size.h"
#include "agent/base/strings.h"

namespace agent::net {
namespace {

constexpr std::size_t kMaxHeaderBytes = 256U << 10U;
constexpr std::size_t kMaxErrorText = 64U << 10U;
// New connections notice a changed CA file after this time; until then they share its certificates.
constexpr long kCaCacheSeconds = 60;
// Connections live from one scrape to the next.
constexpr long kIdleConnectionSeconds = 300;

long to_ms(Duration duration) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return std::max<long>(ms, 1);  // 0 would mean no limit
}

bool is_credential(std::string_view header) {
  for (const std::string_view name : {"authorization", "cookie", "proxy-authorization"})
    if (equals_ignoring_case(header, name)) return true;
  return false;
}

long tls_version(const std::string& name, long fallback) {
  if (name == "TLS10") return CURL_SSLVERSION_TLSv1_0;
  if (name == "TLS11") return CURL_SSLVERSION_TLSv1_1;
  if (name == "TLS12") return CURL_SSLVERSION_TLSv1_2;
  if (name == "TLS13") return CURL_SSLVERSION_TLSv1_3;
  return fallback;
}

// libcurl keeps the upper bound in the upper half of the number.
long tls_versions(const model::TlsConfig& tls) {
  constexpr long kUpper = 1L << 16U;  // CURL_SSLVERSION_MAX_* over CURL_SSLVERSION_*
  const long most = tls_version(tls.max_version, 0);
  return tls_version(tls.min_version, CURL_SSLVERSION_TLSv1_2) |
         (most == 0 ? static_cast<long>(CURL_SSLVERSION_MAX_DEFAULT) : most * kUpper);
}

ErrorKind kind_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorKind::Timeout;
    case CURLE_URL_MALFORMAT:
      return ErrorKind::Config;
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
      return ErrorKind::Io;
    default:
      return ErrorKind::Network;
  }
}

}  // namespace

struct CurlTransfer::State {
  State(const model::HttpClientConfig& client_config, const ClientRequest& client_request, Url to)
      : config(client_config), request(client_request), url(std::move(to)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    curl_slist_free_all(proxy_headers);
    curl_slist_free_all(connect_to);
  }

  template <typename Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(easy, option, value);
  }
  void set_text(CURLoption option, const std::string& text) {
    curl_easy_setopt(easy, option, text.c_str());
  }
  void set_blob(CURLoption option, const std::string& text) {
    curl_blob blob{const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};
    curl_easy_setopt(easy, option, &blob);
  }

  static Status append(curl_slist*& list, std::string_view name, std::string_view value);
  Status add_header(std::string_view name, std::string_view value) {
    return append(headers, name, value);
  }
  Status set_up(SecretSource& secrets, Duration timeout, const Credentials& credentials);
  void set_up_transfer(Duration timeout);
  void set_up_method();
  Status set_up_proxy(SecretSource& secrets);
  Status set_up_tls(SecretSource& secrets);
  Status set_up_server_name();
  Status set_up_headers(SecretSource& secrets, const Credentials& credentials);
  Status set_up_configured_headers(SecretSource& secrets, const Credentials& credentials);
  Status set_up_auth(SecretSource& secrets, const Credentials& credentials);
  bool on_header(std::string_view line);
  void on_headers_complete();
  bool on_body(std::string_view bytes);
  bool fail(const std::string& message) {
    failure = Error{ErrorKind::Input, url.host_port() + ": " + message};
    return false;
  }

  const model::HttpClientConfig& config;
  const ClientRequest& request;
  Url url;
  CURL* easy = curl_easy_init();
  curl_slist* headers = nullptr;
  curl_slist* proxy_headers = nullptr;
  curl_slist* connect_to = nullptr;
  ClientResponse response;
  std::uint64_t header_bytes = 0;
  std::uint64_t body_bytes = 0;
  std::optional<Error> failure;  // found by our own callbacks
  bool aborted = false;
  bool paused = false;
  bool headers_ended = false;
  bool headers_told = false;
  char reason[CURL_ERROR_SIZE] = {};
};

Status CurlTransfer::State::append(curl_slist*& list, std::string_view name,
                                   std::string_view value) {
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
    return Error{ErrorKind::Config,
                 "the value of header " + std::string(name) + " holds a line break or a zero byte"};
  std::string line(name);
  // "Name:" would remove the header instead of sending it without a value.
  line += value.empty() ? ";" : ": ";
  line += value;
  list = curl_slist_append(list, line.c_str());
  return {};
}

Status CurlTransfer::State::set_up(SecretSource& secrets, Duration timeout,
                                   const Credentials& credentials) {
  set_up_transfer(timeout);
  set_up_method();
  if (Status status = set_up_proxy(secrets); !status) return status;
  if (url.scheme == "https" || config.proxy.url.starts_with("https")) {
    if (Status status = set_up_tls(secrets); !status) return status;
  }
  if (Status status = set_up_headers(secrets, credentials); !status) return status;
  set_text(CURLOPT_URL, url.text);
  if (url.scheme == "https" && !config.tls.server_name.empty()) {
    if (Status status = set_up_server_name(); !status) return status;
  }
  set(CURLOPT_HTTPHEADER, headers);
  return {};
}

void CurlTransfer::State::set_up_transfer(Duration timeout) {
  set(CURLOPT_NOSIGNAL, 1L);
  // A resolver thread that hangs is left behind instead of waited for: the loop never blocks on
  // DNS.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  if (!request.unix_socket.empty()) set_text(CURLOPT_UNIX_SOCKET_PATH, request.unix_socket);
  set(CURLOPT_MAXAGE_CONN, kIdleConnectionSeconds);
  const bool ends = timeout > Duration::zero();
  if (ends) set(CURLOPT_TIMEOUT_MS, to_ms(timeout));
  set(CURLOPT_CONNECTTIMEOUT_MS,
      to_ms(ends ? std::min(timeout, request.connect_timeout) : request.connect_timeout));
  set(CURLOPT_HTTP_VERSION,
      static_cast<long>(config.enable_http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  set(CURLOPT_ERRORBUFFER, reason);
  set(CURLOPT_WRITEDATA, this);
  set(
      CURLOPT_WRITEFUNCTION, +[](char* bytes, std::size_t, std::size_t size, void* self) {
        auto& state = *static_cast<State*>(self);
        if (state.paused && !state.aborted) return std::size_t{CURL_WRITEFUNC_PAUSE};
        return state.on_body({bytes, size}) ? size : std::size_t{0};
      });
  set(CURLOPT_HEADERDATA, this);
  set(
      CURLOPT_HEADERFUNCTION, +[](char* bytes, std::size_t, std::size_t size, void* self) {
        return static_cast<State*>(self)->on_header({bytes, size}) ? size : std::size_t{0};
      });
}

void CurlTransfer::State::set_up_method() {
  if (request.body != nullptr || request.method == "POST") {
    set(CURLOPT_POST, 1L);
    const std::string_view body = request.body ? std::string_view(*request.body) : "";
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_POSTFIELDS, body.data());  // not copied; the request outlives the transfer
    if (request.method != "POST") set_text(CURLOPT_CUSTOMREQUEST, request.method);
  } else if (request.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET") {
    set_text(CURLOPT_CUSTOMREQUEST, request.method);
  }
}

Status CurlTransfer::State::set_up_proxy(SecretSource& secrets) {
  if (!config.proxy.from_environment) {
    // Empty texts keep libcurl from looking into the environment.
    set_text(CURLOPT_PROXY, config.proxy.url);
    set_text(CURLOPT_NOPROXY, config.proxy.no_proxy);
  }
  // Where no tunnel is asked for, the proxy would pass them on.
  if (url.scheme != "https") return {};
  for (const model::HttpHeader& header : config.proxy.connect_headers) {
    for (const model::Secret& secret : header.secrets) {
      const auto value = secrets.read(secret);
      if (!value) return value.error().within("proxy_connect_header: " + header.name);
      if (Status status = append(proxy_headers, header.name, *value); !status) return status;
    }
  }
  set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  set(CURLOPT_PROXYHEADER, proxy_headers);
  return {};
}

Status CurlTransfer::State::set_up_tls(SecretSource& secrets) {
  const model::TlsConfig& tls = config.tls;
  set(CURLOPT_SSLVERSION, tls_versions(tls));
  set(CURLOPT_CA_CACHE_TIMEOUT, kCaCacheSeconds);
  if (tls.insecure_skip_verify) {
    set(CURLOPT_SSL_VERIFYPEER, 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!tls.ca.empty()) set_blob(CURLOPT_CAINFO_BLOB, tls.ca);
  if (!tls.ca_file.empty()) set_text(CURLOPT_CAINFO, tls.ca_file);
  // As bytes, not as paths: libcurl compares them, so a renewed certificate gets a new connection.
  const auto cert = secrets.read_text(tls.cert, tls.cert_file);
  if (!cert) return cert.error().within("tls_config: cert_file");
  if (!cert->empty()) set_blob(CURLOPT_SSLCERT_BLOB, *cert);
  const auto key = secrets.read_text(tls.key.value, tls.key.file);
  if (!key) return key.error().within("tls_config: key_file");
  if (!key->empty()) set_blob(CURLOPT_SSLKEY_BLOB, *key);
  return {};
}

// libcurl checks the certificate against the URL's host. So the URL gets the wanted name, the
// connection still goes to the real host, and the Host header names it.
Status CurlTransfer::State::set_up_server_name() {
  const auto named = with_host(url, config.tls.server_name);
  if (!named) return named.error().within("tls_config: server_name");
  set_text(CURLOPT_URL, named->text);
  const std::string route = named->host_port() + ":" + url.host_port();
  connect_to = curl_slist_append(connect_to, route.c_str());
  set(CURLOPT_CONNECT_TO, connect_to);
  if (request.headers.get("host")) return {};
  return add_header("Host", url.is_default_port() ? url.host : url.host_port());
}

Status CurlTransfer::State::set_up_headers(SecretSource& secrets, const Credentials& credentials) {
  for (const Header& header : request.headers) {
    if (!credentials.send && is_credential(header.name)) continue;
    if (Status status = add_header(header.name, header.value); !status) return status;
  }
  if (Status status = set_up_configured_headers(secrets, credentials); !status) return status;
  // What libcurl would add on its own: "Name:" takes it out.
  headers = curl_slist_append(headers, "Expect:");
  if (!request.headers.get("accept")) headers = curl_slist_append(headers, "Accept:");
  if (!request.headers.get("content-type")) headers = curl_slist_append(headers, "Content-Type:");
  if (!credentials.send || request.headers.get("authorization")) return {};
  return set_up_auth(secrets, credentials);
}

Status CurlTransfer::State::set_up_configured_headers(SecretSource& secrets,
                                                      const Credentials& credentials) {
  for (const model::HttpHeader& header : config.headers) {
    for (const std::string& value : header.values)
      if (Status status = add_header(header.name, value); !status) return status;
    if (!credentials.send) continue;
    for (const model::Secret& secret : header.secrets) {
      const auto value = secrets.read(secret);
      if (!value) return value.error().within("http_headers: " + header.name);
      if (Status status = add_header(header.name, *value); !status) return status;
    }
  }
  return {};
}

Status CurlTransfer::State::set_up_auth(SecretSource& secrets, const Credentials& credentials) {
  if (config.auth == model::HttpClientConfig::Auth::Basic) {
    const auto user = secrets.read({config.basic.username, config.basic.username_file});
    if (!user) return user.error().within("basic_auth: username_file");
    const auto password = secrets.read(config.basic.password);
    if (!password) return password.error().within("basic_auth: password_file");
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set_text(CURLOPT_USERNAME, *user);
    set_text(CURLOPT_PASSWORD, *password);
  } else if (config.auth == model::HttpClientConfig::Auth::Bearer) {
    const auto token = secrets.read(config.credentials);
    if (!token) return token.error().within("authorization: credentials_file");
    return add_header("Authorization", config.authorization_type + " " + *token);
  } else if (config.auth == model::HttpClientConfig::Auth::OAuth2) {
    return add_header("Authorization", credentials.authorization);
  }
  return {};
}

// Trailers end with an empty line too; by then the headers have been told.
void CurlTransfer::State::on_headers_complete() {
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (!request.on_headers || status != 200 || std::exchange(headers_told, true)) return;
  request.on_headers(response.headers);
}

bool CurlTransfer::State::on_header(std::string_view line) {
  header_bytes += line.size();
  if (header_bytes > kMaxHeaderBytes) return fail("the headers of the answer are too large");
  if (line.starts_with("HTTP/")) {
    // A new answer: what came before was an interim one (100, 103).
    response.headers = {};
    headers_ended = false;
    return true;
  }
  if (trim(line).empty()) {
    headers_ended = true;
    on_headers_complete();
    return !aborted;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  response.headers.add(to_lower(trim(line.substr(0, colon))),
                       std::string(trim(line.substr(colon + 1))));
  return true;
}

bool CurlTransfer::State::on_body(std::string_view bytes) {
  if (aborted) return false;
  body_bytes += bytes.size();
  if (body_bytes > request.max_response_bytes)
    return fail("body is larger than " + format_byte_size(request.max_response_bytes));
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  constexpr long kOk = 200;
  if (!request.on_body || status != kOk) {
    // Who streams may allow any size; of an error's text a little is enough.
    if (!request.on_body || response.body.size() < kMaxErrorText) response.body += bytes;
    return true;
  }
  const bool goes_on = request.on_body(bytes);
  if (aborted) return false;
  return goes_on || fail("its body was refused");
}

Result<std::unique_ptr<CurlTransfer>> CurlTransfer::make(const model::HttpClientConfig& config,
                                                         SecretSource& secrets,
                                                         const ClientRequest& request, Url url,
                                                         Duration timeout,
                                                         const Credentials& credentials) {
  auto state = std::make_unique<State>(config, request, std::move(url));
  if (Status status = state->set_up(secrets, timeout, credentials); !status)
    return status.error().within(state->url.host_port());
  return std::unique_ptr<CurlTransfer>(new CurlTransfer(std::move(state)));
}

CurlTransfer::CurlTransfer(std::unique_ptr<State> state) : state_(std::move(state)) {}

CurlTransfer::~CurlTransfer() = default;

void* CurlTransfer::handle() const { return state_->easy; }

const Url& CurlTransfer::url() const { return state_->url; }

void CurlTransfer::abort() { state_->aborted = true; }

void CurlTransfer::set_paused(bool paused) { state_->paused = paused; }

Result<ClientResponse> CurlTransfer::take_answer(int code) {
  const auto result = static_cast<CURLcode>(code);
  if (state_->failure) return *state_->failure;
  if (result == CURLE_OK && !state_->headers_ended)
    return Error{ErrorKind::Network, state_->url.host_port() + ": the answer ends in its headers"};
  if (result == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(state_->easy, CURLINFO_RESPONSE_CODE, &status);
    state_->response.status = static_cast<int>(status);
    return std::move(state_->response);
  }
  // libcurl's own words for a refused connection hide the reason.
  long os_error = 0;
  curl_easy_getinfo(state_->easy, CURLINFO_OS_ERRNO, &os_error);
  std::string why = state_->reason[0] != '\0' ? state_->reason : curl_easy_strerror(result);
  if (result == CURLE_COULDNT_CONNECT && os_error != 0)
    why = std::generic_category().message(static_cast<int>(os_error));
  return Error{kind_of(result), state_->url.host_port() + ": " + why};
}

}  // namespace agent::net
