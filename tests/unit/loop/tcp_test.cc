#include "agent/loop/tcp.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/run_until.h"

namespace agent::loop {
namespace {

using std::chrono_literals::operator""s;
using agent::testing::run_until;

/// One end of a connection with what it has seen.
struct End {
  std::unique_ptr<TcpStream> stream;
  std::string received;
  std::optional<Status> ended;

  void adopt(std::unique_ptr<TcpStream> taken) {
    stream = std::move(taken);
    stream->start_reading([this](std::string_view bytes) { received += bytes; },
                          [this](Status status) { ended = std::move(status); });
  }
};

class TcpTest : public ::testing::Test {
 protected:
  // A connected pair on loopback.
  void SetUp() override {
    auto listening = TcpListener::listen(
        loop_, {"127.0.0.1", 0},
        [this](std::unique_ptr<TcpStream> stream) { server_.adopt(std::move(stream)); });
    ASSERT_TRUE(listening) << listening.error().message;
    listener_ = std::move(*listening);
    const TcpConnect connect(loop_, listener_->local(), 5s, [this](auto result) {
      ASSERT_TRUE(result) << result.error().message;
      client_.adopt(std::move(*result));
    });
    ASSERT_TRUE(run_until(loop_, [this] { return client_.stream && server_.stream; }));
  }

