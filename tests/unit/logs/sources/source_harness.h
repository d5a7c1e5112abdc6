#pragma once
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "agent/config/node.h"
#include "agent/logs/source.h"
#include "agent/logs/sources/source_table.h"
#include "agent/relabel/read_rules.h"

#include "tests/support/fake_clock.h"
#include "tests/support/run_until.h"
#include "tests/support/test_http_server.h"

namespace agent::testing {

/// One entry that a source handed over, in words.
struct TakenEntry {
  std::string line;
  model::LabelSet labels;
  Timestamp time{};
  model::LabelSet metadata;
  model::ReceiptId receipt = 0;
};

/// Takes what fits and keeps it as text.
class TextSink final : public model::Sink<model::LogBatch> {
 public:
  model::Push push(model::LogBatch&& batch) override {
    if (full) return model::Push::Full;
    const model::LogBatch taken = std::move(batch);
    for (const auto& entry : taken.entries) {
      entries.push_back(
          {std::string(entry.line), entry.labels->set(), entry.timestamp, {}, entry.receipt});
      for (const auto& pair : entry.metadata)
        entries.back().metadata.set(pair.name, pair.value);
    }
    return model::Push::Taken;
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const auto& entry : entries)
      out.push_back(entry.line);
    return out;
  }
  bool full = false;
  std::vector<TakenEntry> entries;
};

/// A source made from the YAML that users write, on a loop of its own.
class SourceHarness : public ::testing::Test {
 protected:
  /// `job`: a map with the source's key and, if any, relabel_configs.
  void make(const std::string& job, const std::string& key) {
    const auto node = config::parse(job);
    ASSERT_TRUE(node) << node.error().message;
    config::Report report;
    rules_ = relabel::read_rules(node->get("relabel_configs"), report, "relabel_configs",
                                 relabel::Spelling::SnakeCase);
    for (const auto& kind : logs::source_kinds()) {
      if (kind.key != key) continue;
      ASSERT_NE(kind.read, nullptr);
      const auto maker = kind.read(node->get(key), {report, key, rules_, max_line_size_, &docker_});
      ASSERT_FALSE(report.has_errors()) << to_string(report.problems().front());
      auto made = maker(
          {"test", loop_, nullptr, clock_, log_, scope_, ledger_, table_, receipts_, positions_},
          sink_);
      ASSERT_TRUE(made) << made.error().message;
      source_ = std::move(*made);
    }
  }
  void start(const std::string& job, const std::string& key) {
    make(job, key);
    ASSERT_TRUE(source_);
    const Status started = source_->start();
    ASSERT_TRUE(started) << started.error().message;
    EXPECT_TRUE(source_->ready());
  }
  /// What is wrong with the options below `key`; "" when nothing is.
  static std::string problem_of(const std::string& options, const std::string& key) {
    const auto node = config::parse(options);
    config::Report report;
    const std::vector<model::RelabelRule> none;
    for (const auto& kind : logs::source_kinds())
      if (kind.key == key) kind.read(*node, {report, key, none, 0});
    return report.problems().empty() ? "" : config::to_string(report.problems().front());
  }
  /// The address it listens on, from the name it shows ("syslog tcp 127.0.0.1:1234 test").
  loop::HostPort address() const {
    const std::string name = receiver().name;
    const auto colon = name.rfind(':');
    return {"127.0.0.1", static_cast<std::uint16_t>(std::stoi(name.substr(colon + 1)))};
  }
  model::ReceiverStatus receiver() const {
    model::PipelineStatus status;
    source_->add_status(status);
    return status.receivers.at(0);
  }
  bool sees(std::size_t entries) {
    return run_until(loop_, [&] { return sink_.entries.size() >= entries; });
  }
  std::uint64_t counted(const std::string& name) const { return scope_.counter(name).value(); }
  std::uint64_t counted(const std::string& name, const std::string& reason) const {
    return scope_.counter(name, "reason", reason).value();
  }
  std::uint64_t dropped(const std::string& reason) {
    return ledger_.dropped().reason(reason).value();
  }

  loop::EventLoop loop_;
  FakeClock clock_;
  Logger log_{LogLevel::Error, LogFormat::Logfmt, std::make_unique<NullOutput>()};
  selfmon::Scope scope_;
  selfmon::Ledger ledger_{"logs", scope_};
  model::LabelTable table_;
  model::ReceiptBook receipts_;
  logs::Positions positions_{"", logs::make_null_position_store(), log_};
  std::vector<model::RelabelRule> rules_;
  std::uint64_t max_line_size_ = 0;
  std::vector<model::DockerDiscovery> docker_;
  TextSink sink_;
  std::unique_ptr<logs::Source> source_;
};

}  // namespace agent::testing
