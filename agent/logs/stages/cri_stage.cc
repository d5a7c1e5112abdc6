// cri: the line format of container runtimes, with partial lines joined.
#include <algorithm>
#include <array>
#include <list>
#include <optional>
#include <unordered_map>

#include "agent/logs/stages/go_time.h"
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"
#include "agent/logs/stages/record_joiner.h"
#include "agent/logs/stages/time_setter.h"

namespace agent::logs {
namespace {

struct CriOptions {
  std::size_t max_partial_lines = 100;
  // 0: no limit.
  std::size_t max_partial_line_bytes = 0;
};

// "TIME stdout|stderr FLAGS CONTENT", split by hand: an expression takes twenty times as long.
struct CriLine {
  std::string_view time;
  std::string_view stream;
  std::string_view flags;
  std::string_view content;
  std::optional<Timestamp> timestamp;  // where it was read on the way
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

// A word without blanks in front of a single space.
bool take_word(std::string_view& text, std::string_view& out) {
  std::size_t size = 0;
  while (size < text.size() && !is_blank(text[size]))
    ++size;
  if (size == 0 || size == text.size() || text[size] != ' ') return false;
  out = text.substr(0, size);
  text.remove_prefix(size + 1);
  return true;
}

bool split(std::string_view line, CriLine& out) {
  out.content = line;
  return take_word(out.content, out.time) && take_word(out.content, out.stream) &&
         (out.stream == "stdout" || out.stream == "stderr") && take_word(out.content, out.flags);
}

// Lines as all runtimes write them: a canonical time and one letter of flags.
bool split_usual(std::string_view line, Rfc3339Reader& times, CriLine& out) {
  constexpr std::size_t kBehindTime = 10;  // " stdout F "
  std::size_t length = 0;
  out.timestamp = times.take(line, length);
  if (!out.timestamp || line.size() < length + kBehindTime) return false;
  const std::string_view rest = line.substr(length, kBehindTime);
  const char flag = rest[8];
  if (rest[0] != ' ' || rest[7] != ' ' || rest[9] != ' ' || is_blank(flag)) return false;
  out.stream = rest.substr(1, 6);
  if (out.stream != "stdout" && out.stream != "stderr") return false;
  out.time = line.substr(0, length);
  out.flags = rest.substr(8, 1);
  out.content = line.substr(length + kBehindTime);
  return true;
}

class CriStage final : public Stage {
 public:
  CriStage(CriOptions options, StageContext& context, selfmon::Counter& unparsed)
      : options_(options),
        table_(context.labels),
        joiner_(context.receipts, context.ledger.merged()),
        unparsed_(unparsed) {}

  void apply(EntryBatch& batch, Timestamp now) override {
    std::vector<Entry*>& entries = batch.entries();
    out_.clear();
    streams_ = {};  // the label table may have been swept since the last batch
    for (Entry* entry : entries)
      apply_one(*entry, batch, now);
    entries.swap(out_);
  }

  void release(EntryBatch& out, Timestamp /*now*/, Release which) override {
    if (which == Release::All) release_all(out, out.entries(), 0);
  }

  std::size_t held_records() const override { return held_.size(); }

 private:
  // The parts of one line so far.
  struct Held {
    HeldEntry entry;  // of the last part
    std::string text;
  };

  void apply_one(Entry& entry, EntryBatch& batch, Timestamp now) {
    CriLine line;
    entry.extracted.seed(entry.labels);
    if (!split_usual(entry.line, times_, line)) {
      line.timestamp.reset();
      if (!split(entry.line, line)) {
        unparsed_.add();
        out_.push_back(&entry);
        return;
      }
      line.timestamp = format_.parse(line.time, now);
    }
    entry.extracted.set_all({{"time", Value::of(line.time)},
                             {"stream", Value::of(line.stream)},
                             {"flags", Value::of(line.flags)},
                             {"content", Value::of(line.content)}});
    entry.labels = with_stream(entry.labels, line.stream);
    setter_.set(entry, line.timestamp);
    entry.line = line.content;
    if (line.flags == "P") {
      hold(entry, batch);
    } else {
      if (!held_.empty()) complete(entry, batch.arena());
      out_.push_back(&entry);
    }
  }

