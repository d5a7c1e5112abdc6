#include "agent/loop/udp.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "agent/loop/tcp.h"

#include "tests/support/run_until.h"
#include "tests/support/udp_client.h"

namespace agent::loop {
namespace {

using agent::testing::run_until;
using agent::testing::UdpClient;
using std::chrono_literals::operator""ms;

class UdpTest : public ::testing::Test {
 protected:
  void bind(std::size_t buffer_bytes = 1 << 20U) {
    auto bound = UdpSocket::bind(loop_, {"127.0.0.1", 0}, buffer_bytes,
                                 {[this](std::string_view bytes, const HostPort& peer, bool whole) {
                                    received_.emplace_back(bytes);
                                    peer_ = peer;
                                    EXPECT_TRUE(whole);
                                    if (on_datagram_) on_datagram_();
                                  },
                                  [this] { ++pauses_; }});
    ASSERT_TRUE(bound) << bound.error().message;
    socket_ = std::move(*bound);
  }
  bool received(std::size_t count) {
    return run_until(loop_, [&] { return received_.size() >= count; });
  }

  EventLoop loop_;
  std::unique_ptr<UdpSocket> socket_;
  std::vector<std::string> received_;
  HostPort peer_;
  int pauses_ = 0;
  Callback on_datagram_;
};

TEST_F(UdpTest, TakesDatagramsWholeAndInOrder) {
  bind();
  const UdpClient client(socket_->local());
  const std::vector<std::string> sent = {"one", "", std::string(65'507, 'x'), "four"};
  for (const auto& each : sent)
    client.send(each);
  ASSERT_TRUE(received(4));
  EXPECT_EQ(received_, sent);
  EXPECT_EQ(peer_.host, "127.0.0.1");
  EXPECT_NE(peer_.port, 0);
  EXPECT_TRUE(run_until(loop_, [&] { return pauses_ > 0; }));
  const UdpClient other(socket_->local());
  const auto before = peer_.port;
  other.send("five");
  ASSERT_TRUE(received(5));
  EXPECT_NE(peer_.port, before);
  EXPECT_EQ(socket_->lost(), 0U);
}

TEST_F(UdpTest, APauseWithinABatchLosesNothing) {
  bind();
  const UdpClient client(socket_->local());
  on_datagram_ = [this] { socket_->pause_reading(); };
  for (int i = 0; i < 100; ++i)
    client.send(std::to_string(i));
  std::vector<std::size_t> steps;
  while (received_.size() < 100) {
    const std::size_t before = received_.size();
    loop_.run_for(1ms);
    loop_.run_for(1ms);
    ASSERT_GT(received_.size(), before);
    ASSERT_LE(received_.size(), before + 64) << "the pause takes effect";
    socket_->resume_reading();
  }
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(received_[static_cast<std::size_t>(i)], std::to_string(i));
}

TEST_F(UdpTest, CountsWhatTheKernelThrewAway) {
  bind(1);  // the kernel's least
  socket_->pause_reading();
  const UdpClient client(socket_->local());
  constexpr std::size_t kSent = 200;
  for (std::size_t i = 0; i < kSent; ++i)
    client.send(std::string(500, 'x'));
  loop_.run_for(1ms);
  EXPECT_EQ(received_.size(), 0U);
  socket_->resume_reading();
  ASSERT_TRUE(received(1));
  loop_.run_for(5ms);
  EXPECT_GT(socket_->lost(), 0U);
  EXPECT_EQ(received_.size() + socket_->lost(), kSent);
}

TEST_F(UdpTest, CallbacksMayDestroyTheSocket) {
  bind();
  on_datagram_ = [this] { socket_.reset(); };
  const UdpClient client(socket_->local());
  client.send("one");
  client.send("two");
  ASSERT_TRUE(received(1));
  loop_.run_for(2ms);
  EXPECT_EQ(received_.size(), 1U);
}

TEST_F(UdpTest, SaysWhichAddressCannotBeHad) {
  bind();
  const auto again = UdpSocket::bind(loop_, socket_->local(), 1, {});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::Config);
  EXPECT_EQ(again.error().message, to_string(socket_->local()) + ": address already in use");
}

TEST_F(UdpTest, ListensOnAllAddresses) {
  const auto bound = UdpSocket::bind(loop_, {"", 0}, 1 << 16U,
                                     {[this](std::string_view bytes, const HostPort& peer, bool) {
                                        received_.emplace_back(bytes);
                                        peer_ = peer;
                                      },
                                      [] {}});
  ASSERT_TRUE(bound) << bound.error().message;
  const UdpClient client((*bound)->local());
  client.send("hello");
  ASSERT_TRUE(received(1));
  EXPECT_EQ(peer_.host, "127.0.0.1") << "no IPv6 notation";
}

}  // namespace
}  // namespace agent::loop
