#include "agent/logs/logs_config.h"

#include <string>

#include <gtest/gtest.h>

namespace agent::logs {
namespace {

using namespace std::chrono_literals;

constexpr const char* kClient = "clients: [{url: http://localhost:3100/loki/api/v1/push}]\n";

LogsConfig read(const std::string& yaml, config::Report& report,
                LogsPlace place = LogsPlace::Promtail, const std::string& stages = "[]") {
  const auto node = config::parse(yaml, "f.yml");
  EXPECT_TRUE(node) << node.error().message;
  return read_logs_config(*node, *config::parse(stages), "/etc/promtail", report, place,
                          place == LogsPlace::Section ? "logs" : "");
}

TEST(LogsConfig, ReadsWhatIsGiven) {
  config::Report report;
  const auto config = read(R"(
clients:
- url: http://a/loki/api/v1/push
- url: http://b/loki/api/v1/push
client: {url: http://c/loki/api/v1/push}
positions: {filename: /p.yaml, sync_period: 5s, ignore_invalid_yaml: true}
global: {file_watch_config: {min_poll_frequency: 100ms, max_poll_frequency: 2s}}
target_config: {sync_period: 15s}
limits_config: {max_streams: 7, max_line_size: 256 KB, max_line_size_truncate: true,
  readline_rate_enabled: true, readline_rate: 2.5, readline_burst: 3, readline_rate_drop: false}
tracing: {enabled: false}
wal: {enabled: true, dir: /wal, cleanSegmentsOlderThan: 2h, watchConfig: {minReadFrequency: 1s}}
options: {}
server: {http_listen_port: 0}
scrape_configs:
- job_name: files
  static_configs:
  - targets: [localhost, other]
    labels: {job: demo, number: 5, __path__: "/var/log/*.log"}
  - labels: {__path__: /x}
  relabel_configs:
  - {source_labels: [job], target_label: app}
  pipeline_stages:
  - cri: {}
- job_name: by-file
  file_sd_configs:
  - {files: [targets/*.yml, /abs/t.json], refresh_interval: 1d}
)",
                           report);
  for (const auto& problem : report.problems())
    EXPECT_EQ(problem.severity, config::Severity::Note) << to_string(problem);
  ASSERT_EQ(config.clients.size(), 3U);
  EXPECT_EQ(config.client_paths[1], "clients[1]");
  EXPECT_EQ(config.client_paths[2], "client");
  EXPECT_TRUE(config.positions.given);
  EXPECT_EQ(config.positions.filename, "/p.yaml");
  EXPECT_EQ(config.positions.sync_period, 5s);
  EXPECT_EQ(config.file_watch.min_poll, 100ms);
  EXPECT_EQ(config.file_watch.max_poll, 2s);
  EXPECT_EQ(config.target_sync_period, 15s);
  EXPECT_EQ(config.limits.max_streams, 7U);
  EXPECT_EQ(config.limits.max_line_size_bytes, 256U << 10U);
  EXPECT_TRUE(config.limits.max_line_size_truncate);
  EXPECT_TRUE(config.limits.readline_rate_enabled);
  EXPECT_EQ(config.limits.readline_rate, 2.5);
  EXPECT_EQ(config.limits.readline_burst, 3U);
  EXPECT_FALSE(config.limits.readline_rate_drop);
  ASSERT_EQ(config.jobs.size(), 2U);
  const JobConfig& files = config.jobs[0];
  EXPECT_EQ(files.name, "files");
  ASSERT_EQ(files.static_groups.size(), 2U);
  EXPECT_EQ(files.static_groups[0].targets.size(), 2U);
  EXPECT_EQ(files.static_groups[0].labels.get("number"), "5");
  EXPECT_EQ(files.static_groups[1].targets.at(0).get("__address__"), "localhost");
  EXPECT_EQ(files.relabel_rules.size(), 1U);
  EXPECT_EQ(files.pipeline_stages.items().size(), 1U);
  EXPECT_EQ(files.stages_path, "scrape_configs[0].pipeline_stages");
  ASSERT_EQ(config.jobs[1].file_discovery.size(), 1U);
  EXPECT_EQ(config.jobs[1].file_discovery[0].globs,
            (std::vector<std::string>{"/etc/promtail/targets/*.yml", "/abs/t.json"}));
  EXPECT_EQ(config.jobs[1].file_discovery[0].refresh_interval, 24h);
}

TEST(LogsConfig, JobsWithoutStagesHaveTheDefaultOnes) {
  config::Report report;
  const auto config =
      read(std::string(kClient) + "scrape_configs: [{job_name: a, static_configs: [{labels: {}}]}]",
           report, LogsPlace::Section, "[{cri: {}}, {json: {}}]");
  ASSERT_EQ(config.jobs.size(), 1U);
  EXPECT_EQ(config.jobs[0].pipeline_stages.items().size(), 2U);
  EXPECT_FALSE(config.positions.given);
}

TEST(LogsConfig, NamesEveryFault) {
  const struct {
    const char *name, *yaml, *place;
  } cases[] = {
      {"no client", "positions: {}", "f.yml:1:1"},
      {"unknown key", "clients: [{url: x}]\npositons: {}", "f.yml:2:1: positons"},
      {"job without a name", "clients: [{url: x}]\nscrape_configs:\n- static_configs: [{}]",
       "f.yml:3:3: scrape_configs[0].job_name"},
      {"job twice",
       "clients: [{url: x}]\nscrape_configs:\n- {job_name: a, static_configs: [{}]}\n"
       "- {job_name: a, static_configs: [{}]}",
       "f.yml:4:14: scrape_configs[1].job_name"},
      {"job without a source", "clients: [{url: x}]\nscrape_configs:\n- {job_name: a}",
       "f.yml:3:3: scrape_configs[0]"},
      {"bad duration", "clients: [{url: x}]\npositions: {sync_period: soon}",
       "f.yml:2:26: positions.sync_period"},
      {"duration in days", "clients: [{url: x}]\npositions: {sync_period: 1d}",
       "f.yml:2:26: positions.sync_period"},
      {"no duration at all", "clients: [{url: x}]\ntarget_config: {sync_period: 0}",
       "f.yml:2:30: target_config.sync_period"},
      {"poll limits crossed",
       "clients: [{url: x}]\nglobal: {file_watch_config: {min_poll_frequency: 2s, "
       "max_poll_frequency: 1s}}",
       "f.yml:2:74: global.file_watch_config.max_poll_frequency"},
      {"size with a fraction", "clients: [{url: x}]\nlimits_config: {max_line_size: 1.5KB}",
       "f.yml:2:32: limits_config.max_line_size"},
      {"size in a unit of ours", "clients: [{url: x}]\nlimits_config: {max_line_size: 8KiB}",
       "f.yml:2:32: limits_config.max_line_size"},
      {"bad glob",
       "clients: [{url: x}]\nscrape_configs:\n- {job_name: a, static_configs: [{labels: "
       "{__path__: '/[a'}}]}",
       "f.yml:3:54: scrape_configs[0].static_configs[0].labels.__path__"},
      {"file_sd of another kind",
       "clients: [{url: x}]\nscrape_configs:\n- {job_name: a, file_sd_configs: [{files: [x.txt]}]}",
       "f.yml:3:43: scrape_configs[0].file_sd_configs[0].files"},
      {"star in a folder",
       "clients: [{url: x}]\nscrape_configs:\n- {job_name: a, file_sd_configs: [{files: "
       "[a*/x.yml]}]}",
       "f.yml:3:43: scrape_configs[0].file_sd_configs[0].files"},
      {"an empty list is no source",
       "clients: [{url: x}]\nscrape_configs:\n- {job_name: a, static_configs: []}",
       "f.yml:3:3: scrape_configs[0]"},
      {"options", "clients: [{url: x}]\noptions: {stream_lag_labels: a}",
       "f.yml:2:11: options.stream_lag_labels"},
      {"tracing", "clients: [{url: x}]\ntracing: {enable: true}", "f.yml:2:11: tracing.enable"},
      {"tracing that is no word", "clients: [{url: x}]\ntracing: {enabled: 3}",
       "f.yml:2:20: tracing.enabled"},
      {"wal", "clients: [{url: x}]\nwal: {folder: /x}", "f.yml:2:7: wal.folder"},
      {"watching the wal", "clients: [{url: x}]\nwal: {watchConfig: {often: 1s}}",
       "f.yml:2:21: wal.watchConfig.often"},
      {"stages that are no list",
       "clients: [{url: x}]\nscrape_configs:\n- {job_name: a, static_configs: [{}], "
       "pipeline_stages: {cri: {}}}",
       "f.yml:3:56: scrape_configs[0].pipeline_stages"},
      {"bad relabel rule",
       "clients: [{url: x}]\nscrape_configs:\n- {job_name: a, static_configs: [{}], "
       "relabel_configs: [{action: nope}]}",
       "f.yml:3:"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config::Report report;
    read(c.yaml, report);
    ASSERT_EQ(report.errors(), 1);
    EXPECT_TRUE(to_string(report.problems().back()).starts_with(c.place))
        << to_string(report.problems().back());
  }
}

TEST(LogsConfig, LabelNamesAreThoseOfLoki) {
  const struct {
    const char *name, *job, *place;
  } cases[] = {
      {"a target", "static_configs: [{labels: {job: a, my-label: b}}]",
       "f.yml:3:52: scrape_configs[0].static_configs[0].labels: \"my-label\" is no label name"},
      {"letters of ours alone", "static_configs: [{labels: {é: b}}]", "f.yml:3:44: "},
      {"a digit first", "static_configs: [{labels: {1a: b}}]", "f.yml:3:44: "},
      {"what is taken away later", "static_configs: [{labels: {__path__: /a, __tmp_1: b}}]", ""},
      {"syslog", "syslog: {listen_address: ':0', labels: {a-b: c}}",
       "f.yml:3:57: scrape_configs[0].syslog.labels: "},
      {"gelf", "gelf: {labels: {a-b: c}}", "f.yml:3:33: scrape_configs[0].gelf.labels: "},
      {"journal", "journal: {labels: {a-b: c}}", "f.yml:3:36: scrape_configs[0].journal.labels: "},
      {"push", "loki_push_api: {labels: {a-b: c}}",
       "f.yml:3:42: scrape_configs[0].loki_push_api.labels: "},
      {"a rule", "journal: {}, relabel_configs: [{target_label: a-b}]",
       "f.yml:3:63: scrape_configs[0].relabel_configs[0].target_label: "},
      {"a rule with a reference", "journal: {}, relabel_configs: [{target_label: '${1}-b'}]", ""},
      {"a rule for the next one", "journal: {}, relabel_configs: [{target_label: __tmp-b}]", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config::Report report;
    read(std::string(kClient) + "scrape_configs:\n- {job_name: a, " + c.job + "}", report);
    ASSERT_EQ(report.problems().size(), *c.place == '\0' ? 0U : 1U);
    if (report.has_errors()) {
      EXPECT_TRUE(to_string(report.problems()[0]).starts_with(c.place))
          << to_string(report.problems()[0]);
    }
  }
}

TEST(LogsConfig, EverySourceOfAJobIsCheckedAndTheFirstCounts) {
  const struct {
    const char *name, *keys, *source, *said;  // said: problems, each `severity place`
  } cases[] = {
      {"two listeners", "journal: {}, syslog: {listen_address: ':0'}", "journal: {}",
       "warning scrape_configs[0].syslog "},
      {"in the order of kinds", "gelf: {}, syslog: {listen_address: ':0'}, journal: {}",
       "journal: {}", "warning scrape_configs[0].syslog warning scrape_configs[0].gelf "},
      {"a fault in the second", "journal: {}, gelf: {foo: 1}", "journal: {}",
       "warning scrape_configs[0].gelf error scrape_configs[0].gelf.foo "},
      {"files come first", "journal: {path: [a]}, static_configs: [{}]", "\n~",
       "warning scrape_configs[0].journal error scrape_configs[0].journal.path "},
      {"one that is not built", "kafka: {}, journal: {}", "journal: {}",
       "warning scrape_configs[0].kafka error scrape_configs[0].kafka.brokers "
       "error scrape_configs[0].kafka.topics "},
      {"an empty list is none", "docker_sd_configs: [], kubernetes_sd_configs: [], gelf: {}",
       "gelf: {}", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config::Report report;
    const auto config =
        read(std::string(kClient) + "scrape_configs: [{job_name: a, " + c.keys + "}]", report);
    ASSERT_EQ(config.jobs.size(), 1U);
    EXPECT_EQ(config.jobs[0].source_text, c.source);
    std::string said;
    for (const auto& problem : report.problems())
      said += (problem.severity == config::Severity::Error ? "error " : "warning ") + problem.path +
              " ";
    EXPECT_EQ(said, c.said);
  }
}

TEST(LogsConfig, KindsThatAreNotBuiltAreChecked) {
  const struct {
    const char *name, *keys, *problem;  // "": none
  } cases[] = {
      {"kafka",
       "kafka: {brokers: [a], topics: [^b], assignor: sticky, authentication: {type: sasl,"
       " sasl_config: {mechanism: PLAIN, user: u, password: p, use_tls: true, ca_file: /c}}}",
       ""},
      {"kafka without brokers", "kafka: {topics: [a]}",
       "f.yml:3:24: scrape_configs[0].kafka.brokers: this key is required"},
      {"kafka without a topic", "kafka: {brokers: [a], topics: []}",
       "f.yml:3:47: scrape_configs[0].kafka.topics: this key is required"},
      {"a word", "kafka: {brokers: [a], topics: [b], assignor: first}",
       "range, roundrobin, sticky are known here"},
      {"a list", "kafka: {brokers: a, topics: [b]}", "kafka.brokers: a list is asked here"},
      {"deep below", "kafka: {brokers: [a], topics: [b], authentication: {sasl_config: {usr: u}}}",
       "kafka.authentication.sasl_config.usr: unknown key; did you mean \"user\"?"},
      {"a label", "kafka: {brokers: [a], topics: [b], labels: {a-b: c}}", "is no label name"},
      {"cloudflare", "cloudflare: {api_token: a, zone_id: b, pull_range: 1d, workers: 2}", ""},
      {"cloudflare without a zone", "cloudflare: {api_token: a}",
       "cloudflare.zone_id: this key is required"},
      {"no number", "cloudflare: {api_token: a, zone_id: b, workers: few}", "cloudflare.workers: "},
      {"gcplog", "gcplog: {subscription_type: push, server: {http_listen_port: 0}}", ""},
      {"a type of gcplog", "gcplog: {subscription_type: pul}", "gcplog.subscription_type: "},
      {"its server", "gcplog: {server: {log_level: foo}}", "gcplog.server.log_level: "},
      {"heroku", "heroku_drain: {use_incoming_timestamp: maybe}",
       "heroku_drain.use_incoming_timestamp: "},
      {"azure", "azure_event_hubs: {event_hubs: [a], connection_string: b}",
       "azure_event_hubs.fully_qualified_namespace: this key is required"},
      {"windows", "windows_events: {eventlog_name: Application, poll_interval: 3s}", ""},
      {"a key of windows", "windows_events: {eventlog: Application}", "windows_events.eventlog: "},
      {"kubernetes",
       "kubernetes_sd_configs: [{role: pod, namespaces: {names: [a]}, selectors: [{role: pod,"
       " label: a=b}], tls_config: {ca_file: /c}}]",
       ""},
      {"a role", "kubernetes_sd_configs: [{role: foo}]", "kubernetes_sd_configs[0].role: "},
      {"a role that is missing", "kubernetes_sd_configs: [{}]",
       "kubernetes_sd_configs[0].role: this key is required"},
      {"a role of a selector", "kubernetes_sd_configs: [{role: pod, selectors: [{role: pods}]}]",
       "kubernetes_sd_configs[0].selectors[0].role: "},
      {"dns", "dns_sd_configs: [{names: []}]", "dns_sd_configs[0].names: this key is required"},
      {"consul", "consul_sd_configs: [{servers: a}]",
       "consul_sd_configs[0].servers: unknown key; did you mean \"server\"?"},
      {"no list", "consul_sd_configs: {server: a}", "consul_sd_configs: a list is asked here"},
      {"another discovery", "ec2_sd_configs: [{region: a}]", ""},
      {"another that is no map", "ec2_sd_configs: [a]", "ec2_sd_configs[0]: a map is asked here"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config::Report report;
    const auto config =
        read(std::string(kClient) + "scrape_configs:\n- {job_name: a, " + c.keys + "}", report);
    EXPECT_TRUE(config.jobs.empty());
    const bool is_bad = *c.problem != '\0';
    ASSERT_EQ(report.errors(), is_bad ? 1 : 0) << report.status().error().message;
    ASSERT_EQ(report.problems().size(), is_bad ? 2U : 1U);
    if (is_bad) {
      EXPECT_NE(report.status().error().message.find(c.problem), std::string::npos)
          << report.status().error().message;
    }
  }
}

TEST(LogsConfig, TracingIsNoted) {
  config::Report report;
  read(std::string(kClient) + "tracing: {enabled: true, profiling_enabled: true}", report);
  ASSERT_EQ(report.problems().size(), 1U);
  EXPECT_EQ(report.problems()[0].severity, config::Severity::Note);
}

TEST(LogsConfig, ServerBelowLogsIsAnErrorThatNamesTheOther) {
  config::Report report;
  read(std::string(kClient) + "server: {http_listen_port: 80}", report, LogsPlace::Section);
  ASSERT_EQ(report.errors(), 1);
  EXPECT_NE(report.problems()[0].message.find("top-level \"server:\""), std::string::npos);
}

TEST(LogsConfig, WhatIsNotBuiltYetIsSaidAndDoesNotRun) {
  const struct {
    const char *name, *keys;
    std::size_t jobs;
  } cases[] = {
      {"kafka", "kafka: {brokers: [x], topics: [y]}", 0},
      {"kubernetes", "kubernetes_sd_configs: [{role: pod}]", 0},
      {"files and journal", "static_configs: [{}], journal: {}", 1},
      {"an encoding that nothing decodes", "static_configs: [{}], encoding: hz-gb-2312", 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config::Report report;
    const auto config =
        read(std::string(kClient) + "scrape_configs: [{job_name: a, " + c.keys + "}]", report);
    EXPECT_EQ(report.errors(), 0) << report.status().error().message;
    const bool quiet = std::string_view(c.keys).ends_with("{}");
    EXPECT_EQ(config.jobs.size(), c.jobs);
    if (!quiet) {
      ASSERT_EQ(report.problems().size(), 1U);
      EXPECT_EQ(report.problems()[0].severity, config::Severity::Warning);
      EXPECT_EQ(report.problems()[0].mark.line, 2);
    }
  }
}

TEST(LogsConfig, SaysWhatARateOfNothingDoes) {
  const struct {
    const char *keys, *words;
  } cases[] = {
      {"readline_rate: 0", "drops all lines beyond the burst"},
      {"readline_burst: 0", "drops all lines beyond the burst"},
      {"readline_rate: 0, readline_rate_drop: false", "no line waits"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.keys);
    config::Report report;
    read(std::string(kClient) + "limits_config: {readline_rate_enabled: true, " + c.keys + "}",
         report);
    ASSERT_EQ(report.problems().size(), 1U);
    EXPECT_EQ(report.problems()[0].severity, config::Severity::Warning);
    EXPECT_NE(report.problems()[0].message.find(c.words), std::string::npos);
  }
}

TEST(LogsConfig, ReadsEncodings) {
  const std::string text = std::string(kClient) +
                           "scrape_configs: [{job_name: a, static_configs: [{}],\n"
                           "  encoding: ";
  config::Report good;
  const auto config = read(text + "Latin1}]", good);
  EXPECT_EQ(good.errors(), 0);
  ASSERT_EQ(config.jobs.size(), 1U);
  EXPECT_EQ(config.jobs[0].encoding, "latin1");
  config::Report bad;
  read(text + "utf-16lf}]", bad);
  ASSERT_EQ(bad.problems().size(), 1U);
  EXPECT_EQ(bad.problems()[0].mark.line, 3);
  EXPECT_EQ(bad.problems()[0].message,
            "no encoding is called \"utf-16lf\"; did you mean \"utf-16le\"?");
}

TEST(LogsConfig, ReadsDecompression) {
  const struct {
    const char *name, *keys;
    bool enabled;
    std::optional<codec::Compression> format;
    Duration delay;
  } cases[] = {
      {"none", "", false, std::nullopt, 0s},
      {"not enabled", ", decompression: {format: gz}", false, std::nullopt, 0s},
      {"gz", ", decompression: {enabled: true, format: gz, initial_delay: 10s}", true,
       codec::Compression::Gzip, 10s},
      {"z", ", decompression: {enabled: yes, format: z}", true, codec::Compression::Zlib, 0s},
      {"bz2", ", decompression: {enabled: true, format: bz2}", true, codec::Compression::Bzip2, 0s},
      {"zst", ", decompression: {enabled: true, format: zst}", true, codec::Compression::Zstd, 0s},
      {"told by the bytes", ", decompression: {enabled: true}", true, std::nullopt, 0s},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config::Report report;
    const auto config = read(std::string(kClient) + "scrape_configs: [{job_name: a" +
                                 ", static_configs: [{}]" + c.keys + "}]",
                             report);
    EXPECT_EQ(report.problems().size(), 0U);
    ASSERT_EQ(config.jobs.size(), 1U);
    ASSERT_EQ(config.jobs[0].decompression.has_value(), c.enabled);
    if (!c.enabled) continue;
    EXPECT_EQ(config.jobs[0].decompression->format, c.format);
    EXPECT_EQ(config.jobs[0].decompression->initial_delay, c.delay);
  }
  for (const char* bad : {"format: gzip", "enabled: 3", "initial_delay: -1s", "formt: gz"}) {
    config::Report report;
    read(std::string(kClient) + "scrape_configs: [{job_name: a, static_configs: [{}],\n" +
             "  decompression: {" + bad + "}}]",
         report);
    ASSERT_EQ(report.errors(), 1) << bad;
    EXPECT_EQ(report.problems()[0].mark.line, 3);
  }
}

TEST(LogsConfig, StdinTakesThePlaceOfAllJobs) {
  const struct {
    const char *name, *jobs, *source, *stages, *checked;
  } cases[] = {
      {"labels and stages of the first",
       "[{job_name: a, static_configs: [{labels: {app: x, __path__: /a}}, {labels: {b: c}}],"
       " pipeline_stages: [{cri: }]}, {job_name: b, static_configs: [{}]}]",
       "stdin {app=\"x\", b=\"c\"}", "scrape_configs[0].pipeline_stages",
       "scrape_configs[0].pipeline_stages pipeline_stages "},
      {"needs no source", "[{job_name: a}, {job_name: b, pipeline_stages: [{docker: }]}]",
       "stdin {}", "pipeline_stages", "pipeline_stages scrape_configs[1].pipeline_stages "},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config::Report report;
    const auto config =
        read(std::string(kClient) + "target_config: {stdin: true}\n" + "scrape_configs: " + c.jobs,
             report);
    EXPECT_EQ(report.problems().size(), 0U);
    ASSERT_EQ(config.jobs.size(), 1U);
    EXPECT_EQ(config.jobs[0].name, "stdin");
    EXPECT_TRUE(config.jobs[0].make_source);
    EXPECT_EQ(config.jobs[0].source_text, c.source);
    EXPECT_TRUE(config.jobs[0].stages_path.ends_with(c.stages)) << config.jobs[0].stages_path;
    std::string lists;
    for (const auto& list : config.stage_lists)
      lists += list.path + " ";
    EXPECT_EQ(lists, c.checked);
  }
  config::Report report;
  const auto config = read(std::string(kClient) + "target_config: {stdin: true}", report);
  ASSERT_EQ(config.jobs.size(), 1U);
  EXPECT_TRUE(config.jobs[0].source_text.starts_with("stdin {hostname=\""));
  config::Report bad;
  const auto refused = read(std::string(kClient) + "target_config: {stdin: true}\n" +
                                "scrape_configs: [{job_name: a, pipeline_stages: {docker: {}}}]",
                            bad);
  EXPECT_EQ(bad.errors(), 1);
  EXPECT_TRUE(refused.stage_lists.empty()) << "or its fault is said again where stages are built";
}

}  // namespace
}  // namespace agent::logs
