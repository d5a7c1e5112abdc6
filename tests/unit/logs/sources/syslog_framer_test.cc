#include "agent/logs/sources/syslog_framer.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace agent::logs {
namespace {

constexpr std::size_t kLimit = 16;

std::string shown(const SyslogFrame& frame) {
  switch (frame.kind) {
    case SyslogFrame::Kind::Message:
      return std::string(frame.bytes);
    case SyslogFrame::Kind::CutOff:
      return "cut off: " + std::string(frame.bytes);
    case SyslogFrame::Kind::TooLong:
      return "too long";
  }
  return {};
}

using Frames = std::vector<std::string>;

// What comes of `input`, in which '|' is a while of silence; in pieces of `piece` bytes.
Frames frames_of(std::string_view input, std::size_t piece) {
  SyslogFramer framer(kLimit);
  Frames out;
  const auto take = [&](const SyslogFrame& frame) { out.push_back(shown(frame)); };
  while (!input.empty()) {
    if (input.front() == '|') {
      framer.on_silence(take);
      input.remove_prefix(1);
      continue;
    }
    const std::string_view next = input.substr(0, std::min({piece, input.find('|'), input.size()}));
    if (!framer.feed(next, take)) {
      out.emplace_back("refused");
      return out;
    }
    input.remove_prefix(next.size());
  }
  framer.finish(take);
  EXPECT_FALSE(framer.waits_for_silence());
  return out;
}

TEST(SyslogFramer, CutsMessagesHoweverTheyArrive) {
  const struct {
    const char *name, *input;
    Frames frames;
  } cases[] = {
      {"nothing", "", {}},
      {"no framing", "hello", {"refused"}},
      {"a blank first", " <1>a", {"refused"}},
      {"text", "<1>a\n<2>b\n", {"<1>a", "<2>b"}},
      {"text without an end", "<1>a\n<2>b", {"<1>a", "<2>b"}},
      {"CR LF", "<1>a\r\n<2>b\r\n", {"<1>a", "<2>b"}},
      {"newlines inside", "<1>a\nb\n\nc\n<2>d\n", {"<1>a\nb\n\nc", "<2>d"}},
      {"silence ends a text", "<1>a|<2>b\n|\n<3>c\n", {"<1>a", "<2>b", "<3>c"}},
      {"silence in the midst of one", "<1>a|b\n<2>c", {"<1>a", "b", "<2>c"}},
      {"silence and nothing waits", "<1>a\n||<2>b", {"<1>a", "<2>b"}},
      {"at the limit", "<1>9012345678 12345\n<2>b", {"too long", "<2>b"}},
      {"at the limit exactly", "<1>4567890123456\n<2>b", {"<1>4567890123456", "<2>b"}},
      {"just past it", "<1>45678901234567\n<2>b", {"too long", "<2>b"}},
      {"far past it", "<1>456789012345678901234567890123456789\n4\n<2>b", {"too long", "<2>b"}},
      {"far past it, silence", "<1>45678901234567890123456789|<2>b", {"too long", "<2>b"}},
      {"the last far past it", "<1>45678901234567890123456789", {"too long"}},
      {"counted", "4 <1>a4 <2>b", {"<1>a", "<2>b"}},
      {"counted, with LF between", "4 <1>a\n4 <2>b\n", {"<1>a", "<2>b"}},
      {"counted, LF inside", "6 <1>a\nb4 <2>b", {"<1>a\nb", "<2>b"}},
      {"counted, LF at the end", "5 <1>a\n6 <2>b\r\n1 \n", {"<1>a", "<2>b", ""}},
      {"counted, empty", "0 4 <2>b", {"", "<2>b"}},
      {"counted, at the limit", "16 <1>45678901234564 <2>b", {"<1>4567890123456", "<2>b"}},
      {"counted, just past it", "17 <1>456789012345674 <2>b", {"too long", "<2>b"}},
      {"counted, far past it",
       "40 <1>45678901234567890123456789012345678904 <2>b",
       {"too long", "<2>b"}},
      {"silence does not end it", "4 <1>|a4 <2>b", {"<1>a", "<2>b"}},
      {"cut off", "9 <1>a", {"cut off: <1>a"}},
      {"cut off in the count", "4 <1>a9", {"<1>a"}},
      {"a bad count is a line", "4 <1>a<2>bad\n4 <3>c", {"<1>a", "<2>bad", "<3>c"}},
      {"a count without blank", "4 <1>a4x <2>\n4 <3>c", {"<1>a", "4x <2>", "<3>c"}},
      {"a count without end", "4 <1>a123456789 x\n4 <3>c", {"<1>a", "123456789 x", "<3>c"}},
      {"silence ends a bad line", "4 <1>abad|4 <3>c", {"<1>a", "bad", "<3>c"}},
      {"a bad line past the limit",
       "4 <1>abad 678901234567890\n4 <3>c",
       {"<1>a", "too long", "<3>c"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    for (const std::size_t piece : {1000, 1, 2, 3, 7}) {
      SCOPED_TRACE(piece);
      EXPECT_EQ(frames_of(c.input, piece), c.frames);
    }
  }
}

TEST(SyslogFramer, SaysWhenSilenceMatters) {
  SyslogFramer framer(kLimit);
  const auto ignore = [](const SyslogFrame&) {};
  EXPECT_FALSE(framer.waits_for_silence());
  framer.feed("<1>a\n", ignore);
  EXPECT_TRUE(framer.waits_for_silence()) << "the byte behind the LF decides";
  framer.on_silence(ignore);
  EXPECT_FALSE(framer.waits_for_silence());
  framer.feed("<1>456789012345678901234567890", ignore);
  EXPECT_TRUE(framer.waits_for_silence()) << "in a text that is skipped";
  framer.reset();
  framer.feed("4 <1>", ignore);
  EXPECT_FALSE(framer.waits_for_silence()) << "the count says that more comes";
}

}  // namespace
}  // namespace agent::logs
