#pragma once
// A FileSource over a temporary folder whose turns, time and deliveries the test drives by hand.
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

class ReaderTest : public ::testing::Test {
 protected:
  using Lines = std::vector<std::string>;

  void TearDown() override { source_.reset(); }

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(root_ + name, std::ios::binary) << bytes;
  }
  void append(const std::string& name, const std::string& bytes) const {
    std::ofstream(root_ + name, std::ios::binary | std::ios::app) << bytes;
  }
  // A new life of the process.
  void start(const std::string& glob) {
    source_.reset();
    if (positions_) positions_->save();
    receipts_ = std::make_unique<model::ReceiptBook>();
    sink_.receipts.clear();
    positions_ = std::make_unique<Positions>(root_ + "/positions.yaml",
                                             make_file_position_store(root_ + "/state"), log_);
    source_ =
        std::make_unique<FileSource>(config_,
                                     SourceEnvironment{"job", loop_, nullptr, clock_, log_, scope_,
                                                       ledger_, table_, *receipts_, *positions_},
                                     sink_);
    source_->set_groups({model::TargetGroup{"s", {{{"__path__", root_ + glob}}}, {}}});
    look();
  }
  // One look at the disk, and turns until nothing is left to read.
  void look() {
    source_->sync();
    while (source_->turn()) {
    }
  }
  void let_time_pass(Duration time = std::chrono::minutes(1)) {
    clock_.passed += time;
    look();
    look();
  }
  Lines taken() { return std::exchange(sink_.lines, {}); }
  void settle(std::size_t count = SIZE_MAX) {
    count = std::min(count, sink_.receipts.size());
    for (std::size_t i = 0; i < count; ++i)
      receipts_->settle(sink_.receipts[i]);
    sink_.receipts.erase(sink_.receipts.begin(),
                         sink_.receipts.begin() + static_cast<std::ptrdiff_t>(count));
  }
  model::FileStatus status_of(const std::string& name) const {
    model::PipelineStatus status;
    source_->add_status(status);
    for (const auto& file : status.files)
      if (file.path == root_ + name) return file;
    return {};
  }
  std::uint64_t counter(const char* name) const { return scope_.counter(name).value(); }

  class HandClock final : public Clock {
   public:
    Timestamp wall_now() const override {
      return Timestamp(std::chrono::seconds(1'700'000'000)) + passed;
    }
    SteadyTime steady_now() const override { return SteadyTime(std::chrono::hours(1)) + passed; }
    Duration passed{};
  };
  class HandSink final : public model::Sink<model::LogBatch> {
   public:
    model::Push push(model::LogBatch&& batch) override {
      if (full) return model::Push::Full;
      const model::LogBatch taken = std::move(batch);
      for (const auto& entry : taken.entries) {
        lines.emplace_back(entry.line);
        receipts.push_back(entry.receipt);
      }
      largest_arena = std::max(largest_arena, taken.arena.capacity());
      return model::Push::Taken;
    }
    bool full = false;
    std::size_t largest_arena = 0;
    Lines lines;
    std::vector<model::ReceiptId> receipts;
  };
  class NoOutput final : public Logger::Output {
   public:
    void write(LogLevel /*level*/, const std::string& /*line*/) override {}
  };

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
