#include "agent/discovery/discoverer.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/base/files.h"
#include "agent/discovery/glob.h"
#include "agent/discovery/watched_files.h"

#include "tests/support/run_until.h"
#include "tests/support/scripted_server.h"
#include "tests/support/temp_dir.h"

namespace agent::discovery {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> addresses(const std::vector<model::TargetGroup>& groups) {
  std::vector<std::string> out;
  for (const auto& group : groups)
    for (const auto& target : group.targets)
      out.emplace_back(target.get("__address__"));
  return out;
}

class FilesTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder.path() / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    ASSERT_TRUE(write_file_atomically(path(name), text));
  }
  testing::TempDir folder;
};

TEST_F(FilesTest, AGlobCountsInTheLastElement) {
  write("a.yml", "");
  write("b.yml", "");
  write(".c.yml", "");
  write("d.json", "");
  EXPECT_THAT(expand_glob(path("*.yml")), ElementsAre(path("a.yml"), path("b.yml")));
  EXPECT_THAT(expand_glob(path("?.json")), ElementsAre(path("d.json")));
  EXPECT_THAT(expand_glob(path("a.yml")), ElementsAre(path("a.yml")));
  EXPECT_THAT(expand_glob(path("z.yml")), IsEmpty());
  EXPECT_THAT(expand_glob(path("none/*.yml")), IsEmpty());
}

TEST_F(FilesTest, ABadFileKeepsItsLastGoodGroups) {
  FileGroups files({path("*.yml"), path("*.json")});
  EXPECT_FALSE(files.refresh(FileGroups::Read::Changed));
  write("a.yml", "- {targets: [a], labels: {x: 1}}");
  write("b.json", R"([{"targets": ["b"]}])");
  EXPECT_TRUE(files.refresh(FileGroups::Read::Changed));
  EXPECT_THAT(addresses(files.groups()), ElementsAre("a", "b"));
  EXPECT_EQ(files.groups()[0].labels.get("__meta_filepath"), path("a.yml"));
  EXPECT_EQ(files.groups()[0].labels.get("x"), "1");
  EXPECT_FALSE(files.refresh(FileGroups::Read::All)) << "nothing has changed";
  for (const char* bad : {"- {targets: [", "targets: [a]", "- {target: [a]}", "- null", "[1]"}) {
    SCOPED_TRACE(bad);
    write("a.yml", bad);
    EXPECT_FALSE(files.refresh(FileGroups::Read::Changed));
    EXPECT_THAT(addresses(files.groups()), ElementsAre("a", "b"));
    ASSERT_EQ(files.problems().size(), 1U);
    EXPECT_THAT(files.problems()[0], HasSubstr("a.yml"));
  }
  write("a.yml", "[]");
  EXPECT_TRUE(files.refresh(FileGroups::Read::Changed));
  EXPECT_THAT(files.problems(), IsEmpty());
  EXPECT_THAT(addresses(files.groups()), ElementsAre("b"));
  std::filesystem::remove(path("b.json"));
  EXPECT_TRUE(files.refresh(FileGroups::Read::Changed));
  EXPECT_THAT(files.groups(), IsEmpty());
}

TEST_F(FilesTest, NamesOfLabelsAreThoseThatTheJobAllows) {
  write("a.yml", "- {targets: [a], labels: {my-label: 1}}");
  FileGroups any({path("a.yml")});
  EXPECT_TRUE(any.refresh(FileGroups::Read::All));
  FileGroups legacy({path("a.yml")}, model::NameValidation::Legacy);
  EXPECT_FALSE(legacy.refresh(FileGroups::Read::All));
  EXPECT_THAT(legacy.problems(),
              ElementsAre(HasSubstr("a.yml:1:27: [0].labels: \"my-label\" is no label name")));
}

TEST_F(FilesTest, EachFaultOfAWatchedFileIsCountedOnce) {
  Logger log(LogLevel::Error);
  const selfmon::Scope scope;
  selfmon::Counter& failures = WatchedFiles::failures_in(scope);
  model::FileDiscovery discovery;
  discovery.globs = {path("a.yml")};
  WatchedFiles files({log, failures}, "job", discovery, model::NameValidation::Legacy);
  const SteadyTime start{};
  const struct {
    const char *name, *text;  // null: the file stays
    Duration after;
    bool changed;
    std::uint64_t failures;
  } looks[] = {
      {"good", "- {targets: [a]}", Duration::zero(), true, 0},
      {"bad", "- {targets: [", std::chrono::seconds(3), false, 1},
      {"still bad", nullptr, std::chrono::minutes(6), false, 1},
      {"bad in another way", "- {target: [a]}", std::chrono::minutes(7), false, 2},
      {"good again", "- {targets: [b]}", std::chrono::minutes(8), true, 2},
  };
  for (const auto& look : looks) {
    SCOPED_TRACE(look.name);
    if (look.text != nullptr) write("a.yml", look.text);
    EXPECT_EQ(files.look(start + look.after), look.changed);
    EXPECT_EQ(failures.value(), look.failures);
    EXPECT_THAT(addresses(files.groups()),
                ElementsAre(look.after < std::chrono::minutes(8) ? "a" : "b"));
  }
}

