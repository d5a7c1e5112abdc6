#pragma once
// All files of one job: finds them, follows them through rotation, reads them in turns.
//
// DESIGN. Files that a name of the glob leads to are followed; a file that lost its name (renamed
// out of the glob, deleted, replaced under its link) is drained: read to its end until no writer
// wrote for a while, its last unterminated text taken as a line, then closed, and forgotten once
// all of it is delivered. A file that got another name within the glob is recognised by its inode
// and goes on under that name. Two names that lead to one file at the same time are two files. A
// file waits until the older ones of its name are read: the order of a stream is kept.
//
// Turns: each file that has news is read at most once a turn, a slice at a time, until the turn's
// time is over; the rest follows in the next turn of the loop. There is one batch. When the sink
// is Full the batch waits and nothing more is read: the files are the buffer.
//
// What wakes it: changes in the directories (inotify), the poll of each file (its interval doubles
// from min to max while nothing comes; far apart where inotify watches), the globs every
// sync_period.
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/base/log.h"
#include "agent/logs/source.h"
#include "agent/logs/tail/compressed_reader.h"
#include "agent/logs/tail/followed_file.h"
#include "agent/logs/tail/lost_bytes.h"
#include "agent/logs/tail/rotation.h"
#include "agent/logs/tail/tailer.h"
#include "agent/logs/tail/targets.h"
#include "agent/logs/tail/text_encoding.h"

namespace agent::logs {

class FileSource final : public Source {
 public:
  struct Config {
    relabel::RuleSet relabel;
    std::string host;  ///< this_host()
    Duration sync_period = std::chrono::seconds(10);
    Duration min_poll = std::chrono::milliseconds(250);
    Duration max_poll = std::chrono::milliseconds(250);
    /// How long a file without a name must be quiet before its end counts as its end.
    Duration drain_quiet = std::chrono::seconds(5);
    std::size_t line_limit_bytes = 1 << 20;
    std::string encoding;  ///< a known name; "": lines go on as they are
    std::optional<DecompressionConfig> decompression;  ///< nullopt: files as they are
  };
  /// Entries go to `next`, which outlives the source. There is one source of a job at a time: a new
  /// one is made after the old one is gone, and goes on where that one's delivery ended.
  FileSource(Config config, SourceEnvironment environment, model::Sink<model::LogBatch>& next);
  /// What was read and not taken by the sink is read again by the next process.
  ~FileSource() override;

  /// Replaces the targets (static ones, and what discovery found). Files that no target leads to
  /// any more are drained.
  void set_groups(const std::vector<model::TargetGroup>& groups) override;
  /// From now on the loop drives sync() and turn(). Errors: Config (nothing here decodes the
  /// encoding); no file is read then.
  Status start() override;
  /// Ends reading; positions stay as they are committed.
  void stop() override;

  /// Evaluates the globs and looks at every file. start() arranges for it every sync_period.
  void sync();
  /// Reads what has news, at most one slice a file and about 5 ms. True where more waits and the
  /// sink is not Full. start() arranges for it.
  bool turn();

  void add_status(model::PipelineStatus& out) const override;
  bool stalled() const override { return pending_ != nullptr; }
  /// False until the globs were evaluated once.
  bool ready() const override { return synced_; }

 private:
  using File = FollowedFile;
  using Files = std::vector<std::unique_ptr<File>>;
  struct Found {
    std::string path;
    const FileTarget* target = nullptr;
    FileFacts facts;
  };

  // file_source_sync.cc: which files there are
  /// Content that a file no longer has: whoever cut it may have left a copy.
  struct Former {
    PositionRecord record;  // where reading was
    model::LabelSet labels;
    Positions::Id reader = 0;       // who read it; 0: another process
    std::shared_ptr<bool> settled;  // a copy was found, or the rest is lost
  };
  /// A name that led to another file before.
  struct Rotated {
    PositionRecord record;  // of that file, with the name
    model::LabelSet labels;
    std::int64_t since_ns = 0;  // files that were made later may have had it in between
  };

