#include "agent/base/hash.h"

#define XXH_INLINE_ALL
#include <openssl/evp.h>
#include <xxhash.h>

#include "agent/base/check.h"

namespace agent {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::uint64_t md5_tail64(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  const int done = EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_md5(), nullptr);
  AGENT_CHECK(done == 1 && length == 16);
  std::uint64_t out = 0;
  for (unsigned i = 8; i < 16; ++i)
    out = out << 8U | digest[i];
  return out;
}

HexDigest::HexDigest(Digest kind, std::string_view bytes) {
  const EVP_MD* method = nullptr;
  switch (kind) {
    case Digest::Sha1:
      method = EVP_sha1();
      break;
    case Digest::Sha256:
      method = EVP_sha256();
      break;
    case Digest::Sha512:
      method = EVP_sha512();
      break;
    case Digest::Sha3:
      method = EVP_sha3_256();
      break;
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  const int done = EVP_Digest(bytes.data(), bytes.size(), digest, &length, method, nullptr);
  AGENT_CHECK(done == 1);
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (unsigned i = 0; i < length; ++i) {
    digits_[size_++] = kDigits[digest[i] >> 4U];
    digits_[size_++] = kDigits[digest[i] & 15U];
  }
}

}  // namespace agent
