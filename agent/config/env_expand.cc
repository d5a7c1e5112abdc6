#include "agent/config/env_expand.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <vector>

#include "agent/base/strings.h"
#include "agent/config/report.h"

namespace agent::config {
namespace {

// DESIGN. One pass, no tree: an expansion is evaluated where it is read.
//   text    = (plain | "$$" | "\\" | "\/" | "${" body "}")*
//   body    = "#" name | name | name op args
//   op      = ":-" ":=" ":?" ":+" "=" | "," ",," "^" "^^" | ":" | "#" "##" "%" "%%"
//           | "/" "//" "/#" "/%"
// Arguments may hold further "${...}". Escapes count in plain text and in the arguments of a
// replacement, as in the peer.
constexpr int kDeepestNesting = 64;
constexpr std::size_t kLargestResult = 64ULL << 20U;

std::optional<std::int64_t> integer(std::string_view text) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  std::int64_t out = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
    return std::nullopt;
  return out;
}

// Matches one character class that starts at pattern[0] == '['; `length` is what it takes of the
// pattern, 0 when it is not closed.
bool class_matches(std::string_view pattern, char c, std::size_t& length) {
  std::size_t i = 1;
  const bool negated = i < pattern.size() && pattern[i] == '^';
  if (negated) ++i;
  bool found = false;
  const std::size_t first = i;
  while (i < pattern.size() && (pattern[i] != ']' || i == first)) {
    const char low = pattern[i];
    char high = low;
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      high = pattern[i + 2];
      i += 2;
    }
    found = found || (low <= c && c <= high);
    ++i;
  }
  length = i < pattern.size() ? i + 1 : 0;
  return found != negated;
}

// Whether the first item of `pattern` (not a star) takes `c`; `length` is the item's.
bool item_matches(std::string_view pattern, char c, std::size_t& length) {
  length = 1;
  if (pattern[0] == '?') return true;
  if (pattern[0] == '[') {
    const bool matches = class_matches(pattern, c, length);
    if (length > 0) return matches;
    length = 1;
  }
  if (pattern[0] == '\\' && pattern.size() > 1) {
    length = 2;
    return pattern[1] == c;
  }
  return pattern[0] == c;
}

// Shell wildcards over a whole text; a star crosses slashes.
bool wildcard_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    std::size_t length = 0;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && item_matches(pattern.substr(p), text[t], length)) {
      p += length;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

// ${VAR#pat} ## % %%: takes the shortest or longest matching part off one end.
std::string trimmed(const std::string& value, std::string_view op, std::string_view pattern) {
  const bool longest = op.size() == 2;
  const bool prefix = op[0] == '#';
  const std::size_t size = value.size();
  for (std::size_t i = 1; i <= size; ++i) {
    const std::size_t length = longest ? size + 1 - i : i;
    const std::string_view part =
        std::string_view(value).substr(prefix ? 0 : size - length, length);
    if (wildcard_matches(pattern, part))
      return prefix ? value.substr(length) : value.substr(0, size - length);
  }
  return value;
}

std::string replaced(std::string value, std::string_view op, const std::string& from,
                     const std::string& to) {
  const bool fits = from.size() <= value.size();
  if (op == "/#") return value.starts_with(from) ? to + value.substr(from.size()) : value;
  if (op == "/%")
    return fits && value.ends_with(from) ? value.substr(0, value.size() - from.size()) + to : value;
  if (from.empty()) return op == "/" ? to + value : value;
  std::size_t at = value.find(from);
  while (at != std::string::npos && value.size() <= kLargestResult) {
    value.replace(at, from.size(), to);
    at = op == "//" ? value.find(from, at + to.size()) : std::string::npos;
  }
  return value;
}

// ${VAR:pos} ${VAR:pos:len}; a first argument that is no number makes all of it a default.
std::string part_of(const std::string& value, const std::vector<std::string>& args) {
  const auto wanted = integer(args[0]);
  if (!wanted) return value.empty() ? join(args, ":") : value;
  const auto size = static_cast<std::int64_t>(value.size());
  const std::int64_t from = std::clamp<std::int64_t>(
      *wanted < 0 ? std::max<std::int64_t>(0, size + std::max(*wanted, -size)) : *wanted, 0, size);
  if (args.size() == 1) return value.substr(static_cast<std::size_t>(from));
  const auto length = integer(args[1]);
  if (!length) return value;
  const std::int64_t taken = std::clamp<std::int64_t>(*length, 0, size - from);
  return value.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(taken));
}

class Expander {
 public:
  Expander(std::string_view text, const std::string& file, const Environment& environment)
      : text_(text), file_(file), environment_(environment) {}

  Result<std::string> run() {
    std::string out;
    while (!failed_ && at_ < text_.size()) {
      if (starts("${")) {
        out += expansion();
      } else if (!escaped(out)) {
        out += text_[at_++];
      }
      if (out.size() > kLargestResult) fail(at_, "the expanded text is larger than 64 MiB");
    }
    if (failed_) return *failed_;
    return out;
  }