  std::vector<Found> find_files();
  void watch_directories(const std::vector<std::string>& directories);
  void reconcile(const std::vector<Found>& found);
  bool is_still_there(const File& file) const;
  bool adopt(const Found& found, Files& nameless);
  bool relabel(const Found& found, Files& nameless);
  void open_all(std::vector<const Found*> fresh);
  void open(const Found& found);
  void on_open_error(const Found& found, int error);
  void add(std::unique_ptr<File> file, Files& to);
  std::unique_ptr<File> make_file(const std::string& path, const model::LabelSet& labels,
                                  UniqueFd fd, PositionRecord start);
  std::unique_ptr<FileReader> make_reader(const std::string& path, model::PinnedLabels labels,
                                          UniqueFd fd, PositionRecord start, Positions::Id id);
  PositionRecord fresh_record(const std::string& path, const model::LabelSet& labels,
                              const FileFacts& facts) const;
  PositionUnit unit() const {
    return config_.decompression ? PositionUnit::Lines : PositionUnit::Bytes;
  }
  bool counts_as_we_do(const PositionRecord& saved);
  bool holds_content_of(int fd, const FileFacts& facts, const PositionRecord& saved) const;
  static void go_on_from(const PositionRecord& read, PositionRecord& start);
  std::optional<PositionRecord> saved_position(const Found& found, int fd, const FileFacts& facts);
  std::optional<PositionRecord> starting_point(const Found& found, int fd, const FileFacts& facts);
  model::PinnedLabels pinned_labels(const std::string& path, const model::LabelSet& labels);
  void index_paths();
  std::shared_ptr<PathMetrics> metrics_of(const std::string& path);

  // file_source_rotation.cc: files without a name, older generations, copies
  void drain(std::unique_ptr<File> file);
  void find_parked(File& file);
  void drain_found(const std::string& path, const model::LabelSet& labels, UniqueFd fd,
                   PositionRecord start, const FileFacts& facts);
  void forget(File& file);
  void finish_drained();
  void forget_done();
  bool at_its_end(File& file);
  void note_former(PositionRecord record, const model::LabelSet& labels, Positions::Id reader);
  void note_rotated(const PositionRecord& record, const model::LabelSet& labels,
                    std::int64_t seen_ns);
  void find_orphans();
  void read_orphan(Positions::Id id, const PositionRecord& orphan);
  void notice_replaced();
  void on_replaced(File& file);
  void settle_former();
  Likeness copy_of_known(const Found& found, int fd, const FileFacts& facts, PositionRecord& start);
  bool is_copy_of_former(const Found& found, int fd, const FileFacts& facts, PositionRecord& start);
  void read_missed_generations();
  void order_generations();
  bool is_followed(const FileIdentity& identity) const;
  bool is_known(const FileIdentity& identity) const;

  // file_source_handles.cc: descriptors
  UniqueFd open_handle(const std::string& path);
  bool park_some();
  void reopen(File& file, const std::string& path);
  void note_unlisted(std::map<std::string, int> unlisted);
  void watch_over(const std::vector<Found>& found);

  // file_source.cc: when they are read
  void on_change(const std::string& directory, std::string_view name);
  void look(File& file);
  void wake(File& file);
  void enqueue(File& file);
  bool has_news(File& file);
  bool must_wait(const File& file) const;
  void poll();
  void schedule_poll();
  void schedule_turn();
  void sync_soon();
  bool read_one(File& file);
  void on_read_error(File& file, const Error& error);
  bool push_batch();

  Config config_;
  SourceEnvironment env_;
  model::Sink<model::LogBatch>& next_;
  TailCounters counters_;
  std::unique_ptr<TextEncoding> encoding_;  // null: none, or the status says why
  Status encoding_status_;
  CompressedReader::PassLimit passes_;
  LostBytes lost_;
  selfmon::Counter& reopened_;
  selfmon::Counter& parked_;
  selfmon::Counter& scans_;
  selfmon::Counter& taken_;
  selfmon::Gauge& files_active_;
  selfmon::Gauge& targets_active_;
  std::map<std::string, std::weak_ptr<PathMetrics>> path_metrics_;
  std::vector<FileTarget> targets_;
  std::unordered_map<std::string, std::vector<const FileTarget*>> searched_;  // by folder
  std::vector<DroppedTarget> dropped_targets_;
  Files files_;     // a name leads to each
  Files draining_;  // nameless, oldest first
  std::vector<Former> former_;
  std::vector<Rotated> rotated_;  // seen by this sync
  // Not read: device, inode; of what is read by whom.
  std::map<std::pair<std::uint64_t, std::uint64_t>, Positions::Id> copies_;
  std::map<std::string, int> unlisted_;  // folders, with the error's number
  std::unordered_multimap<std::string, File*> by_path_;
  std::deque<File*> ready_;
  model::LogBatch batch_;
  File* pending_ = nullptr;  // whose batch the sink did not take yet
  std::map<std::string, loop::FsWatch::Watch> watches_;
  Duration sync_took_{};
  bool running_ = false;
  bool synced_ = false;
  bool turn_scheduled_ = false;
  bool sync_scheduled_ = false;
  loop::Timer sync_timer_;
  loop::Timer soon_timer_;
  loop::Timer poll_timer_;
  loop::Timer turn_timer_;
};

}  // namespace agent::logs
