// multiline: joins the lines of a stack trace and the like into one entry.
#include <algorithm>
#include <list>
#include <unordered_map>

#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"
#include "agent/logs/stages/pattern.h"
#include "agent/logs/stages/record_joiner.h"

namespace agent::logs {
namespace {

struct MultilineOptions {
  std::unique_ptr<Pattern> first_line;
  Duration max_wait{};
  std::size_t max_lines = 128;  // 0: no limit
  bool trims_newlines = false;  // as Alloy does
};

class MultilineStage final : public Stage {
 public:
  MultilineStage(MultilineOptions options, StageContext& context)
      : options_(std::move(options)), joiner_(context.receipts, context.ledger.merged()) {}

  void apply(EntryBatch& batch, Timestamp now) override {
    out_.clear();
    for (Entry* entry : batch.entries())
      apply_one(*entry, batch, now);
    batch.entries().swap(out_);
  }

  void release(EntryBatch& out, Timestamp now, Release which) override {
    for (Block& block : blocks_)
      if (block.lines > 0 && (which == Release::All || block.last_line + options_.max_wait <= now))
        put_out(block, out, out.entries(), 0);
    forget_empty(which == Release::All ? 0 : kMaxEmptyBlocks);
  }

  std::size_t held_records() const override {
    return static_cast<std::size_t>(std::count_if(
        blocks_.begin(), blocks_.end(), [](const Block& block) { return block.lines > 0; }));
  }

  std::optional<Timestamp> next_deadline() const override {
    std::optional<Timestamp> out;
    for (const Block& block : blocks_)
      if (block.lines > 0 && (!out || block.last_line + options_.max_wait < *out))
        out = block.last_line + options_.max_wait;
    return out;
  }

 private:
  // Label sets whose last first line is remembered though nothing is held for them.
  static constexpr std::size_t kMaxEmptyBlocks = 10'000;
  // Room that an empty block keeps for its next lines.
  static constexpr std::size_t kMaxKeptBytes = std::size_t{16} * 1024;

  // One block of one label set. Once it went out it is empty, but goes on under its first line.
  struct Block {
    explicit Block(const Entry& entry) : first(entry) {}
    HeldEntry first;
    std::string text;
    std::size_t lines = 0;
    Timestamp last_line{};
  };
  using Blocks = std::unordered_map<const model::Labels*, std::list<Block>::iterator>;

  std::string_view text_of_line(std::string_view line) const {
    if (!options_.trims_newlines) return line;
    const std::size_t last = line.find_last_not_of("\r\n");
    return line.substr(0, last == std::string_view::npos ? 0 : last + 1);
  }

  void apply_one(Entry& entry, EntryBatch& batch, Timestamp now) {
    const auto at = by_labels_.find(entry.labels);
    const bool starts = options_.first_line->matches(entry.line);
    if (!starts && at == by_labels_.end()) {
      out_.push_back(&entry);
      return;
    }
    Block& block = starts ? start(at, entry, batch) : *at->second;
    append(block, entry, now);
    if (options_.max_lines > 0 && block.lines >= options_.max_lines)
      put_out(block, batch, out_, entry.order);
  }

  // An empty block under `entry`. That of the same labels goes out and is used again: nothing is
  // allocated for a block in the steady state.
  Block& start(Blocks::iterator at, const Entry& entry, EntryBatch& batch) {
    if (at == by_labels_.end()) {
      blocks_.emplace_back(entry);
      by_labels_.emplace(entry.labels, std::prev(blocks_.end()));
      return blocks_.back();
    }
    Block& block = *at->second;
    if (block.lines > 0) put_out(block, batch, out_, entry.order);
    blocks_.splice(blocks_.end(), blocks_, at->second);
    block.first.assign(entry);
    return block;
  }

  void append(Block& block, const Entry& entry, Timestamp now) {
    if (block.lines > 0) {
      block.text += '\n';
      joiner_.join(block.first.receipt(), entry.receipt);
    }
    block.first.set_receipt(entry.receipt);
    block.text += text_of_line(entry.line);
    ++block.lines;
    block.last_line = now;
  }

  // Drops the oldest empty blocks beyond `most`.
  void forget_empty(std::size_t most) {
    std::size_t empty = blocks_.size() - held_records();
    std::erase_if(blocks_, [&](const Block& block) {
      if (block.lines > 0 || empty <= most) return false;
      --empty;
      by_labels_.erase(block.first.labels());
      return true;
    });
  }

  void put_out(Block& block, EntryBatch& batch, std::vector<Entry*>& out, std::uint64_t order) {
    Entry& entry = batch.make_entry();
    block.first.restore(entry, block.text, batch.arena());
    entry.order = order;
    out.push_back(&entry);
    block.text.clear();
    if (block.text.capacity() > kMaxKeptBytes) block.text.shrink_to_fit();
    block.lines = 0;
  }

  MultilineOptions options_;
  RecordJoiner joiner_;
  std::list<Block> blocks_;  // in the order of their first lines
  // Blocks pin their labels, so the addresses stay.
  Blocks by_labels_;
  std::vector<Entry*> out_;  // scratch
};

}  // namespace

Result<StagePtr> make_multiline_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  MultilineOptions out;
  const auto first_line = read_text(in, "firstline", Typing::Weak).value_or(std::string());
  if (first_line.empty()) in.error("firstline", "this key is required, and not empty");
  auto pattern = Pattern::compile(first_line);
  if (!pattern) in.error("firstline", pattern.error().message);
  out.max_wait = in.duration("max_wait_time", std::chrono::seconds(3), config::DurationForm::Go);
  out.max_lines =
      static_cast<std::size_t>(read_integer(in, "max_lines", 128, 0, INT64_MAX, Typing::Weak));
  out.trims_newlines = read_flag(in, "trim_newlines", false, Typing::Weak);
  if (const Status read = in.finish(); !read) return read.error();
  out.first_line = std::move(*pattern);
  return StagePtr(std::make_unique<MultilineStage>(std::move(out), site.context));
}

}  // namespace agent::logs
