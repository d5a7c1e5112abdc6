#pragma once
#include <memory>
#include <string>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "agent/base/check.h"

namespace agent::testing {

/// A certificate and its key as PEM.
struct Identity {
  std::string cert;
  std::string key;
};

/// An authority made up for one test, and what it signs.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name = "test authority")
      : key_(make_key()), cert_(make(name, key_.get(), nullptr, nullptr, "CA:TRUE", nullptr)) {}

  std::string pem() const { return to_pem(cert_.get()); }
  /// For 127.0.0.1 and localhost, as server and as client.
  Identity sign(const std::string& common_name) const {
    const Key key = make_key();
    const Cert cert = make(common_name, key.get(), cert_.get(), key_.get(), "CA:FALSE",
                           "IP:127.0.0.1,DNS:localhost");
    return {to_pem(cert.get()), to_pem(key.get())};
  }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using Cert = std::unique_ptr<X509, decltype(&X509_free)>;
  using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

  static Key make_key() {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    AGENT_CHECK(key != nullptr);
    return {key, &EVP_PKEY_free};
  }
  static Cert make(const std::string& name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key,
                   const char* constraints, const char* names) {
    Cert cert(X509_new(), &X509_free);
    static long serial = 1;
    X509_set_version(cert.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert.get()), 86400);
    X509_NAME* subject = X509_get_subject_name(cert.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.data()),
                               static_cast<int>(name.size()), -1, 0);
    X509_set_issuer_name(cert.get(), issuer != nullptr ? X509_get_subject_name(issuer) : subject);
    X509_set_pubkey(cert.get(), key);
    extend(cert.get(), NID_basic_constraints, constraints);
    if (names != nullptr) extend(cert.get(), NID_subject_alt_name, names);
    AGENT_CHECK(X509_sign(cert.get(), issuer_key != nullptr ? issuer_key : key, EVP_sha256()) > 0);
    return cert;
  }
  static void extend(X509* cert, int nid, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    AGENT_CHECK(extension != nullptr);
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
  }
  static std::string text_of(BIO* memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
  }
  static std::string to_pem(X509* cert) {
    const Memory out(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_X509(out.get(), cert);
    return text_of(out.get());
  }
  static std::string to_pem(EVP_PKEY* key) {
    const Memory out(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(out.get());
  }

  Key key_;
  Cert cert_;
};

}  // namespace agent::testing
