#include "agent/logs/stages/pattern.h"

#include <array>

#include <re2/re2.h>

#include "agent/codec/json.h"

namespace agent::logs {
namespace {

constexpr std::size_t kMaxGroups = 64;  // with the whole match; more are found, but not reported

// `(?<n>` as `(?P<n>`. Nothing is touched in classes, in \Q..\E or behind a backslash. Refuses \C.
Result<std::string> rewrite(std::string_view from) {
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const char c = from[i];
    if (c == '\\' && i + 1 < from.size()) {
      const char next = from[i + 1];
      if (next == 'C') return Error{ErrorKind::Config, "\\C is not allowed in an expression"};
      if (next == 'Q' && !in_class) {
        const std::size_t end = from.find("\\E", i + 2);
        const std::size_t past = end == std::string_view::npos ? from.size() : end + 2;
        out += from.substr(i, past - i);
        i = past - 1;
        continue;
      }
      out += c;
      out += next;
      ++i;
      continue;
    }
    out += c;
    if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
      // A bracket right behind [ or [^ is an ordinary character.
      if (i + 1 < from.size() && from[i + 1] == '^') out += from[++i];
      if (i + 1 < from.size() && from[i + 1] == ']') out += from[++i];
    } else if (c == '(' && from.substr(i, 3) == "(?<" && i + 3 < from.size() &&
               from[i + 3] != '=' && from[i + 3] != '!') {
      out += "?P<";
      i += 2;
    }
  }
  return out;
}

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

  // The expression to use on `text`.
  const RE2& choose(std::string_view text) {
    if (codec::is_valid_utf8_fast(text)) return re;
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
  out->names_.resize(static_cast<std::size_t>(re.NumberOfCapturingGroups()));
  // CapturingGroupNames() has both groups of a name that is given twice.
  for (const auto& [index, name] : re.CapturingGroupNames())
    out->names_[static_cast<std::size_t>(index) - 1] = name;
  return out;
}

bool Pattern::matches(std::string_view text) const {
  return state_->choose(text).Match(text, 0, text.size(), state_->anchor, nullptr, 0);
}

bool Pattern::find(std::string_view text, std::span<std::string_view> groups,
                   std::size_t from) const {
  std::array<re2::StringPiece, kMaxGroups> found;
  const std::size_t wanted = std::min({groups.size(), found.size(), names_.size() + 1});
  const RE2& re = state_->choose(text);
  if (!re.Match(text, from, text.size(), state_->anchor, found.data(), static_cast<int>(wanted)))
    return false;
  for (std::size_t i = 0; i < groups.size(); ++i)
    groups[i] = i < wanted && found[i].data() != nullptr
                    ? std::string_view(found[i].data(), found[i].size())
                    : std::string_view();
  return true;
}

}  // namespace agent::logs
