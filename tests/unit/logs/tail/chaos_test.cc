// A log whose writer, rotation and agent do as they like, in an order that the seed decides.
#include <algorithm>
#include <filesystem>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/compress.h"
#include "tests/unit/logs/tail/file_source_fixture.h"

namespace agent::logs {
namespace {

namespace fs = std::filesystem;

constexpr int kSteps = 100;

class ChaosTest : public FileSourceTest {
 protected:
  void run(unsigned seed, const std::string& glob) {
    random_.seed(seed);
    copies_ = seed % 2 == 0;
    stalls_ = seed % 4 >= 2;
    glob_ = glob;
    append("/a.log", line());
    if (facts_of((root_ + "/a.log").c_str())->identity.birth_ns == 0)
      GTEST_SKIP() << "the file system does not tell when a file was made";
    begin();
    for (int i = 0; i < kSteps; ++i) {
      step();
      if (::testing::Test::HasFailure()) return;
    }
    finish_line();
    sink_.full = false;
    if (!source_) begin();
    for (int i = 0; i < 3; ++i)
      let_time_pass();
    collect();
    check();
    settle();
    end();
  }

 private:
  std::size_t pick(std::size_t below) { return random_() % below; }

  void step() {
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
        return write_some();
      case 3:
      case 4:
        return copies_ ? copy_and_cut() : rotate();
      case 5:
        return source_ ? end() : begin();
      case 6:
        if (source_ && stalls_) sink_.full = !sink_.full;
        say(sink_.full ? "full" : "free");
        return;
      case 7:
        return compress_one();
      case 8:
        say("time");
        if (source_) let_time_pass();
        return collect();
      default:
        say("look");
        if (source_) look();
        return collect();
    }
  }

  // ---- the writer

  std::string line() {
    std::string number = std::to_string(++written_);
    number.insert(0, 6 - number.size(), '0');
    return number + std::string(pick(200), 'x') + "\n";
  }
  void write_some() {
    finish_line();
    for (std::size_t i = pick(20); i > 0; --i)
      append("/a.log", line());
    if (pick(3) != 0) return;
    const std::string next = line();
    const std::size_t half = pick(next.size());
    append("/a.log", next.substr(0, half));
    rest_ = next.substr(half);
  }
  void finish_line() { append("/a.log", std::exchange(rest_, {})); }

  // ---- the rotation

  static std::string old(int i) { return "/a.log." + std::to_string(i); }
  void make_room() {
    for (int i = 40; i > 0; --i)
      if (fs::exists(root_ + old(i))) rename(old(i), old(i + 1));
  }
  void rotate() {
    say("rotate");
    make_room();
    rename("/a.log", old(1));
    // A writer that has not heard of it yet.
    append(old(1), std::exchange(rest_, {}));
    if (pick(2) == 0) append(old(1), line());
    next_tick();
    write("/a.log", pick(2) == 0 ? line() : "");
  }
  void copy_and_cut() {
    say("copy");
    finish_line();
    if (fs::file_size(root_ + "/a.log") == 0) return;
    make_room();
    next_tick();
    fs::copy_file(root_ + "/a.log", root_ + old(1));
    if (source_ && pick(2) == 0) look();
    if (pick(4) == 0) {
      append("/a.log", line());
      in_the_window_.insert(written_);
    }
    fs::resize_file(root_ + "/a.log", 0);
    append("/a.log", line());  // an empty file has nothing that it could be known by
  }
  // What is read already, or held open.
  void compress_one() {
    if (!source_ || sink_.full) return;
    say("gz");
    look();
    look();
    for (int i = 40; i > 2; --i) {
      if (!fs::exists(root_ + old(i))) continue;
      write(old(i) + ".gz", agent::testing::compressed("old\n", codec::Compression::Gzip));
      fs::remove(root_ + old(i));
      return;
    }
  }

  // ---- the agent

  void begin() {
    say("begin");
    start(glob_, {{"job", "t"}, {"__path_exclude__", root_ + "/*.gz"}});
    collect();
  }
  void end() {
    say("end");
    collect();
    settle();
    source_.reset();
    positions_->save();
  }
  void collect() {
    for (const auto& text : taken())
      seen_.push_back(std::stoul(text.substr(0, 6)));
  }
  void check() const {
    Numbers missing;
    Numbers repeated;
    for (std::size_t i = 1; i <= written_; ++i) {
      const auto count = std::count(seen_.begin(), seen_.end(), i);
      if (count == 0 && !in_the_window_.contains(i)) missing.push_back(i);
      if (count > 1) repeated.push_back(i);
    }
    EXPECT_EQ(missing, Numbers{}) << said_;
    EXPECT_EQ(repeated, Numbers{}) << said_;
    // Of a file that is cut several times in a stall the copies may come in another order.
    if (copies_ && stalls_) return;
    const auto late = std::is_sorted_until(seen_.begin(), seen_.end());
    EXPECT_EQ(late, seen_.end()) << *late << " after " << *(late - 1) << said_;
  }

  using Numbers = std::vector<std::size_t>;
  void say(const char* what) {
    said_ += "\n" + std::string(what) + " written " + std::to_string(written_) + " seen " +
             std::to_string(seen_.empty() ? 0 : seen_.back());
  }

  std::string said_;     // what happened
  std::mt19937 random_;  // NOLINT(cert-msc51-cpp): run() seeds it
  std::string glob_;
  bool copies_ = false;  // copied and cut, not renamed
  bool stalls_ = false;  // now and then nothing is taken
  std::size_t written_ = 0;
  std::string rest_;  // of the line that was begun
  std::set<std::size_t> in_the_window_;
  std::vector<std::size_t> seen_;
};

class EverySeed : public ChaosTest, public ::testing::WithParamInterface<unsigned> {};

TEST_P(EverySeed, ThePlainNameAlone) { run(GetParam(), "/a.log"); }
TEST_P(EverySeed, OldOnesInTheGlob) { run(GetParam(), "/a.log*"); }

INSTANTIATE_TEST_SUITE_P(EachLineComesOnce, EverySeed, ::testing::Range(1U, 33U));

}  // namespace
}  // namespace agent::logs
