#include "agent/base/files.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent/base/unique_fd.h"

namespace agent {
namespace {

class Files : public ::testing::Test {
 protected:
  Files() {
    std::string name = ::testing::TempDir() + "files_XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~Files() override { std::filesystem::remove_all(folder_); }
  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  static unsigned mode_of(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : 0;
  }

 private:
  std::string folder_;
};

TEST_F(Files, WriteReplacesTheWholeFileWithTheModeAsked) {
  ASSERT_TRUE(write_file_atomically(at("f"), "a long first content"));
  EXPECT_EQ(mode_of(at("f")), 0600U);
  // What a crash left behind must not shine through, neither its text nor its mode.
  ASSERT_TRUE(write_file_atomically(at("f.tmp"), std::string(100, 'x'), 0600));
  ASSERT_TRUE(write_file_atomically(at("f"), "short", 0644));
  EXPECT_EQ(*read_file(at("f")), "short");
  EXPECT_EQ(mode_of(at("f")), 0644U);
  EXPECT_FALSE(std::filesystem::exists(at("f.tmp")));
}

TEST_F(Files, AFailedWriteLeavesTheOldFileAndNothingElse) {
  ASSERT_TRUE(make_directories(at("taken")));
  const Status written = write_file_atomically(at("taken"), "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::Io);
  EXPECT_TRUE(std::filesystem::is_directory(at("taken")));
  EXPECT_FALSE(std::filesystem::exists(at("taken.tmp")));
  EXPECT_FALSE(write_file_atomically(at("missing/f"), "x"));
}

TEST_F(Files, ASymbolicLinkInTheWayIsNotFollowed) {
  ASSERT_TRUE(write_file_atomically(at("secret"), "keep"));
  std::filesystem::create_symlink(at("secret"), at("f.tmp"));
  EXPECT_FALSE(write_file_atomically(at("f"), "x"));
  EXPECT_EQ(*read_file(at("secret")), "keep");
}

TEST_F(Files, ReadStopsPastItsLimit) {
  ASSERT_TRUE(write_file_atomically(at("f"), std::string(20'000, 'x')));
  EXPECT_EQ(read_file(at("f"), 20'000)->size(), 20'000U);
  const auto longer = read_file(at("f"), 19'999);
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().kind, ErrorKind::Input);
  const auto missing = read_file(at("g"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::Io);
  EXPECT_EQ(missing.error().message, at("g") + ": No such file or directory");
  EXPECT_FALSE(read_file(at("")));
}

TEST_F(Files, MakeDirectoriesMakesWhatIsMissing) {
  ASSERT_TRUE(make_directories(at("a/b/c")));
  EXPECT_EQ(mode_of(at("a/b")) & 0027U, 0020U & mode_of(at("a/b")));  // nothing for others
  ASSERT_TRUE(make_directories(at("a/b/c/")));
  ASSERT_TRUE(write_file_atomically(at("a/file"), ""));
  EXPECT_FALSE(make_directories(at("a/file")));
  EXPECT_FALSE(make_directories(at("a/file/below")));
}

TEST_F(Files, UniqueFdClosesOnce) {
  int raw = -1;
  {
    UniqueFd fd(::dup(0));
    raw = fd.get();
    UniqueFd moved(std::move(fd));
    EXPECT_FALSE(fd);  // NOLINT(bugprone-use-after-move): what is left behind is the point
    EXPECT_EQ(moved.get(), raw);
    auto& self = moved;
    moved = std::move(self);
    EXPECT_EQ(moved.get(), raw);
  }
  struct stat info {};
  EXPECT_NE(::fstat(raw, &info), 0);
}

}  // namespace
}  // namespace agent
