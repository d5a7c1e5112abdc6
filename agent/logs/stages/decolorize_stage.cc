// decolorize: takes ANSI escape sequences out of the line.
#include <algorithm>
#include <vector>

#include "agent/logs/stages/decolorize.h"
#include "agent/logs/stages/makers.h"

namespace agent::logs {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_in(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_final(char c) {
  return is_digit(c) || (c >= 'A' && c <= 'P') || (c >= 'f' && c <= 'n') || is_in(c, "RZcqrty=><~");
}

// Length of ESC or U+009B at the start of `text`; 0 where there is none.
std::size_t introducer(std::string_view text) {
  if (text.starts_with('\x1b')) return 1;
  return text.starts_with("\xc2\x9b") ? 2 : 0;
}

// Letters, digits and ; up to a BEL.
std::size_t title(std::string_view text, std::size_t at) {
  while (at < text.size() && (is_letter(text[at]) || is_digit(text[at]) || text[at] == ';'))
    ++at;
  return at < text.size() && text[at] == '\x07' ? at + 1 : 0;
}

std::size_t digits(std::string_view text, std::size_t at, std::size_t most) {
  std::size_t count = 0;
  while (count < most && at + count < text.size() && is_digit(text[at + count]))
    ++count;
  return count;
}

// A list of numbers, which may be missing, and a final character. As a backtracking expression it
// takes as many digits as leave one character that can end it.
std::size_t command(std::string_view text, std::size_t start) {
  std::vector<std::size_t> ends{start};
  if (std::size_t count = digits(text, start, 4); count > 0) {
    for (std::size_t i = 1; i <= count; ++i)
      ends.push_back(start + i);
    std::size_t at = start + count;
    while (at < text.size() && text[at] == ';') {
      ends.push_back(++at);
      count = digits(text, at, 4);
      for (std::size_t i = 0; i < count; ++i)
        ends.push_back(++at);
    }
  }
  const auto longest = std::find_if(ends.rbegin(), ends.rend(), [text](std::size_t end) {
    return end < text.size() && is_final(text[end]);
  });
  return longest == ends.rend() ? 0 : *longest + 1;
}

class DecolorizeStage final : public Stage {
 public:
  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    for (Entry* entry : batch.entries()) {
      if (entry->line.find_first_of("\x1b\x9b") == std::string_view::npos) continue;
      entry->line = batch.arena().copy(without_escapes(entry->line));
    }
  }
};

}  // namespace

std::string without_escapes(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = introducer(text.substr(at));
    std::size_t end = 0;
    if (length > 0) {
      std::size_t behind = at + length;
      while (behind < text.size() && is_in(text[behind], "[]()#;?"))
        ++behind;
      end = title(text, behind);
      if (end == 0) end = command(text, behind);
    }
    if (end == 0) {
      out += text[at++];
    } else {
      at = end;
    }
  }
  return out;
}

Result<StagePtr> make_decolorize_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  if (const Status read = in.finish(); !read) return read.error();
  return StagePtr(std::make_unique<DecolorizeStage>());
}

}  // namespace agent::logs
