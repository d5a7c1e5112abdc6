#pragma once
// Where the entries of a job come from, as the pipeline sees it: files, a listener, a journal.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/result.h"
#include "agent/config/node.h"
#include "agent/config/report.h"
#include "agent/logs/tail/positions.h"
#include "agent/loop/event_loop.h"
#include "agent/loop/fs_watch.h"
#include "agent/model/label_table.h"
#include "agent/model/log_batch.h"
#include "agent/model/receipt_book.h"
#include "agent/model/relabel_rule.h"
#include "agent/model/scrape_job.h"
#include "agent/model/sink.h"
#include "agent/model/status.h"
#include "agent/selfmon/ledger.h"
#include "agent/selfmon/metrics.h"

namespace agent::logs {

/// Brings entries to a sink. Made, used and destroyed on the loop of the logs. A source that can
/// read again opens receipts and moves its position when they close; the others push receipt 0.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  /// Begins to listen or read; called once. Errors: Config (an address in use, a library that is
  /// missing).
  virtual Status start() = 0;
  /// Where targets are discovered: all of them, as they are now.
  virtual void set_groups(const std::vector<model::TargetGroup>& /*groups*/) {}
  /// Takes in nothing new from now on; called before the stages are flushed. Positions stay.
  virtual void stop() = 0;
  /// False while the source has not begun to deliver what it is there for.
  virtual bool ready() const = 0;
  /// True while a batch waits for the sink: its label pointers are in use.
  virtual bool stalled() const = 0;
  /// Offers a batch that waits for the sink once more, now. True when the sink took it. A source
  /// that reads again has no need to.
  virtual bool offer_again() { return false; }
  /// Adds its files or its receiver to what the pages show.
  virtual void add_status(model::PipelineStatus& out) const = 0;
};

/// What a source needs from around it; all outlive it.
struct SourceEnvironment {
  std::string job;
  loop::EventLoop& loop;
  loop::FsWatch* watch = nullptr;  ///< null: polling alone
  const Clock& clock;
  Logger& log;
  selfmon::Scope scope;
  selfmon::Ledger& ledger;
  model::LabelTable& labels;
  model::ReceiptBook& receipts;
  Positions& positions;
  /// Told once, from inside a callback of the loop, when the source has come to its end and handed
  /// over everything. May be empty.
  std::function<void()> ended{};
};

/// Makes a source out of the configuration it was read from; may be called any number of times, on
/// any thread but one at a time. Entries go to the sink, which outlives the source. Errors: Config.
using SourceMaker = std::function<Result<std::unique_ptr<Source>>(
    const SourceEnvironment&, model::Sink<model::LogBatch>& next)>;

/// What of a job its source is read from.
struct SourceSite {
  config::Report& report;
  std::string path;  ///< of the source's key: "scrape_configs[0].syslog"
  const std::vector<model::RelabelRule>& relabel_rules;
  std::uint64_t max_line_size_bytes = 0;  ///< limits_config; 0: none
  /// Gets the Docker Engines whose containers the source has to be told of; null: nobody will.
  std::vector<model::DockerDiscovery>* docker = nullptr;
};

}  // namespace agent::logs
