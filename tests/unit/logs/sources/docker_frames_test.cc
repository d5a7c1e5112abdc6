#include "agent/logs/sources/docker_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::logs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Form = DockerFrames::Form;

constexpr std::size_t kLimit = 10;
const std::string kFirst = "2023-11-14T22:13:20.000000001Z ";
const std::string kSecond = "2023-11-14T22:13:20.000000002Z ";

std::string frame(int output, const std::string& content) {
  const auto size = content.size();
  return std::string{static_cast<char>(output),
                     0,
                     0,
                     0,
                     static_cast<char>(size >> 24U),
                     static_cast<char>(size >> 16U & 0xFFU),
                     static_cast<char>(size >> 8U & 0xFFU),
                     static_cast<char>(size & 0xFFU)} +
         content;
}

struct Read {
  std::vector<std::string> lines;  // "<output><ns of the second><!> text"
  std::string error;
  std::uint64_t malformed = 0;
};

Read read(Form form, std::string_view bytes, std::size_t piece) {
  Read out;
  DockerFrames frames(form, kLimit, [&](const DockerFrames::Line& line) {
    const auto ns = line.time.time_since_epoch() % std::chrono::seconds(1);
    const char* outputs[] = {"tty", "out", "err"};
    out.lines.push_back(outputs[static_cast<int>(line.output)] + std::to_string(ns.count()) +
                        (line.cut ? "! " : " ") + std::string(line.text));
  });
  for (; !bytes.empty() && out.error.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    if (const Status added = frames.add(bytes.substr(0, piece)); !added)
      out.error = added.error().message;
  if (out.error.empty()) frames.end();
  out.malformed = frames.malformed();
  return out;
}

TEST(DockerFrames, TakesLinesOutOfStreams) {
  const struct {
    const char* name;
    Form form;
    std::string bytes;
    std::vector<std::string> lines;
    std::uint64_t malformed;
  } cases[] = {
      {"both outputs",
       Form::Frames,
       frame(1, kFirst + "one\n") + frame(2, kSecond + "two\n") + frame(0, kFirst + "in\n"),
       {"out1 one", "err2 two", "out1 in"},
       0},
      {"an empty line", Form::Frames, frame(1, kFirst + "\n"), {"out1 "}, 0},
      {"line ends of Windows", Form::Frames, frame(1, kFirst + "a\r\n"), {"out1 a"}, 0},
      {"parts of a line",
       Form::Frames,
       frame(1, kFirst + "ab") + frame(1, kFirst + "cd\n"),
       {"out1 abcd"},
       0},
      {"each output has its own",
       Form::Frames,
       frame(1, kFirst + "ab") + frame(2, kSecond + "x\n") + frame(1, kFirst + "cd\n"),
       {"err2 x", "out1 abcd"},
       0},
      {"another time is another line",
       Form::Frames,
       frame(1, kFirst + "ab") + frame(1, kSecond + "cd\n"),
       {"out1 ab", "out2 cd"},
       0},
      {"the end is one too", Form::Frames, frame(2, kFirst + "ab"), {"err1 ab"}, 0},
      {"a part without a time",
       Form::Frames,
       frame(1, kFirst + "ab") + frame(1, "cd\n"),
       {"out1 abcd"},
       0},
      {"a line without a time",
       Form::Frames,
       frame(1, "what?\n") + frame(1, kFirst + "b\n"),
       {"out1 b"},
       1},
      {"no frame at all", Form::Frames, frame(1, ""), {}, 1},
      {"at the limit", Form::Frames, frame(1, kFirst + "0123456789\n"), {"out1 0123456789"}, 0},
      {"just past it",
       Form::Frames,
       frame(1, kFirst + "0123456789a\n") + frame(1, kFirst + "b\n"),
       {"out1! 0123456789", "out1 b"},
       0},
      {"the rest of a cut line is skipped",
       Form::Frames,
       frame(1, kFirst + "012345") + frame(1, kFirst + "6789abc") + frame(1, kFirst + "def\n") +
           frame(1, kFirst + "g\n"),
       {"out1! 0123456789", "out1 g"},
       0},
      {"or ends with another time",
       Form::Frames,
       frame(1, kFirst + "0123456789a") + frame(1, kSecond + "b\n"),
       {"out1! 0123456789", "out2 b"},
       0},
      {"a frame far over the limit",
       Form::Frames,
       frame(1, kFirst + std::string(5000, 'x') + "\n") + frame(1, kSecond + "b\n"),
       {"out1! xxxxxxxxxx", "out2 b"},
       0},
      {"no half character",
       Form::Frames,
       frame(1, kFirst + "01234567\xe2\x82\xac\n"),
       {"out1! 01234567"},
       0},
      {"bytes that are no characters",
       Form::Frames,
       frame(1, kFirst + "\xff\xfe\n"),
       {"out1 \xff\xfe"},
       0},
      {"a terminal",
       Form::Terminal,
       kFirst + "one\r\n" + kSecond + "two\r\n",
       {"tty1 one", "tty2 two"},
       0},
      {"a terminal's unfinished line", Form::Terminal, kFirst + "one", {"tty1 one"}, 0},
      {"a terminal's long line",
       Form::Terminal,
       kFirst + std::string(5000, 'y') + "\n" + kSecond + "b\n",
       {"tty1! yyyyyyyyyy", "tty2 b"},
       0},
      {"a terminal without times", Form::Terminal, "what?\n" + kFirst + "b\n", {"tty1 b"}, 1},
  };
  for (const auto& c : cases) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
      SCOPED_TRACE(std::string(c.name) + " in pieces of " + std::to_string(piece));
      const Read result = read(c.form, c.bytes, piece);
      EXPECT_EQ(result.lines, c.lines);
      EXPECT_EQ(result.error, "");
      EXPECT_EQ(result.malformed, c.malformed);
    }
  }
}

TEST(DockerFrames, SaysWhatIsNoStream) {
  const Read foreign = read(Form::Frames, frame(1, kFirst + "a\n") + "HTTP/1.1 200", 100);
  EXPECT_THAT(foreign.lines, ElementsAre("out1 a"));
  EXPECT_THAT(foreign.error, HasSubstr("no stream of frames"));
  EXPECT_THAT(read(Form::Frames, frame(3, "driver is gone"), 100).error,
              HasSubstr("the engine reports an error"));
}

TEST(DockerFrames, AFrameThatIsCutOffIsNoLine) {
  const std::string bytes = frame(1, kFirst + "whole\n") + frame(1, kFirst + "half\n");
  EXPECT_THAT(read(Form::Frames, bytes.substr(0, bytes.size() - 1), 100).lines,
              ElementsAre("out1 whole"));
}

}  // namespace
}  // namespace agent::logs
