// Files that are no files, cannot be read, or come in numbers that no limit allows.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/logs/tail/file_source_fixture.h"

namespace agent::logs {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class FileTroubleTest : public FileSourceTest {
 protected:
  // Our descriptor of a file.
  static int descriptor_of(const std::string& path) {
    for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
      std::error_code ignored;
      if (fs::read_symlink(entry.path(), ignored) == path)
        return std::stoi(entry.path().filename().string());
    }
    return -1;
  }
  // Makes another file of our descriptor, as a file system that went away would.
  static void turn(int descriptor, const std::string& other, int flags) {
    const UniqueFd fd(::open(other.c_str(), flags | O_CLOEXEC));
    ASSERT_EQ(::dup2(fd.get(), descriptor), descriptor);
  }
};

// While it lives the process has `count` descriptors at most.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t count) {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const struct rlimit few { count, before_.rlim_max };
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0); }

 private:
  struct rlimit before_ {};
};

// While it lives nobody may list the folder or ask for what is in it, root neither.
class Forbidden {
 public:
  Forbidden(std::string folder, ::mode_t mode) : folder_(std::move(folder)) {
    EXPECT_EQ(::chmod(folder_.c_str(), mode), 0);
    if (was_ == 0) {
      EXPECT_EQ(::seteuid(65534), 0);
    }
  }
  Forbidden(const Forbidden&) = delete;
  Forbidden& operator=(const Forbidden&) = delete;
  ~Forbidden() {
    EXPECT_EQ(::seteuid(was_), 0);
    EXPECT_EQ(::chmod(folder_.c_str(), 0700), 0);
  }

 private:
  std::string folder_;
  ::uid_t was_ = ::geteuid();
};

TEST_F(FileTroubleTest, AFolderThatCannotBeListedKeepsItsFiles) {
  for (const ::mode_t mode : {0000U, 0100U, 0400U}) {
    SCOPED_TRACE(mode);
    fs::create_directory(root_ + "/closed");
    fs::permissions(root_, fs::perms(0755));
    write("/closed/a.log", "one\n");
    start("/closed/*.log");
    EXPECT_EQ(taken(), Lines{"one"});
    append("/closed/a.log", "two\n");
    {
      const Forbidden no(root_ + "/closed", mode);
      look();
      settle();
      for (int i = 0; i < 5; ++i)
        let_time_pass();
    }
    EXPECT_EQ(taken(), Lines{"two"});
    EXPECT_EQ(statuses().size(), 1U);
    append("/closed/a.log", "three\n");
    write("/closed/b.log", "new\n");
    look();
    EXPECT_EQ(taken(), (Lines{"three", "new"}));
    source_.reset();
    fs::remove_all(root_ + "/closed");
  }
  EXPECT_EQ(scope_.counter("unlisted_folders_total", "reason", "permission").value(), 3U);
}

TEST_F(FileTroubleTest, PositionsOutliveAFolderThatCannotBeListed) {
  fs::create_directory(root_ + "/closed");
  fs::permissions(root_, fs::perms(0755));
  write("/closed/a.log", "one\n");
  start("/closed/*.log");
  EXPECT_EQ(taken(), Lines{"one"});
  settle();
  start("/none");
  append("/closed/a.log", "two\n");
  {
    const Forbidden no(root_ + "/closed", 0);
    source_->set_groups(
        {model::TargetGroup{"s", {{{"__path__", root_ + "/closed/*.log"}, {"job", "t"}}}, {}}});
    look();
    for (int i = 0; i < 100; ++i)
      positions_->save();
  }
  EXPECT_EQ(taken(), Lines{});
  look();
  EXPECT_EQ(taken(), Lines{"two"});
}

TEST_F(FileTroubleTest, WithoutDescriptorsARotationIsFoundLater) {
  write("/a.log", "one\n");
  start("/a.log");
  EXPECT_EQ(taken(), Lines{"one"});
  settle();
  start("/none");
  append("/a.log", "two\n");
  rename("/a.log", "/a.log.1");
  write("/a.log", "three\n");
  const int next = ::dup(0);
  ::close(next);
  {
    const FewDescriptors none(static_cast<rlim_t>(next));
    source_->set_groups(
        {model::TargetGroup{"s", {{{"__path__", root_ + "/a*.log"}, {"job", "t"}}}, {}}});
    look();
    EXPECT_EQ(taken(), Lines{});
    EXPECT_EQ(scope_.counter("unlisted_folders_total", "reason", "descriptors").value(), 1U);
  }
  look();
  EXPECT_EQ(taken(), (Lines{"two", "three"}));
  EXPECT_EQ(lost("rotated_away", "/a.log"), 0U);
}

TEST_F(FileTroubleTest, WhatIsNoFileIsLeftAlone) {
  fs::create_directory(root_ + "/directory.log");
  ASSERT_EQ(::mkfifo((root_ + "/fifo.log").c_str(), 0600), 0);
  fs::create_symlink("/dev/zero", root_ + "/device.log");
  fs::create_symlink(root_ + "/nowhere", root_ + "/dangling.log");
  fs::create_symlink(root_ + "/circle.log", root_ + "/circle.log");
  write("/a.log", "a\n");
  start("/*.log");
  EXPECT_EQ(taken(), Lines{"a"});
  EXPECT_EQ(statuses().size(), 1U);
  fs::remove(root_ + "/a.log");
  fs::create_directory(root_ + "/a.log");  // in the place of the file
  fs::remove(root_ + "/directory.log");
  write("/directory.log", "b\n");
  look();
  EXPECT_EQ(taken(), Lines{"b"});
}

