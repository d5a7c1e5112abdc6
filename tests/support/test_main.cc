// The main of every unit test program: what the process does before its first connection, the tests
// have too.
#include <csignal>

#include <gmock/gmock.h>

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // TLS writes to peers that have left; see app/signals.cc
  ::testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
