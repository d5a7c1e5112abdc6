#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "agent/loop/tcp.h"
#include "agent/net/tls_stream.h"

#include "tests/support/run_until.h"
#include "tests/support/test_certificates.h"

namespace agent::testing {

/// A TLS client that says what it is told to, on the same loop as the server under test.
class TlsClient {
 public:
  struct Options {
    std::string ca = {};         ///< PEM; "": the server is not verified
    Identity identity = {};      ///< shown when asked for; empty: none
    std::string protocols = {};  ///< ALPN's wire form
    int max_version = 0;         ///< as OpenSSL counts them; 0: the newest
  };
  TlsClient(loop::EventLoop& loop, const loop::HostPort& address, const Options& options)
      : loop_(loop), context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free) {
    configure(options);
    const loop::TcpConnect connect(loop, address, std::chrono::seconds(60), [&](auto result) {
      AGENT_CHECK(result);
      adopt(std::move(*result), options);
    });
    run_until(loop, [this] { return shaken_.has_value(); });
  }

  /// The outcome of the handshake as this side saw it.
  const Status& shaken() const { return *shaken_; }
  void send(std::string_view bytes) { stream_->write(std::string(bytes)); }
  bool sees(std::string_view text) {
    run_until(loop_, [&] { return received_.find(text) != std::string::npos || ended_; });
    return received_.find(text) != std::string::npos;
  }
  bool sees_end() {
    return run_until(loop_, [this] { return ended_.has_value(); });
  }
  std::string protocol() const { return stream_->protocol(); }
  /// True once the server has ended its direction as TLS has it.
  bool got_farewell() const { return (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0; }
  const std::string& received() const { return received_; }
  net::TlsStream& stream() { return *stream_; }
  void abandon() { stream_.reset(); }
  /// CN of the server's certificate.
  std::string server_name() const {
    X509* cert = SSL_get0_peer_certificate(ssl_);
    char name[128] = {};
    if (cert != nullptr)
      X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof name);
    return name;
  }

 private:
  void configure(const Options& options) {
    SSL_CTX* raw = context_.get();
    if (options.max_version != 0) SSL_CTX_set_max_proto_version(raw, options.max_version);
    if (!options.ca.empty()) {
      const auto ca = read_cert(options.ca);
      X509_STORE_add_cert(SSL_CTX_get_cert_store(raw), ca.get());
      SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
    }
    if (options.identity.cert.empty()) return;
    SSL_CTX_use_certificate(raw, read_cert(options.identity.cert).get());
    BIO* in = BIO_new_mem_buf(options.identity.key.data(), -1);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
    SSL_CTX_use_PrivateKey(raw, key);
    EVP_PKEY_free(key);
    BIO_free(in);
  }
  static std::unique_ptr<X509, decltype(&X509_free)> read_cert(const std::string& pem) {
    BIO* in = BIO_new_mem_buf(pem.data(), -1);
    X509* cert = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
    BIO_free(in);
    return {cert, &X509_free};
  }
  void adopt(std::unique_ptr<loop::TcpStream> tcp, const Options& options) {
    ssl_ = SSL_new(context_.get());
    SSL_set_connect_state(ssl_);
    if (!options.protocols.empty())
      SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(options.protocols.data()),
                          static_cast<unsigned>(options.protocols.size()));
    stream_ =
        std::make_unique<net::TlsStream>(loop_, std::move(tcp), ssl_, std::chrono::seconds(60),
                                         [this](const Status& done) { shaken_ = done; });
    stream_->start_reading([this](std::string_view bytes) { received_ += bytes; },
                           [this](Status status) { ended_ = std::move(status); });
  }

  loop::EventLoop& loop_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  SSL* ssl_ = nullptr;  // the stream's
  std::unique_ptr<net::TlsStream> stream_;
  std::optional<Status> shaken_;
  std::optional<Status> ended_;
  std::string received_;
};

}  // namespace agent::testing
