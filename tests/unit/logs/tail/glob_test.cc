#include "agent/logs/tail/glob.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/support/temp_dir.h"

namespace agent::logs {
namespace {

TEST(Glob, Matches) {
  const struct {
    const char *name, *pattern, *path;
    bool matches;
  } cases[] = {
      {"literal", "/var/log/a.log", "/var/log/a.log", true},
      {"literal, other", "/var/log/a.log", "/var/log/b.log", false},
      {"star", "/var/log/*.log", "/var/log/a.log", true},
      {"star takes nothing", "/var/log/*.log", "/var/log/.log", true},
      {"star does not cross a slash", "/var/*.log", "/var/log/a.log", false},
      {"star backs up", "/a*b*c", "/axbxbxc", true},
      {"star takes dot files", "/x/*", "/x/.hidden", true},
      {"question mark", "/a?c", "/abc", true},
      {"question mark wants one", "/a?c", "/ac", false},
      {"question mark takes a character, not a byte", "/a?c", "/a\xc3\xa9\x63", true},
      {"class", "/[a-c]x", "/bx", true},
      {"class, outside", "/[a-c]x", "/dx", false},
      {"class of two ranges", "/[a-c0-9]x", "/7x", true},
      {"negated class", "/[^a-c]x", "/dx", true},
      {"negated class, inside", "/[^a-c]x", "/ax", false},
      {"class with a bracket first", "/[]a]x", "/]x", true},
      {"class with a dash last", "/[a-]x", "/-x", true},
      {"braces", "/{app,worker}.log", "/worker.log", true},
      {"braces, none", "/{app,worker}.log", "/other.log", false},
      {"empty choice", "/app{,.1}.log", "/app.log", true},
      {"nested braces", "/{a,b{1,2}}", "/b2", true},
      {"braces with slashes", "/{a/b,c}/x", "/a/b/x", true},
      {"braces in a class are text", "/[{]x", "/{x", true},
      {"deep", "/var/**/*.log", "/var/a/b/c.log", true},
      {"deep takes none", "/var/**/*.log", "/var/c.log", true},
      {"deep at the end", "/var/**", "/var/a/b", true},
      {"deep twice", "/**/a/**/b", "/x/a/y/z/b", true},
      {"deep twice, missing", "/**/a/**/b", "/x/c/y/z/b", false},
      {"deep only as a whole part", "/a**b", "/axyb", true},
      {"deep inside a part does not cross", "/a**b", "/ax/yb", false},
      {"double deep is one", "/**/**/x", "/x", true},
      {"backslash", "/\\*x", "/*x", true},
      {"backslash takes no other", "/\\*x", "/ax", false},
      {"the path as it stands", "/a[1].log", "/a[1].log", true},
      {"relative", "*.log", "a.log", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto glob = Glob::compile(c.pattern);
    ASSERT_TRUE(glob) << glob.error().message;
    EXPECT_EQ(glob->matches(c.path), c.matches);
  }
}

TEST(Glob, RefusesWhatIsNotClosed) {
  for (const char* pattern : {"", "/[a", "/{a,b", "/{a,{b}"}) {
    SCOPED_TRACE(pattern);
    const auto glob = Glob::compile(pattern);
    ASSERT_FALSE(glob);
    EXPECT_EQ(glob.error().kind, ErrorKind::Input);
  }
  EXPECT_FALSE(Glob::compile(std::string_view("/a\0b", 4)));
}

TEST(Glob, RefusesABraceBomb) {
  std::string pattern = "/";
  for (int i = 0; i < 9; ++i)
    pattern += "{a,b}";
  EXPECT_TRUE(Glob::compile(pattern));             // 512 patterns
  EXPECT_FALSE(Glob::compile(pattern + "{a,b}"));  // 1024
}

class GlobOnDisk : public ::testing::Test {
 protected:
  void touch(const std::string& path) const {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << "x\n";
  }
  // What `pattern` finds below the root, as one text.
  std::string found(const std::string& pattern) const {
    const auto glob = Glob::compile(root_ + pattern);
    std::string out;
    for (const auto& file : glob->expand().files)
      out += file.substr(root_.size()) + " ";
    return out;
  }
  agent::testing::TempDir folder_;
  std::string root_ = folder_.path().string();
};

TEST_F(GlobOnDisk, FindsFilesOnly) {
  touch("/a.log");
  touch("/b.log");
  touch("/.c.log");
  touch("/d.log/e.log");
  EXPECT_EQ(found("/*.log"), "/.c.log /a.log /b.log ");
  EXPECT_EQ(found("/{b,a}.log"), "/a.log /b.log ");
  EXPECT_EQ(found("/*/*.log"), "/d.log/e.log ");
  EXPECT_EQ(found("/nothing/*.log"), "");
}

TEST_F(GlobOnDisk, TriesThePathAsItStandsFirst) {
  touch("/a[1].log");
  touch("/a1.log");
  EXPECT_EQ(found("/a[1].log"), "/a[1].log ");
}

TEST_F(GlobOnDisk, GoesDeep) {
  touch("/x.log");
  touch("/a/x.log");
  touch("/a/b/x.log");
  touch("/a/b/y.txt");
  EXPECT_EQ(found("/**/*.log"), "/a/b/x.log /a/x.log /x.log ");
  EXPECT_EQ(found("/**"), "/a/b/x.log /a/b/y.txt /a/x.log /x.log ");
  EXPECT_EQ(found("/**/b/*"), "/a/b/x.log /a/b/y.txt ");
}

TEST_F(GlobOnDisk, FollowsLinksWithoutCircles) {
  touch("/real/x.log");
  std::filesystem::create_symlink(root_ + "/real/x.log", root_ + "/link.log");
  std::filesystem::create_directory_symlink(root_, root_ + "/real/up");
  std::filesystem::create_symlink(root_ + "/gone", root_ + "/dangling.log");
  EXPECT_EQ(found("/*.log"), "/link.log ");
  EXPECT_EQ(found("/**/x.log"), "/real/x.log ");
  EXPECT_EQ(found("/real/up/real/*.log"), "/real/up/real/x.log ");
}

TEST_F(GlobOnDisk, TellsWhatItCouldNotListFromWhatIsEmpty) {
  touch("/a/x.log");
  std::filesystem::create_symlink(root_ + "/gone", root_ + "/dangling");
  std::filesystem::create_symlink(root_ + "/circle", root_ + "/circle");
  const auto glob = Glob::compile(root_ + "/*/*.log");
  EXPECT_TRUE(glob->expand().unlisted.empty());
  EXPECT_TRUE(Glob::compile(root_ + "/none/*.log")->expand().unlisted.empty());
  EXPECT_TRUE(Glob::compile(root_ + "/a/x.log/*.log")->expand().unlisted.empty());
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const struct rlimit none { 0, before.rlim_max };
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto found = glob->expand();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(found.files.empty());
  EXPECT_EQ(found.unlisted, (std::map<std::string, int>{{root_ + "/", EMFILE}}));
}

TEST_F(GlobOnDisk, NamesTheDirectoriesItSearched) {
  touch("/a/x.log");
  touch("/b/x.log");
  const auto glob = Glob::compile(root_ + "/*/*.log");
  EXPECT_EQ(glob->expand().directories, (std::vector<std::string>{root_ + "/a/", root_ + "/b/"}));
}

}  // namespace
}  // namespace agent::logs