TEST_F(FileTroubleTest, ReadErrorsAreCountedAndTriedAgain) {
  write("/a.log", "one\n");
  start("/a.log");
  taken();
  const int fd = descriptor_of(root_ + "/a.log");
  ASSERT_GE(fd, 0);
  turn(fd, root_ + "/a.log", O_WRONLY);  // reading gives EBADF
  append("/a.log", "two\n");
  look();
  EXPECT_EQ(taken(), Lines{});
  EXPECT_EQ(counter("file_read_errors_total"), 1U);
  EXPECT_NE(statuses().at(0).last_error, "");
  look();  // opened anew by its name
  EXPECT_EQ(taken(), Lines{"two"});
  EXPECT_EQ(statuses().at(0).last_error, "");
}

TEST_F(FileTroubleTest, ADeletedFileThatCannotBeReadIsGivenUpAndCounted) {
  write("/a.log", "one\n");
  start("/a.log");
  append("/a.log", "two\n");
  const int fd = descriptor_of(root_ + "/a.log");
  ASSERT_GE(fd, 0);
  turn(fd, root_ + "/a.log", O_WRONLY);
  fs::remove(root_ + "/a.log");
  for (int i = 0; i < 10; ++i) {
    clock_.passed += 5s;
    look();
  }
  EXPECT_EQ(lost("read_error", "/a.log"), 4U);
  settle();
  look();
  EXPECT_TRUE(statuses().empty());
}

TEST_F(FileTroubleTest, AFileThatGrowsUnreadIsOpenedAnew) {
  write("/a.log", "");
  write("/empty", "");
  start("/a.log");
  const int fd = descriptor_of(root_ + "/a.log");
  ASSERT_GE(fd, 0);
  turn(fd, root_ + "/empty", O_RDONLY);  // our handle does not see it grow
  append("/a.log", "one\n");
  look();
  clock_.passed += 29s;
  look();
  EXPECT_EQ(taken(), Lines{});
  EXPECT_EQ(counter("files_reopened_total"), 0U);
  clock_.passed += 1s;
  look();
  look();
  EXPECT_EQ(taken(), Lines{"one"});
  EXPECT_EQ(counter("files_reopened_total"), 1U);
}

TEST_F(FileTroubleTest, TheWatchdogLeavesThoseAloneThatHaveAReason) {
  write("/a.log", "unterminated");
  write("/b.log", "for a full sink\n");
  sink_.full = true;
  start("/*.log");
  for (int i = 0; i < 10; ++i) {
    append("/b.log", "more\n");
    let_time_pass();
  }
  sink_.full = false;
  look();
  let_time_pass();
  let_time_pass();
  EXPECT_EQ(sink_.lines.size(), 11U);
  EXPECT_EQ(counter("files_reopened_total"), 0U);
}

TEST_F(FileTroubleTest, TooFewDescriptorsLoseNothing) {
  constexpr int kFiles = 60;
  const auto name = [](int i) { return "/" + std::to_string(i) + ".log"; };
  for (int i = 0; i < kFiles; ++i)
    write(name(i), "first\n");
  start("/none");
  const FewDescriptors few(48);
  source_->set_groups({model::TargetGroup{"s", {{{"__path__", root_ + "/*.log"}}}, {}}});
  for (int i = 0; i < 20; ++i)
    look();
  EXPECT_EQ(taken().size(), static_cast<std::size_t>(kFiles));
  const UniqueFd ours(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_TRUE(ours) << "some are left for those who send";
  for (int i = 0; i < kFiles; ++i)
    append(name(i), "second\n");
  rename(name(7), "/7.old");
  for (int i = 0; i < 20; ++i)
    look();
  EXPECT_EQ(taken(), Lines(kFiles, "second"));
  EXPECT_GT(counter("files_parked_total"), 0U);
}

TEST_F(FileTroubleTest, AMegabyteOfWrittenZerosIsOneLineThatIsCut) {
  write("/a.log", "a\n" + std::string(3'000'000, '\0') + "\nb\n");
  start("/a.log");
  const Lines lines = taken();
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[1].size(), 1U << 20U);
  EXPECT_EQ(lines[2], "b");
  EXPECT_EQ(counter("lines_cut_total"), 1U);
  EXPECT_EQ(counter("cut_bytes_total"), 3'000'000U - (1U << 20U));
}

TEST_F(FileTroubleTest, AWriterThatGoesOnBehindACutLeavesAHole) {
  write("/a.log", std::string(9000, 'x') + "\n");
  start("/a.log");
  taken();
  const UniqueFd writer(::open((root_ + "/a.log").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_EQ(::ftruncate(writer.get(), 0), 0);
  ASSERT_EQ(::pwrite(writer.get(), "next\n", 5, 9001), 5);  // without O_APPEND
  look();
  look();
  EXPECT_EQ(taken(), Lines{"next"});
}

TEST_F(FileTroubleTest, ACutLineEndsWithAWholeCharacter) {
  config_.line_limit_bytes = 10;
  write("/a.log",
        "12345678\xe2\x82\xac!\n123456789\xc3\xa4\n\xff\xbf\xbf\xbf\xbf\xbf\xbf\xbf\xbf\xbf\xbf\n");
  start("/a.log");
  EXPECT_EQ(taken(), (Lines{"12345678", "123456789",
                            std::string("\xff\xbf\xbf\xbf\xbf\xbf\xbf\xbf\xbf\xbf")}));
  EXPECT_EQ(counter("cut_bytes_total"), 4U + 2U + 1U);
}

}  // namespace
}  // namespace agent::logs
