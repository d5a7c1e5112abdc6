#include "agent/codec/label_text.h"

#include <algorithm>
#include <string>

#include "agent/codec/go_text.h"

namespace agent::codec {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_part(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

class LabelTextParser {
 public:
  explicit LabelTextParser(std::string_view text) : text_(text) {}

  Result<model::LabelSet> parse() {
    if (!take('{')) return fail("{ is asked here");
    while (!take('}')) {
      if (labels_ > 0 && !take(',')) return fail("a comma or } is asked here");
      if (labels_ > 0 && take('}')) break;
      if (const Status read = label(); !read) return read.error();
    }
    blanks();
    if (at_ < text_.size()) return fail("nothing may follow the }");
    return std::move(out_);
  }

 private:
  Error fail(const std::string& what) const {
    return {ErrorKind::Input, "labels, column " + std::to_string(at_ + 1) + ": " + what};
  }
  void blanks() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  bool take(char c) {
    blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Status label() {
    blanks();
    const std::size_t start = at_;
    while (at_ < text_.size() && is_name_part(text_[at_]))
      ++at_;
    const std::string_view name = text_.substr(start, at_ - start);
    if (!is_label_name(name)) {
      at_ = start;
      return fail("a label name is asked here");
    }
    if (++labels_ > kMostStreamLabels) return fail("too many labels");
    if (!take('=')) return fail("= is asked here");
    blanks();
    std::string value;
    if (const Status read = read_go_text(text_, at_, value); !read)
      return fail(read.error().message);
    if (out_.has(name)) return fail("the label " + std::string(name) + " is given twice");
    out_.set(name, value);
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t labels_ = 0;
  model::LabelSet out_;
};

}  // namespace

bool is_label_name(std::string_view name) {
  return !name.empty() && is_letter(name[0]) && std::all_of(name.begin(), name.end(), is_name_part);
}

Result<model::LabelSet> parse_label_text(std::string_view text) {
  return LabelTextParser(text).parse();
}

}  // namespace agent::codec
