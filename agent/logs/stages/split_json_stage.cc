// split_json: a JSON array becomes one entry for each element.
#include "agent/codec/json.h"
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"

namespace agent::logs {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

// Past the string whose opening quote is at `at`.
std::size_t past_string(std::string_view json, std::size_t at) {
  for (++at; json[at] != '"'; ++at)
    if (json[at] == '\\') ++at;
  return at + 1;
}

// The texts of the elements of `json`, a well-formed array that is not empty.
void split_elements(std::string_view json, std::vector<std::string_view>& out) {
  int depth = 0;
  std::size_t start = 1;
  for (std::size_t at = 0; at < json.size();) {
    const char c = json[at];
    if (c == '"') {
      at = past_string(json, at);
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    const bool closes = c == ']' || c == '}';
    if (depth == 1 && (c == ',' || closes)) {
      out.push_back(without_blanks(json.substr(start, at - start)));
      start = at + 1;
    }
    if (closes) --depth;
    ++at;
  }
}

class SplitJsonStage final : public Stage {
 public:
  SplitJsonStage(std::optional<std::string> source, const StageSite& site)
      : source_(std::move(source)),
        receipts_(site.context.receipts),
        created_(site.context.ledger.created()),
        empty_(site, kStageDrop, "split_json_empty"),
        unparsed_(site.unparsed()) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    out_.clear();
    for (Entry* entry : batch.entries())
      apply_one(*entry, batch);
    batch.entries().swap(out_);
  }

 private:
  void apply_one(Entry& entry, EntryBatch& batch) {
    const auto text = input_of(entry, source_, batch.arena());
    if (!text || !split(*text)) {
      out_.push_back(&entry);
    } else if (elements_.empty()) {
      empty_.drop(entry);
    } else {
      put_out(entry, batch);
    }
  }

  // False: no array.
  bool split(std::string_view text) {
    elements_.clear();
    const std::string_view json = without_blanks(text);
    if (!json.starts_with('[')) return false;
    pool_.clear();
    const auto parsed = codec::parse_json(json, pool_);
    if (!parsed) {
      unparsed_.add();
      return false;
    }
    if (!parsed->items().empty()) split_elements(json, elements_);
    return true;
  }

  // The entry takes the first element, copies of it the others. They stand where it stood.
  void put_out(Entry& entry, EntryBatch& batch) {
    const auto more = static_cast<std::uint32_t>(elements_.size() - 1);
    created_.add(more);
    if (entry.receipt != 0) receipts_.add(entry.receipt, more);
    for (std::size_t i = 0; i < elements_.size(); ++i) {
      Entry& to = i == 0 ? entry : batch.make_copy(entry);
      to.line = elements_[i];
      out_.push_back(&to);
    }
  }

  std::optional<std::string> source_;
  model::ReceiptBook& receipts_;
  selfmon::Counter& created_;
  Dropper empty_;
  selfmon::Counter& unparsed_;
  codec::JsonPool pool_;                    // scratch
  std::vector<std::string_view> elements_;  // scratch
  std::vector<Entry*> out_;                 // scratch
};

}  // namespace

Result<StagePtr> make_split_json_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  auto source = read_source(in);
  if (const Status read = in.finish(); !read) return read.error();
  return StagePtr(std::make_unique<SplitJsonStage>(std::move(source), site));
}

}  // namespace agent::logs
