#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tests/unit/logs/stages/harness.h"

namespace agent::logs {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

const std::string kDatabases = GEO_FOLDER;

// Stages that look up the line.
std::string stages(const std::string& database, const std::string& options) {
  return "- regex: {expression: '(?s)(?P<ip>.*)'}\n- geoip: {db: '" + database + "', source: ip, " +
         options + "}";
}

TEST(GeoipStage, SetsLabels) {
  const std::string city = stages(kDatabases + "city.mmdb", "db_type: city");
  const std::string asn = stages(kDatabases + "asn.mmdb", "DB_Type: asn");
  const std::string country = stages(kDatabases + "city.mmdb", "db_type: country");
  constexpr const char* kCity =
      R"({geoip_city_name="Quarrydale", geoip_continent_code="WE", )"
      R"(geoip_continent_name="Westerly", geoip_country_name="Norland", )"
      R"(geoip_location_latitude="49.1951", geoip_location_longitude="16.6068", )"
      R"(geoip_postal_code="60200", geoip_subdivision_code="NQ", )"
      R"(geoip_subdivision_name="Quarry Ward", geoip_timezone="Westerly/Quarrydale"})";
  expect_outcomes({
      {"city", city.c_str(), "192.0.2.17", {"192.0.2.17 " + std::string(kCity)}},
      {"mapped address",
       city.c_str(),
       "::ffff:192.0.2.17",
       {"::ffff:192.0.2.17 " + std::string(kCity)}},
      {"what there is",
       city.c_str(),
       "198.51.100.9",
       {R"(198.51.100.9 {geoip_continent_code="EA", geoip_continent_name="Easterly", )"
        R"(geoip_country_name="Eastmark", geoip_location_latitude="-12.5", )"
        R"(geoip_location_longitude="130.25", geoip_timezone="Easterly/Mark"})"}},
      {"not found", city.c_str(), "10.0.0.1", {"10.0.0.1"}},
      {"no address", city.c_str(), "192.0.2.17:80", {"192.0.2.17:80"}},
      {"asn",
       asn.c_str(),
       "192.0.2.1",
       {R"(192.0.2.1 {geoip_autonomous_system_number="64500", )"
        R"(geoip_autonomous_system_organization="Quarry Net"})"}},
      {"country",
       country.c_str(),
       "192.0.2.17",
       {R"(192.0.2.17 {geoip_continent_code="WE", geoip_continent_name="Westerly", )"
        R"(geoip_country_name="Norland"})"}},
  });
}

TEST(GeoipStage, ExtractsWhatIsAskedFor) {
  const std::string yaml = stages(
      kDatabases + "city.mmdb",
      "custom_lookups: {zone: location.time_zone, first: 'subdivisions[0].names.en', none: a.b}");
  EXPECT_EQ(extracted_by(yaml, "198.51.100.9"), (Lines{"ip=198.51.100.9", "zone=Easterly/Mark"}));
  const Lines all = extracted_by(yaml, "192.0.2.17");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_TRUE(all[0].starts_with("first=")) << all[0];
}

TEST(GeoipStage, CountsWhatIsNoAddress) {
  Bench bench(stages(kDatabases + "city.mmdb", "db_type: city"));
  for (const char* line : {"192.0.2.17", "10.0.0.1", "1.2.3", "", "192.0.2.17\n"})
    bench.add(line);
  EXPECT_EQ(bench.run().size(), 5U);
  EXPECT_EQ(bench.metrics.counter("logs_stage_unparsed_total", "stage", "geoip").value(), 3U);
}

TEST(GeoipStage, FollowsTheFile) {
  const agent::testing::TempDir folder;
  const fs::path path = folder.path() / "db.mmdb";
  fs::copy_file(kDatabases + "city.mmdb", path);
  Bench bench(stages(path.string(), "db_type: city"));
  const auto country = [&](Timestamp now) {
    bench.add("192.0.2.17", {});
    bench.run(now);
    const std::size_t at = bench.last_labels.find("geoip_country_name");
    return at == std::string::npos ? "" : bench.last_labels.substr(at + 20, 7);
  };
  EXPECT_EQ(country(kNow), "Norland");
  // A new file that cannot be read: the old one stays.
  std::ofstream(folder.path() / "new") << "no database";
  fs::rename(folder.path() / "new", path);
  EXPECT_EQ(country(kNow + 5s), "Norland");
  EXPECT_EQ(bench.metrics.counter("logs_geoip_failed_reloads_total").value(), 1U);
  fs::remove(path);
  EXPECT_EQ(country(kNow + 10s), "Norland");
  // Another database.
  fs::copy_file(kDatabases + "asn.mmdb", folder.path() / "new");
  fs::rename(folder.path() / "new", path);
  EXPECT_EQ(country(kNow + 15s - 1ns), "Norland") << "not looked at yet";
  EXPECT_EQ(country(kNow + 15s), "");
  // Cut in place: touching what was mapped would be a bus error.
  fs::copy_file(kDatabases + "city.mmdb", path, fs::copy_options::overwrite_existing);
  EXPECT_EQ(country(kNow + 20s), "Norland");
  fs::resize_file(path, 0);
  EXPECT_EQ(country(kNow + 21s), "");
  fs::copy_file(kDatabases + "city.mmdb", path, fs::copy_options::overwrite_existing);
  EXPECT_EQ(country(kNow + 25s), "Norland");
}

TEST(GeoipStage, NamesTheFault) {
  const struct {
    const char *name, *yaml, *message;
  } cases[] = {
      {"no db", "- geoip: {source: ip, db_type: city}",
       "1:10: stages[0].geoip.db: this key is required"},
      {"empty source", "- geoip: {db: /n/one, source: '', db_type: city}",
       "1:31: stages[0].geoip.source: source must not be empty"},
      {"no type", "- geoip: {db: /n/one, source: ip}",
       "1:10: stages[0].geoip.db_type: city, asn or country is asked here"},
      {"no file", "- geoip: {db: /n/one, source: ip, db_type: asn}",
       "1:15: stages[0].geoip.db: /n/one: No such file or directory"},
      {"no database", "- geoip: {db: /dev/null, source: ip, db_type: asn}",
       "1:15: stages[0].geoip.db: /dev/null: An attempt to read data from the MaxMind DB file "
       "failed"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Bench bench(c.yaml);
    EXPECT_EQ(bench.error, std::string("stages.yaml:") + c.message);
    EXPECT_EQ(bench.refusal, bench.error) << "what ends a run says why";
  }
}

TEST(GeoipStage, WarnsWhereFilesAreOptional) {
  const auto list = config::parse(
      "- geoip: {db: /n/one, source: ip, db_type: what}\n"
      "- geoip: {db: /n/two, db_type: asn}",
      "stages.yaml");
  ASSERT_TRUE(list);
  Bench bench("[]");
  const auto made =
      make_pipeline(*list, {bench.report, "stages", bench.metrics, bench.labels, bench.receipts,
                            bench.ledger, StageContext::Files::Optional});
  EXPECT_TRUE(made);
  Lines problems;
  for (const auto& problem : bench.report.problems()) {
    EXPECT_EQ(problem.severity, config::Severity::Warning);
    problems.push_back(config::to_string(problem));
  }
  EXPECT_EQ(problems,
            (Lines{"stages.yaml:1:44: stages[0].geoip.db_type: city, asn or country is asked here: "
                   "nothing will be set",
                   "stages.yaml:1:15: stages[0].geoip.db: /n/one: No such file or directory",
                   "stages.yaml:2:10: stages[1].geoip: without a source nothing is looked up",
                   "stages.yaml:2:15: stages[1].geoip.db: /n/two: No such file or directory"}));
}

}  // namespace
}  // namespace agent::logs