  EventLoop loop_;
  std::unique_ptr<TcpListener> listener_;
  End client_, server_;
};

TEST_F(TcpTest, CarriesBytesBothWays) {
  bool written = false;
  client_.stream->write("ping", [&] { written = true; });
  EXPECT_FALSE(written) << "never before the starting call has returned";
  ASSERT_TRUE(run_until(loop_, [&] { return server_.received == "ping" && written; }));
  server_.stream->write("pong");
  ASSERT_TRUE(run_until(loop_, [&] { return client_.received == "pong"; }));
  EXPECT_EQ(server_.stream->peer().host, "127.0.0.1");
  EXPECT_EQ(server_.stream->peer().port, client_.stream->local().port);
  EXPECT_EQ(client_.stream->peer().port, listener_->local().port);
}

TEST_F(TcpTest, ShutdownEndsOneDirectionOnly) {
  client_.stream->write("last words");
  client_.stream->shutdown();
  client_.stream->write("never sent");
  ASSERT_TRUE(run_until(loop_, [&] { return server_.ended.has_value(); }));
  EXPECT_TRUE(*server_.ended);
  EXPECT_EQ(server_.received, "last words");
  bool written = false;
  server_.stream->write("answer", [&] { written = true; });
  ASSERT_TRUE(run_until(loop_, [&] { return client_.received == "answer" && written; }));
}

TEST_F(TcpTest, AbandonedPeerIsAnEndOrABreakButNeverSilence) {
  client_.stream->write("unread");
  ASSERT_TRUE(run_until(loop_, [&] { return server_.received == "unread"; }));
  server_.stream->write("this arrives where nobody reads");
  client_.stream->pause_reading();
  loop_.run_for(std::chrono::milliseconds(5));
  client_.stream.reset();  // unread bytes in its buffer: the kernel resets the connection
  ASSERT_TRUE(run_until(loop_, [&] { return server_.ended.has_value(); }));
  ASSERT_FALSE(*server_.ended);
  EXPECT_EQ(server_.ended->error().kind, ErrorKind::Network);
  server_.stream->write("into the void", [] { FAIL() << "nothing runs after a break"; });
  loop_.run_for(std::chrono::milliseconds(5));
}

TEST_F(TcpTest, PauseHoldsThePeerBack) {
  server_.stream->pause_reading();
  const std::string block(1 << 20U, 'x');
  constexpr int kBlocks = 16;  // more than loopback's buffers hold
  for (int i = 0; i < kBlocks; ++i)
    client_.stream->write(block);
  loop_.run_for(std::chrono::milliseconds(20));
  EXPECT_GT(client_.stream->unwritten_bytes(), 0U);
  EXPECT_EQ(server_.received, "");
  server_.stream->resume_reading();
  ASSERT_TRUE(run_until(loop_, [&] { return server_.received.size() == kBlocks * block.size(); }));
  EXPECT_EQ(client_.stream->unwritten_bytes(), 0U);
}

TEST_F(TcpTest, CallbacksMayDestroyTheirStream) {
  server_.stream.reset();
  std::unique_ptr<TcpStream> victim;
  std::string received;
  auto listening = TcpListener::listen(loop_, {"127.0.0.1", 0}, [&](auto stream) {
    victim = std::move(stream);
    victim->start_reading(
        [&](std::string_view bytes) {
          victim.reset();
          received = bytes;  // the view and the captures outlive the stream
        },
        [](const Status&) { FAIL() << "cancelled"; });
  });
  ASSERT_TRUE(listening);
  End other;
  const TcpConnect connect(loop_, (*listening)->local(), 5s, [&](auto result) {
    other.adopt(std::move(*result));
    other.stream->write("bye");
  });
  ASSERT_TRUE(run_until(loop_, [&] { return other.ended.has_value(); }));
  EXPECT_EQ(received, "bye");
  EXPECT_EQ(victim, nullptr);
}

TEST_F(TcpTest, UnwrittenBytesAreDroppedWithTheStream) {
  server_.stream->pause_reading();
  client_.stream->write(std::string(32 << 20U, 'x'), [] { FAIL() << "cancelled"; });
  client_.stream.reset();
  server_.stream->resume_reading();
  ASSERT_TRUE(run_until(loop_, [&] { return server_.ended.has_value(); }));
}

TEST(TcpListener, SaysWhichAddressIsInUse) {
  EventLoop loop;
  const auto first = TcpListener::listen(loop, {"127.0.0.1", 0}, [](auto) {});
  ASSERT_TRUE(first);
  const auto second = TcpListener::listen(loop, (*first)->local(), [](auto) {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::Config);
  EXPECT_EQ(second.error().message, to_string((*first)->local()) + ": address already in use");
}

TEST(TcpListener, ListensOnAllAddressesAndNames) {
  EventLoop loop;
  for (const char* host : {"", "localhost"}) {
    SCOPED_TRACE(host);
    bool accepted = false;
    const auto listener = TcpListener::listen(loop, {host, 0}, [&](const auto& stream) {
      accepted = true;
      EXPECT_EQ(stream->peer().host, "127.0.0.1") << "no ::ffff: in front";
    });
    ASSERT_TRUE(listener) << listener.error().message;
    const TcpConnect connect(loop, {"127.0.0.1", (*listener)->local().port}, 5s, [](auto) {});
    EXPECT_TRUE(run_until(loop, [&] { return accepted; }));
  }
  const auto unknown = TcpListener::listen(loop, {"no-such-host.invalid", 1}, [](auto) {});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::Config);
}

TEST(TcpConnect, ResolvesNamesAndReportsFailures) {
  EventLoop loop;
  const auto listener = TcpListener::listen(loop, {"127.0.0.1", 0}, [](auto) {});
  ASSERT_TRUE(listener);
  std::uint16_t unused = 0;
  {
    const auto gone = TcpListener::listen(loop, {"127.0.0.1", 0}, [](auto) {});
    unused = (*gone)->local().port;
  }
  const struct {
    const char* name;
    HostPort address;
    const char* error;  // "": connects
  } cases[] = {
      {"a number", (*listener)->local(), ""},
      {"a name", {"localhost", (*listener)->local().port}, ""},
      {"nobody listens", {"127.0.0.1", unused}, "connection refused"},
      {"no such name", {"no-such-host.invalid", 1}, "no-such-host.invalid:1"},
      {"no host", {"", 1}, ":1"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    int calls = 0;
    const TcpConnect connect(loop, c.address, 5s, [&](auto result) {
      ++calls;
      EXPECT_EQ(result.has_value(), *c.error == '\0');
      if (result) return;
      EXPECT_EQ(result.error().kind, ErrorKind::Network);
      EXPECT_NE(result.error().message.find(c.error), std::string::npos) << result.error().message;
    });
    EXPECT_EQ(calls, 0);
    EXPECT_TRUE(run_until(loop, [&] { return calls > 0; }));
    loop.run_for(std::chrono::milliseconds(1));
    EXPECT_EQ(calls, 1);
  }
}

TEST(TcpConnect, TimesOutAndCancels) {
  EventLoop loop;
  const auto listener = TcpListener::listen(loop, {"127.0.0.1", 0}, [](auto) {});
  ASSERT_TRUE(listener);
  {
    const TcpConnect cancelled(loop, (*listener)->local(), 5s, [](auto) { FAIL() << "cancelled"; });
  }
  {
    const TcpConnect cancelled(loop, {"localhost", 1}, 5s, [](auto) { FAIL() << "cancelled"; });
  }
  std::optional<ErrorKind> kind;
  // No time at all is over before any answer can come.
  const TcpConnect late(loop, {"localhost", (*listener)->local().port}, Duration::zero(),
                        [&](const auto& result) {
                          ASSERT_FALSE(result);
                          kind = result.error().kind;
                        });
  EXPECT_TRUE(run_until(loop, [&] { return kind.has_value(); }));
  EXPECT_EQ(kind, ErrorKind::Timeout);
}

}  // namespace
}  // namespace agent::loop
