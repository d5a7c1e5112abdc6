#pragma once
// The whole logs pipeline on the calling thread, from a file in the page cache to a receiver on
// another thread that throws away what it gets.
#include <cstdint>
#include <memory>
#include <string>

#include "agent/app/loop_thread.h"
#include "agent/base/log.h"
#include "agent/pipeline/agent_config.h"

#include "tests/support/temp_dir.h"
#include "tests/support/test_http_server.h"

namespace agent::bench {

class LogRig {
 public:
  /// `content` is the file that is read; `stages` the YAML list of pipeline_stages.
  LogRig(const std::string& content, const std::string& stages);
  ~LogRig();
  LogRig(const LogRig&) = delete;
  LogRig& operator=(const LogRig&) = delete;

  struct Run {
    std::uint64_t in = 0;
    std::uint64_t delivered = 0;
    std::uint64_t dropped = 0;
    std::uint64_t merged = 0;  // into the entries of others
  };
  /// Reads the file from its start until every line of it is delivered, dropped or merged, by a
  /// pipeline that is made for this run.
  Run run(std::uint64_t lines);
  /// Bytes of the requests that arrived so far.
  std::uint64_t received_bytes() const { return received_->load(); }

 private:
  testing::TempDir folder_;
  std::string stages_;
  app::LoopThread thread_{"receiver"};
  std::unique_ptr<testing::TestHttpServer> server_;  // lives on thread_
  std::string url_;
  std::unique_ptr<std::atomic<std::uint64_t>> received_;
  std::shared_ptr<const pipeline::AgentConfig> config_;
};

}  // namespace agent::bench
