#include "agent/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent {
namespace {

using ::testing::ElementsAre;

class Recorder final : public Logger::Output {
 public:
  explicit Recorder(std::vector<std::string>& lines) : lines_(lines) {}
  void write(LogLevel /*level*/, const std::string& line) override { lines_.push_back(line); }

 private:
  std::vector<std::string>& lines_;
};

// The part of a line behind its time.
std::string tail(const std::string& line) { return line.substr(line.find("level")); }

TEST(Logger, WritesLogfmt) {
  std::vector<std::string> lines;
  Logger log(LogLevel::Debug, LogFormat::Logfmt, std::make_unique<Recorder>(lines));
  log.info("Ready.", {{"plain", "a/b:1"}, {"blank", "a b"}, {"empty", ""}, {"equals", "a=b"}});
  log.debug("x", {{"escape", "\x1b[2J"}, {"bytes", "\xff"}, {"quote", "\""}, {"line", "a\nb"}});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(tail(lines[0]),
            R"(level=info msg="Ready." plain=a/b:1 blank="a b" empty="" equals="a=b")");
  EXPECT_EQ(
      tail(lines[1]),
      "level=debug msg=\"x\" escape=\"\\u001b[2J\" bytes=\"\ufffd\" quote=\"\\\"\" line=\"a\\nb\"");
  EXPECT_THAT(lines[0], ::testing::MatchesRegex("ts=....-..-..T..:..:..\\....Z level=.*"));
}

TEST(Logger, WritesJson) {
  std::vector<std::string> lines;
  Logger log(LogLevel::Info, LogFormat::Json, std::make_unique<Recorder>(lines));
  log.error("No \"luck\".", {{"path", "a\\b"}});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(tail(lines[0]), R"(level":"error","msg":"No \"luck\".","path":"a\\b"})");
}

TEST(Logger, KeepsBackWhatIsBelowItsLevel) {
  std::vector<std::string> lines;
  Logger log(LogLevel::Warn, LogFormat::Logfmt, std::make_unique<Recorder>(lines));
  log.info("no");
  log.warn("yes");
  log.set_level(LogLevel::Error);
  log.warn("no");
  log.limited(LogLevel::Warn, "key", "no");
  EXPECT_FALSE(log.enabled(LogLevel::Warn));
  EXPECT_EQ(lines.size(), 1U);
}

TEST(Logger, LimitsEachKeyByItself) {
  std::vector<std::string> lines;
  Logger log(LogLevel::Info, LogFormat::Logfmt, std::make_unique<Recorder>(lines));
  for (int i = 0; i < 3; ++i) {
    log.limited(LogLevel::Warn, "a", "first");
    log.limited(LogLevel::Warn, "b", "second");
  }
  for (auto& line : lines)
    line = tail(line);
  EXPECT_THAT(lines, ElementsAre("level=warn msg=\"first\"", "level=warn msg=\"second\""));
}

TEST(Logger, ReadsLevelNames) {
  LogLevel level = LogLevel::Debug;
  EXPECT_TRUE(parse_log_level("WARNING", level));
  EXPECT_EQ(level, LogLevel::Warn);
  EXPECT_TRUE(parse_log_level("error", level));
  EXPECT_EQ(level, LogLevel::Error);
  EXPECT_FALSE(parse_log_level("trace", level));
  EXPECT_FALSE(parse_log_level("", level));
  EXPECT_EQ(level, LogLevel::Error);
}

}  // namespace
}  // namespace agent
