#include "agent/logs/stages/pattern.h"

#include <algorithm>
#include <optional>

#include <re2/re2.h>

#include "agent/codec/json.h"
#include "agent/logs/stages/scan_pattern.h"

namespace agent::logs {
namespace {

// Past the escape at `at`: two characters, or all of \Q..\E outside of a class.
std::size_t past_escape(std::string_view from, std::size_t at, bool in_class) {
  if (in_class || from[at + 1] != 'Q') return at + 2;
  const std::size_t end = from.find("\\E", at + 2);
  return end == std::string_view::npos ? from.size() : end + 2;
}

// Past the beginning of the class at `at`: a bracket right behind [ or [^ is an ordinary character.
std::size_t past_class_begin(std::string_view from, std::size_t at) {
  ++at;
  if (at < from.size() && from[at] == '^') ++at;
  if (at < from.size() && from[at] == ']') ++at;
  return at;
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool begins_named_group(std::string_view rest) {
  return rest.starts_with("(?<") && rest.size() > 3 && rest[3] != '=' && rest[3] != '!';
}

// `(?<n>` as `(?P<n>`. Nothing is touched in classes, in \Q..\E or behind a backslash. Refuses \C.
Result<std::string> rewrite(std::string_view from) {
  std::string out;
  bool in_class = false;
  for (std::size_t at = 0, next = 0; at < from.size(); at = next) {
    next = at + 1;
    if (from[at] == '\\' && next < from.size()) {
      if (from[next] == 'C') return Error{ErrorKind::Config, "\\C is not allowed in an expression"};
      next = past_escape(from, at, in_class);
    } else if (in_class) {
      in_class = from[at] != ']';
    } else if (from[at] == '[') {
      in_class = true;
      next = past_class_begin(from, at);
    } else if (begins_named_group(from.substr(at))) {
      out += "(?P<";
      next = at + 3;
      continue;
    }
    out += from.substr(at, next - at);
  }
  return out;
}

// A byte of a UTF-8 character that is not its first.
bool is_inside_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

RE2::Options options(RE2::Options::Encoding encoding) {
  RE2::Options out;
  out.set_log_errors(false);
  out.set_encoding(encoding);
  out.set_max_mem(16 << 20);
  return out;
}

}  // namespace

struct Pattern::State {
  State(const std::string& expression, RE2::Anchor where)
      : re(expression, options(RE2::Options::EncodingUTF8)), anchor(where) {}
  RE2 re;
  RE2::Anchor anchor;
  std::unique_ptr<RE2> latin1;
  std::vector<re2::StringPiece> found;  // scratch: the whole match and all groups
  std::optional<ScanPattern> scan;      // the same expression, where it can be matched by scanning

  const RE2& choose(Program program) {
    if (program == Program::Utf8) return re;
    if (latin1 == nullptr)
      latin1 = std::make_unique<RE2>(re.pattern(), options(RE2::Options::EncodingLatin1));
    return latin1->ok() ? *latin1 : re;
  }
};

Pattern::Pattern() = default;
Pattern::~Pattern() = default;

Result<std::unique_ptr<Pattern>> Pattern::compile(std::string_view expression, Anchor anchor) {
  const auto rewritten = rewrite(expression);
  if (!rewritten) return rewritten.error();
  std::unique_ptr<Pattern> out(new Pattern());  // the constructor is private
  out->state_ = std::make_unique<State>(
      *rewritten, anchor == Anchor::Both ? RE2::ANCHOR_BOTH : RE2::UNANCHORED);
  const RE2& re = out->state_->re;
  if (!re.ok())
    return Error{ErrorKind::Config,
                 "\"" + std::string(expression) + "\" is no regular expression: " + re.error()};
  out->state_->scan =
      ScanPattern::compile(anchor == Anchor::Both ? "^" + *rewritten + "$" : *rewritten);
  out->names_.resize(static_cast<std::size_t>(re.NumberOfCapturingGroups()));
  out->state_->found.resize(out->names_.size() + 1);
  // CapturingGroupNames() has both groups of a name that is given twice.
  for (const auto& [index, name] : re.CapturingGroupNames()) {
    if (!std::all_of(name.begin(), name.end(), is_word))
      return Error{ErrorKind::Config, "\"" + std::string(expression) +
                                          "\" is no regular expression: the name of a group has "
                                          "ASCII letters, digits and _, not " +
                                          name};
    out->names_[static_cast<std::size_t>(index) - 1] = name;
  }
  return out;
}

bool Pattern::matches(std::string_view text) const {
  if (state_->scan) {
    const auto outcome = state_->scan->find(text, 0, {});
    if (outcome != ScanPattern::Outcome::GaveUp) return outcome == ScanPattern::Outcome::Match;
  }
  return state_->choose(program_for(text)).Match(text, 0, text.size(), state_->anchor, nullptr, 0);
}

Pattern::Program Pattern::program_for(std::string_view text) {
  return codec::is_valid_utf8_fast(text) ? Program::Utf8 : Program::Latin1;
}

bool Pattern::find(std::string_view text, std::span<std::string_view> groups,
                   std::size_t from) const {
  std::optional<Program> program;
  return find(text, groups, from, program);
}

bool Pattern::find(std::string_view text, std::span<std::string_view> groups, std::size_t from,
                   std::optional<Program>& program) const {
  const std::size_t wanted = std::min(groups.size(), names_.size() + 1);
  std::fill(groups.begin() + static_cast<std::ptrdiff_t>(wanted), groups.end(), std::string_view());
  if (state_->scan) {
    const auto outcome = state_->scan->find(text, from, groups.first(wanted));
    if (outcome != ScanPattern::Outcome::GaveUp) return outcome == ScanPattern::Outcome::Match;
  }
  std::vector<re2::StringPiece>& found = state_->found;
  if (!program) program = program_for(text);
  const RE2& re = state_->choose(*program);
  if (!re.Match(text, from, text.size(), state_->anchor, found.data(), static_cast<int>(wanted)))
    return false;
  for (std::size_t i = 0; i < wanted; ++i)
    groups[i] = found[i].data() != nullptr ? std::string_view(found[i].data(), found[i].size())
                                           : std::string_view();
  return true;
}

// The place behind the character that the next search would begin at.
std::size_t Matches::past_character() {
  if (!program_) program_ = Pattern::program_for(text_);
  std::size_t out = at_ + 1;
  while (program_ == Pattern::Program::Utf8 && out < text_.size() &&
         is_inside_character(text_[out]))
    ++out;
  return out;
}

bool Matches::next() {
  while (at_ <= text_.size() && pattern_.find(text_, groups_, at_, program_)) {
    const auto begin = static_cast<std::size_t>(groups_[0].data() - text_.data());
    const std::size_t end = begin + groups_[0].size();
    // One search goes on at the end of the last; behind an empty match at the next character.
    const bool counts = end != at_ || begin != last_end_;
    at_ = end == at_ ? past_character() : end;
    last_end_ = end;
    if (counts) return true;
  }
  return false;
}

}  // namespace agent::logs
