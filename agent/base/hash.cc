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

}  // namespace agent
