#include "agent/net/tls_server.h"

#include <array>
#include <string_view>
#include <utility>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "agent/net/secret_source.h"
#include "agent/net/tls_stream.h"
#include "agent/net/tls_text.h"

namespace agent::net {
namespace {

using ClientAuth = TlsServerConfig::ClientAuth;
using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

struct Material {
  std::string cert, key, client_ca;
  bool operator==(const Material&) const = default;
};

BioPtr reader_of(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
}

X509Ptr next_certificate(BIO* from) {
  return {PEM_read_bio_X509(from, nullptr, nullptr, nullptr), &X509_free};
}

// A key that is encrypted has no password here: OpenSSL must not ask the terminal for one.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

int version_number(const std::string& name) {
  if (name == "TLS10") return TLS1_VERSION;
  if (name == "TLS11") return TLS1_1_VERSION;
  if (name == "TLS12") return TLS1_2_VERSION;
  if (name == "TLS13") return TLS1_3_VERSION;
  return 0;  // OpenSSL's own limit
}

Error bad(const std::string& where, const char* what) {
  return {ErrorKind::Config, where + ": " + what + ": " + take_tls_error()};
}

Status use_certificate(SSL_CTX* context, const std::string& pem, const std::string& where) {
  const BioPtr in = reader_of(pem);
  const X509Ptr leaf = next_certificate(in.get());
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1)
    return bad(where, "no certificate that can be used");
  while (X509Ptr issuer = next_certificate(in.get()))
    if (SSL_CTX_add0_chain_cert(context, issuer.get()) == 1)
      static_cast<void>(issuer.release());  // the context's now
  ERR_clear_error();                        // "no start line": the end of the chain
  return {};
}

Status use_key(SSL_CTX* context, const std::string& pem, const std::string& where) {
  const BioPtr in = reader_of(pem);
  const KeyPtr key(PEM_read_bio_PrivateKey(in.get(), nullptr, &no_password, nullptr),
                   &EVP_PKEY_free);
  if (!key) return bad(where, "no private key that can be used");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return bad(where, "the key does not belong to the certificate");
  return {};
}

Status trust_clients_of(SSL_CTX* context, const std::string& pem, const std::string& where) {
  const BioPtr in = reader_of(pem);
  int found = 0;
  while (const X509Ptr authority = next_certificate(in.get())) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get());
    SSL_CTX_add_client_CA(context, authority.get());
    ++found;
  }
  if (found == 0) return bad(where, "no certificate in it");
  ERR_clear_error();
  return {};
}

// Whoever has to show any certificate need not show one that we could verify.
int accept_any(int /*verified*/, X509_STORE_CTX* /*chain*/) { return 1; }

void ask_clients(SSL_CTX* context, ClientAuth auth) {
  switch (auth) {
    case ClientAuth::None:
      return SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    case ClientAuth::Request:
      return SSL_CTX_set_verify(context, SSL_VERIFY_PEER, &accept_any);
    case ClientAuth::RequireAny:
      return SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                                &accept_any);
    case ClientAuth::VerifyIfGiven:
      return SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    case ClientAuth::RequireAndVerify:
      return SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                                nullptr);
  }
}

// ALPN's wire form: each name behind its length.
constexpr std::string_view kHttpProtocols = "\x02h2\x08http/1.1";