 private:
  bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  // "$$", "\\" and "\/" give their second character.
  bool escaped(std::string& out) {
    if (!starts("$$") && !starts("\\\\") && !starts("\\/")) return false;
    out += text_[at_ + 1];
    at_ += 2;
    return true;
  }

  std::string fail(std::size_t at, const std::string& why) {
    if (failed_) return {};
    const std::string_view before = text_.substr(0, at);
    const auto line = std::count(before.begin(), before.end(), '\n');
    const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    const Mark mark{file_, static_cast<int>(line + 1), static_cast<int>(at - line_start + 1)};
    failed_ = Error{ErrorKind::Config, to_string(mark) + ": " + why};
    return {};
  }

  // Letters of any script, digits and _.
  std::string name() {
    const std::size_t start = at_;
    const auto part_of_name = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || (static_cast<unsigned char>(c) & 0x80U) != 0;
    };
    while (at_ < text_.size() && part_of_name(text_[at_]))
      ++at_;
    if (at_ == start) return fail(at_, "${ wants the name of a variable");
    return std::string(text_.substr(start, at_ - start));
  }

  // The longest of `ops` that stands here, taken.
  std::string_view take_op(std::initializer_list<std::string_view> ops) {
    std::string_view best;
    for (const auto op : ops)
      if (op.size() > best.size() && starts(op)) best = op;
    at_ += best.size();
    return best;
  }

  // Text up to one of `ends` (not taken), expansions inside evaluated.
  std::string argument(std::string_view ends, bool with_escapes) {
    std::string out;
    while (!failed_ && at_ < text_.size() && ends.find(text_[at_]) == std::string_view::npos) {
      if (starts("${")) {
        out += expansion();
      } else if (!with_escapes || !escaped(out)) {
        out += text_[at_++];
      }
    }
    return out;
  }

  std::string expansion() {
    const std::size_t start = at_;
    if (++depth_ > kDeepestNesting) return fail(start, "${ is nested too deeply");
    at_ += 2;
    std::string out;
    if (peek() == '#') {
      ++at_;
      out = std::to_string(value_of(name()).size());
    } else {
      const std::string variable = name();
      out = applied(value_of(variable), start);
    }
    if (!failed_ && peek() != '}') fail(start, "this ${ is not closed as it should be");
    ++at_;
    --depth_;
    return out;
  }

  std::string value_of(const std::string& variable) const {
    return failed_ ? std::string() : environment_(variable).value_or(std::string());
  }

  std::string applied(std::string value, std::size_t start) {
    if (peek() == '}') return value;
    if (!take_op({":-", ":=", ":?", ":+", "="}).empty()) {
      std::string fallback = argument("}", false);
      return value.empty() ? fallback : value;
    }
    if (const auto op = take_op({",", ",,", "^", "^^"}); !op.empty()) return cased(value, op);
    if (const auto op = take_op({"#", "##", "%", "%%"}); !op.empty()) {
      const std::string pattern = argument("}", false);
      return pattern.empty() ? fail(start, "a pattern is missing in this ${")
                             : trimmed(value, op, pattern);
    }
    if (const auto op = take_op({"/", "//", "/#", "/%"}); !op.empty())
      return replacement(value, op, start);
    if (!take_op({":"}).empty()) return substring(value, start);
    if (peek() == '-' || peek() == '+' || peek() == '?')
      return fail(at_, "a default is written ${NAME:-text}");
    return fail(start, "this ${ is not closed as it should be");
  }

  static std::string cased(const std::string& value, std::string_view op) {
    const std::size_t count =
        op.size() == 2 ? value.size() : std::min<std::size_t>(1, value.size());
    const std::string_view head = std::string_view(value).substr(0, count);
    return (op[0] == ',' ? to_lower(head) : to_upper(head)) + value.substr(count);
  }

  std::string replacement(const std::string& value, std::string_view op, std::size_t start) {
    const std::string from = argument("/", true);
    if (from.empty() || peek() != '/') return fail(start, "this ${ wants NAME/what/with");
    ++at_;
    return replaced(value, op, from, argument("}", true));
  }

  std::string substring(const std::string& value, std::size_t start) {
    const std::size_t position = at_;
    std::vector<std::string> args{argument(":}", false)};
    if (at_ == position) return fail(start, "a position is missing in this ${");
    if (peek() == ':') {
      const std::size_t length = ++at_;
      args.push_back(argument("}", false));
      if (at_ == length) return fail(start, "a length is missing in this ${");
    }
    return part_of(value, args);
  }

  std::string_view text_;
  const std::string& file_;
  const Environment& environment_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::optional<Error> failed_;
};

}  // namespace

std::optional<std::string> process_environment(const std::string& name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this process changes its environment
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<std::string> expand_environment(std::string_view text, const std::string& file,
                                       const Environment& environment) {
  return Expander(text, file, environment).run();
}

}  // namespace agent::config