  // The labels that the lines of a file get are two sets, remembered for a batch.
  const model::Labels* with_stream(const model::Labels* labels, std::string_view stream) {
    StreamLabels& known = streams_[stream == "stdout" ? 0 : 1];
    if (known.from != labels) known = {labels, table_.with(labels, "stream", stream)};
    return known.to;
  }

  void hold(Entry& entry, EntryBatch& batch) {
    if (held_.size() >= options_.max_partial_lines) release_all(batch, out_, entry.order);
    const auto at = find(entry.labels);
    if (at == held_.end()) {
      held_.push_back({HeldEntry(entry), std::string(entry.line)});
      by_labels_[entry.labels] = std::prev(held_.end());
      cut(held_.back().text);
      return;
    }
    joiner_.join(at->entry.receipt(), entry.receipt);
    at->entry.assign(entry);
    at->text += entry.line;
    cut(at->text);
  }

  // Puts what is held for the entry's labels in front of it.
  void complete(Entry& entry, model::Arena& arena) {
    const auto at = find(entry.labels);
    if (at == held_.end()) return;
    at->text += entry.line;
    cut(at->text);
    entry.line = arena.copy(at->text);
    joiner_.join(at->entry.receipt(), entry.receipt);
    by_labels_.erase(entry.labels);
    held_.erase(at);
  }

  void release_all(EntryBatch& batch, std::vector<Entry*>& out, std::uint64_t order) {
    for (const Held& held : held_) {
      Entry& entry = batch.make_entry();
      held.entry.restore(entry, held.text, batch.arena());
      entry.order = order;
      out.push_back(&entry);
    }
    held_.clear();
    by_labels_.clear();
  }

  void cut(std::string& text) const {
    if (options_.max_partial_line_bytes > 0 && text.size() > options_.max_partial_line_bytes)
      text.resize(options_.max_partial_line_bytes);
  }

  std::list<Held>::iterator find(const model::Labels* labels) {
    if (held_.empty()) return held_.end();
    const auto at = by_labels_.find(labels);
    return at == by_labels_.end() ? held_.end() : at->second;
  }

  CriOptions options_;
  model::LabelTable& table_;
  RecordJoiner joiner_;
  selfmon::Counter& unparsed_;
  Rfc3339Reader times_;
  TimeFormat format_{"RFC3339Nano", {}};
  TimeSetter setter_{TimeFailure::Fudge};
  struct StreamLabels {
    const model::Labels* from = nullptr;
    const model::Labels* to = nullptr;
  };
  std::array<StreamLabels, 2> streams_;  // of stdout and stderr
  std::list<Held> held_;                 // in the order in which the first parts came
  // Held entries pin their labels, so the addresses stay.
  std::unordered_map<const model::Labels*, std::list<Held>::iterator> by_labels_;
  std::vector<Entry*> out_;  // scratch
};

}  // namespace

Result<StagePtr> make_cri_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  CriOptions out;
  const auto lines = read_integer(in, "max_partial_lines", 0, INT64_MIN, INT64_MAX, Typing::Weak);
  // Below 0 whatever is held has to go, as in Promtail: the same as 1.
  if (lines != 0)
    out.max_partial_lines = static_cast<std::size_t>(std::max(lines, std::int64_t{1}));
  const std::uint64_t bytes = read_size(in, "max_partial_line_size", 0);
  if (read_flag(in, "max_partial_line_size_truncate", false, Typing::Weak))
    out.max_partial_line_bytes = static_cast<std::size_t>(bytes);
  if (const Status read = in.finish(); !read) return read.error();
  site.extracted.insert({"time", "stream", "flags", "content"});
  return StagePtr(std::make_unique<CriStage>(out, site.context, site.unparsed()));
}

}  // namespace agent::logs