int choose_http(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* chosen_size,
                const unsigned char* offered, unsigned offered_size, void* /*user*/) {
  unsigned char* name = nullptr;
  const int agreed = SSL_select_next_proto(
      &name, chosen_size, reinterpret_cast<const unsigned char*>(kHttpProtocols.data()),
      static_cast<unsigned>(kHttpProtocols.size()), offered, offered_size);
  *chosen = name;
  return agreed == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

class TlsServer::Impl {
 public:
  Impl(loop::EventLoop& loop, TlsServerConfig config, Logger& log, const selfmon::Scope& scope)
      : loop_(loop),
        config_(std::move(config)),
        log_(log),
        handshakes_failed_(scope.counter("tls_handshakes_failed_total",
                                         "Connections that did not get as far as speaking TLS.")),
        reloads_failed_(scope.counter("tls_reloads_failed_total",
                                      "Replaced certificates that could not be used.")) {}

  Status load() {
    auto cert = files_.read_text(config_.cert.value, config_.cert.file);
    if (!cert) return config_error(cert.error());
    auto key = files_.read_text(config_.key.value, config_.key.file);
    if (!key) return config_error(key.error());
    auto client_ca = files_.read_text(config_.client_ca.value, config_.client_ca.file);
    if (!client_ca) return config_error(client_ca.error());
    Material now{std::move(*cert), std::move(*key), std::move(*client_ca)};
    if (now == material_) return {};
    auto made = make_context(now);
    material_ = std::move(now);  // what does not work is tried once
    if (!made) return made.error();
    context_ = std::move(*made);
    return {};
  }

  std::unique_ptr<loop::ByteStream> wrap(std::unique_ptr<loop::ByteStream> accepted) {
    if (const Status loaded = load(); !loaded) {
      reloads_failed_.add();
      log_.limited(LogLevel::Error, "tls_reload",
                   "A replaced certificate cannot be used; the old one stays.",
                   {{"error", loaded.error().message}});
    }
    SSL* ssl = SSL_new(context_.get());
    SSL_set_accept_state(ssl);
    const std::string peer = accepted->peer().host;
    return std::make_unique<TlsStream>(
        loop_, std::move(accepted), ssl, config_.handshake_timeout,
        // A server that has gone is not told: its streams' owners go before the logger does.
        [&log = log_, &failed = handshakes_failed_, peer](const Status& done) {
          if (done) return;
          failed.add();
          log.limited(LogLevel::Warn, "tls_handshake", "A client did not get as far as TLS.",
                      {{"peer", peer}, {"error", done.error().message}});
        });
  }

 private:
  static Error config_error(const Error& error) { return {ErrorKind::Config, error.message}; }
  static std::string name_of(const std::string& file, const char* key) {
    return file.empty() ? key : file;
  }

  Result<Context> make_context(const Material& from) const {
    Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    SSL_CTX* raw = context.get();
    if (raw == nullptr) return bad("TLS", "no context");
    SSL_CTX_set_options(
        raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    constexpr std::array<unsigned char, 6> kSessionContext = {'d', 'u', 'n', 'l', 'i', 'n'};
    SSL_CTX_set_session_id_context(raw, kSessionContext.data(), kSessionContext.size());
    SSL_CTX_set_min_proto_version(
        raw, version_number(config_.min_version.empty() ? "TLS12" : config_.min_version));
    SSL_CTX_set_max_proto_version(raw, version_number(config_.max_version));
    Status set = use_certificate(raw, from.cert, name_of(config_.cert.file, "cert"));
    if (set) set = use_key(raw, from.key, name_of(config_.key.file, "key"));
    if (set && !from.client_ca.empty())
      set = trust_clients_of(raw, from.client_ca, name_of(config_.client_ca.file, "client_ca"));
    if (!set) return set.error();
    ask_clients(raw, config_.client_auth);
    if (config_.protocols == TlsServerConfig::Protocols::Http)
      SSL_CTX_set_alpn_select_cb(raw, &choose_http, nullptr);
    return context;
  }

  loop::EventLoop& loop_;
  const TlsServerConfig config_;
  Logger& log_;
  selfmon::Counter& handshakes_failed_;
  selfmon::Counter& reloads_failed_;
  SecretSource files_;
  Material material_;
  Context context_{nullptr, &SSL_CTX_free};  // sessions hold it too
};

TlsServer::TlsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsServer::~TlsServer() = default;

Result<std::unique_ptr<TlsServer>> TlsServer::make(loop::EventLoop& loop, TlsServerConfig config,
                                                   Logger& log, const selfmon::Scope& scope) {
  auto impl = std::make_unique<Impl>(loop, std::move(config), log, scope);
  if (const Status loaded = impl->load(); !loaded) return loaded.error();
  return std::unique_ptr<TlsServer>(new TlsServer(std::move(impl)));
}

std::unique_ptr<loop::ByteStream> TlsServer::wrap(std::unique_ptr<loop::ByteStream> accepted) {
  return impl_->wrap(std::move(accepted));
}

}  // namespace agent::net
