#include "agent/codec/series_text.h"

#include <algorithm>

#include "agent/base/strings.h"

namespace agent::codec {

void append_unescaped(std::string& out, std::string_view text) {
  while (true) {
    const std::size_t backslash = text.find('\\');
    out += text.substr(0, backslash);
    if (backslash == std::string_view::npos) return;
    text.remove_prefix(backslash + 1);
    const char next = text.empty() ? '\0' : text[0];
    if (next == 'n') {
      out += '\n';
    } else if (next == '"' || next == '\\') {
      out += next;
    } else {
      out += '\\';
      continue;  // the next character is read as any other
    }
    text.remove_prefix(1);
  }
}

std::string unescaped(const Word& word) {
  if (!word.escaped) return std::string(word.text);
  std::string out;
  append_unescaped(out, word.text);
  return out;
}

const char* SeriesBuilder::finish() {
  std::sort(out_.begin(), out_.end(),
            [](const ScrapedLabel& a, const ScrapedLabel& b) { return a.name < b.name; });
  for (std::size_t i = 0; i < out_.size(); ++i) {
    if (out_[i].name.empty()) return "a label name is empty";
    if (i > 0 && out_[i].name == out_[i - 1].name) return "a label name stands twice";
    if (!is_valid_utf8(out_[i].name) || !is_valid_utf8(out_[i].value))
      return "a label is not valid UTF-8";
  }
  return nullptr;
}

}  // namespace agent::codec
