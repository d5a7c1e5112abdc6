#include "agent/discovery/discoverer.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/base/files.h"
#include "agent/discovery/glob.h"

#include "tests/support/run_until.h"
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

}  // namespace
}  // namespace agent::discovery