TEST_F(FilesTest, TheDiscovererFollowsTargetsAndInventory) {
  loop::EventLoop loop;
  Logger log(LogLevel::Error);
  const selfmon::Scope scope;
  std::map<std::string, std::vector<std::string>> known;
  int told = 0;
  Discoverer discoverer(
      loop, log, scope,
      [&](const std::string& job, const std::vector<model::TargetGroup>& groups) {
        known[job] = addresses(groups);
        ++told;
      },
      std::chrono::milliseconds(2));
  write("t.yml", "- {targets: [f1]}");
  write("inv.yml", "services: [{name: s, ports: {http: 1}, addresses: [i1]}]");
  config::Report report;
  MetricsDocuments documents;
  documents.objects.push_back(
      *config::parse("{kind: ServiceMonitor, metadata: {name: m}, spec: {endpoints: [{}]}}"));
  const auto section = config::parse(
      "{scrape_configs: [{job_name: j, static_configs: [{targets: [s1]}], file_sd_configs: "
      "[{files: ['t*.yml']}]}], service_inventory: [inv.yml]}");
  const auto config = read_metrics_config(*section, documents, folder.path().string(), report);
  ASSERT_FALSE(report.has_errors());
  discoverer.apply(config);
  EXPECT_EQ(told, 0) << "not before the next turn";
  const auto& job = known["j"];
  const auto& monitor = known["serviceMonitor/default/m/0"];
  const auto until = [&](auto done) { return testing::run_until(loop, done); };
  ASSERT_TRUE(until([&] { return told == 2; }));
  EXPECT_THAT(job, ElementsAre("s1", "f1"));
  EXPECT_THAT(monitor, ElementsAre("i1:1"));

  write("t2.yml", "- {targets: [f2]}");
  ASSERT_TRUE(until([&] { return told == 3; }));
  EXPECT_THAT(job, ElementsAre("s1", "f1", "f2"));
  write("inv.yml", "services: [{name: s, ports: {http: 2}, addresses: [i2]}]");
  ASSERT_TRUE(until([&] { return told == 4; }));
  EXPECT_THAT(monitor, ElementsAre("i2:2"));

  write("inv.yml", "services: [{nam: s}]");
  write("t2.yml", "- [");
  const auto& failures = scope.counter("sd_refresh_failures_total");
  ASSERT_TRUE(until([&] { return failures.value() == 2; }));
  EXPECT_EQ(told, 4) << "the last good answer stays";
  EXPECT_THAT(monitor, ElementsAre("i2:2"));
}

// An engine with one container, whose number is its address.
class DockerDiscoveryTest : public ::testing::Test {
 protected:
  DockerDiscoveryTest()
      : engine_(loop_, [this](const testing::ScriptedServer::Received& received) {
          if (status_ != 200) return testing::ScriptedServer::answer(status_, "no");
          if (received.line().find("/networks") != std::string::npos)
            return testing::ScriptedServer::answer(200, "[]");
          return testing::ScriptedServer::answer(
              200, R"([{"Id":"c","NetworkSettings":{"Networks":{"n":{"IPAddress":"10.0.0.)" +
                       std::to_string(number_) + R"("}}}}])");
        }) {}

  MetricsConfig config(const std::string& refresh) {
    config::Report report;
    const auto section = config::parse(
        "{scrape_configs: [{job_name: j, static_configs: [{targets: [s]}], docker_sd_configs: "
        "[{host: 'http://" +
        engine_.host_port() + "', refresh_interval: " + refresh + "}]}]}");
    auto out = read_metrics_config(*section, {}, "", report);
    EXPECT_FALSE(report.has_errors());
    return out;
  }

  loop::EventLoop loop_;
  int status_ = 200;
  int number_ = 1;
  testing::ScriptedServer engine_;
  Logger log_{LogLevel::Error};
  selfmon::Scope scope_;
  std::vector<std::vector<std::string>> told_;
  Discoverer discoverer_{
      loop_, log_, scope_,
      [this](const std::string&, const auto& groups) { told_.push_back(addresses(groups)); },
      std::chrono::milliseconds(2)};
};

TEST_F(DockerDiscoveryTest, FollowsAnEngine) {
  discoverer_.apply(config("10ms"));
  ASSERT_TRUE(testing::run_until(loop_, [&] { return told_.size() == 2; }));
  EXPECT_THAT(told_[0], ElementsAre("s"));
  EXPECT_THAT(told_[1], ElementsAre("s", "10.0.0.1:80"));
  number_ = 2;
  ASSERT_TRUE(testing::run_until(loop_, [&] { return told_.size() == 3; }));
  EXPECT_THAT(told_[2], ElementsAre("s", "10.0.0.2:80"));

  status_ = 500;
  const auto& failures = scope_.counter("sd_refresh_failures_total");
  ASSERT_TRUE(testing::run_until(loop_, [&] { return failures.value() >= 2; }));
  EXPECT_EQ(told_.size(), 3U) << "the last good answer stays";
}

TEST_F(DockerDiscoveryTest, AReloadKeepsWhatIsKnown) {
  discoverer_.apply(config("1h"));
  ASSERT_TRUE(testing::run_until(loop_, [&] { return told_.size() == 2; }));
  const auto asked = engine_.requests().size();
  discoverer_.apply(config("1h"));
  ASSERT_TRUE(testing::run_until(loop_, [&] { return told_.size() == 3; }));
  EXPECT_THAT(told_[2], ElementsAre("s", "10.0.0.1:80"));
  loop_.run_for(std::chrono::milliseconds(20));
  EXPECT_EQ(engine_.requests().size(), asked);
  discoverer_.apply(config("2h"));
  ASSERT_TRUE(testing::run_until(loop_, [&] { return engine_.requests().size() > asked; }));
}

}  // namespace
}  // namespace agent::discovery
