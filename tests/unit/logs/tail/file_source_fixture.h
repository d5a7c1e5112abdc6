#pragma once
// A FileSource on a folder of its own, driven by hand: look() at the disk, settle() what was taken.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "agent/logs/tail/file_source.h"

#include "tests/support/temp_dir.h"

namespace agent::logs {

class NoOutput final : public Logger::Output {
 public:
  void write(LogLevel /*level*/, const std::string& /*line*/) override {}
};

class HandClock final : public Clock {
 public:
  Timestamp wall_now() const override {
    return Timestamp(std::chrono::seconds(1'700'000'000)) + passed;
  }
  SteadyTime steady_now() const override { return SteadyTime(std::chrono::hours(1)) + passed; }
  Duration passed{};
};

// Takes what fits and keeps it as text; receipts are settled when the test says so.
class HandSink final : public model::Sink<model::LogBatch> {
 public:
  model::Push push(model::LogBatch&& batch) override {
    if (full) return model::Push::Full;
    const model::LogBatch taken = std::move(batch);
    for (const auto& entry : taken.entries) {
      lines.emplace_back(entry.line);
      labels.push_back(entry.labels->set());
      times.push_back(entry.timestamp);
      receipts.push_back(entry.receipt);
    }
    return model::Push::Taken;
  }
  bool full = false;
  std::vector<std::string> lines;
  std::vector<model::LabelSet> labels;
  std::vector<Timestamp> times;
  std::vector<model::ReceiptId> receipts;
};

class FileSourceTest : public ::testing::Test {
 protected:
  void TearDown() override { source_.reset(); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(root_ + name, std::ios::binary) << text;
  }
  void append(const std::string& name, const std::string& text) const {
    std::ofstream(root_ + name, std::ios::binary | std::ios::app) << text;
  }
  void rename(const std::string& from, const std::string& to) const {
    std::filesystem::rename(root_ + from, root_ + to);
  }

  // Until files that are made have other times than those before.
  void next_tick() const {
    const auto now = [this] {
      std::filesystem::remove(root_ + "/tick");
      write("/tick", "");
      return facts_of((root_ + "/tick").c_str())->modified_ns;
    };
    for (const std::int64_t before = now(); now() <= before;) {
    }
    std::filesystem::remove(root_ + "/tick");
  }

  // A new life of the process.
  void start(const std::string& glob, model::LabelSet labels = {{"job", "t"}}) {
    source_.reset();
    if (positions_) positions_->save();
    receipts_ = std::make_unique<model::ReceiptBook>();
    positions_ = std::make_unique<Positions>(root_ + "/positions.yaml",
                                             make_file_position_store(root_ + "/state"), log_);
    config_.host = "here";
    source_ =
        std::make_unique<FileSource>(config_,
                                     SourceEnvironment{"job", loop_, nullptr, clock_, log_, scope_,
                                                       ledger_, table_, *receipts_, *positions_},
                                     sink_);
    labels.set("__path__", root_ + glob);
    source_->set_groups({model::TargetGroup{"static", {labels}, {}}});
    look();
  }
  // One look at the disk, and turns until nothing is left to read.
  void look() {
    source_->sync();
    while (source_->turn()) {
    }
  }
  // Drained files are given up after they were quiet for a while.
  void let_time_pass() {
    clock_.passed += std::chrono::minutes(1);
    look();
    look();
  }
  std::vector<std::string> taken() { return std::exchange(sink_.lines, {}); }
  void settle(std::size_t count = SIZE_MAX) {
    count = std::min(count, sink_.receipts.size());
    for (std::size_t i = 0; i < count; ++i)
      receipts_->settle(sink_.receipts[i]);
    sink_.receipts.erase(sink_.receipts.begin(),
                         sink_.receipts.begin() + static_cast<std::ptrdiff_t>(count));
  }
  std::vector<model::FileStatus> statuses() const {
    model::PipelineStatus status;
    source_->add_status(status);
    return status.files;
  }
  std::uint64_t committed(const std::string& name) const {
    for (const auto& file : statuses())
      if (file.path == root_ + name) return file.committed_bytes;
    return UINT64_MAX;
  }
  std::uint64_t counter(const char* name) const { return scope_.counter(name).value(); }
  std::uint64_t lost(const char* reason, const std::string& name) const {
    return scope_
        .counter("lost_bytes_total",
                 model::LabelSet{{"job", "job"}, {"path", root_ + name}, {"reason", reason}})
        .value();
  }
  using Lines = std::vector<std::string>;

  agent::testing::TempDir folder_;
  std::string root_ = folder_.path().string();
  loop::EventLoop loop_;
  HandClock clock_;
  Logger log_{LogLevel::Error, LogFormat::Logfmt, std::make_unique<NoOutput>()};
  selfmon::Scope scope_;
  selfmon::Ledger ledger_{"logs", scope_};
  model::LabelTable table_;
  HandSink sink_;
  FileSource::Config config_;
  std::unique_ptr<model::ReceiptBook> receipts_;
  std::unique_ptr<Positions> positions_;
  std::unique_ptr<FileSource> source_;
};

}  // namespace agent::logs
