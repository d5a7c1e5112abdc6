#include "agent/base/hash.h"

#include <gtest/gtest.h>

namespace agent {
namespace {

// The examples of FIPS 180-4 and FIPS 202.
TEST(HexDigest, GivesTheDigestsOfTheStandards) {
  const struct {
    const char* name;
    Digest kind;
    const char *text, *digest;
  } cases[] = {
      {"SHA-1", Digest::Sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {"SHA-1 of nothing", Digest::Sha1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
      {"SHA-256", Digest::Sha256, "abc",
       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"SHA-512", Digest::Sha512, "abc",
       "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
       "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
      {"SHA3-256", Digest::Sha3, "abc",
       "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(HexDigest(c.kind, c.text).text(), c.digest);
  }
}

}  // namespace
}  // namespace agent
