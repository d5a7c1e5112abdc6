// Reads the subset of RE2's syntax that ScanPattern understands.
#include <algorithm>
#include <limits>

#include "agent/logs/stages/scan_pattern.h"

namespace agent::logs {

/// One expression under reading; every function is false where it is left to RE2.
class ScanPatternParser {
 public:
  explicit ScanPatternParser(std::string_view expression) : rest_(expression) {}

  bool read() {
    out_.steps_.reserve(16);
    if (take("(?s)")) dot_takes_newline_ = true;
    if (take("^")) out_.at_begin_ = true;
    if (!read_sequence(0) || !rest_.empty()) return false;
    const auto is_step = [](const Step& step) {
      return step.kind == Step::Kind::Literal || step.kind == Step::Kind::Run;
    };
    const auto first = std::find_if(out_.steps_.begin(), out_.steps_.end(), is_step);
    out_.first_ = static_cast<std::size_t>(first - out_.steps_.begin());
    return out_.is_deterministic();
  }
  ScanPattern take_result() { return std::move(out_); }

 private:
  using Step = ScanPattern::Step;
  using ByteSet = ScanPattern::ByteSet;
  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
  static constexpr int kDeepest = 32;

  // One character or class.
  struct Atom {
    ByteSet set{};
    bool is_byte = false;
    char byte = 0;
  };

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  char next() const { return rest_.empty() ? '\0' : rest_[0]; }
  static bool is_quantifier(char c) { return c == '*' || c == '+' || c == '?' || c == '{'; }

  bool read_sequence(int depth) {
    while (!rest_.empty() && next() != ')') {
      if (next() == '(') {
        if (depth >= kDeepest || !read_group(depth + 1)) return false;
      } else if (rest_ == "$" && depth == 0) {
        rest_ = {};
        out_.at_end_ = true;
      } else if (!read_item()) {
        return false;
      }
    }
    return true;
  }

  bool read_group(int depth) {
    rest_.remove_prefix(1);
    std::size_t group = 0;
    if (!take("?:")) {
      group = ++out_.group_count_;
      if (take("?P<")) {
        const std::size_t end = rest_.find('>');
        if (end == std::string_view::npos) return false;
        rest_.remove_prefix(end + 1);
      } else if (next() == '?') {
        return false;  // flags
      }
    }
    if (group > 0) add_group(Step::Kind::GroupBegin, group);
    if (!read_sequence(depth) || !take(")") || is_quantifier(next())) return false;
    if (group > 0) add_group(Step::Kind::GroupEnd, group);
    return true;
  }

  void add_group(Step::Kind kind, std::size_t group) {
    Step step;
    step.kind = kind;
    step.group = group;
    out_.steps_.push_back(std::move(step));
  }

  bool read_item() {
    Atom atom;
    if (!read_atom(atom)) return false;
    if (!is_quantifier(next())) {
      add(atom, 1, 1);
      return atom.is_byte || !holds_more_than_ascii(atom.set);
    }
    std::size_t least = 0;
    std::size_t most = kNoLimit;
    if (!read_quantifier(least, most)) return false;
    const bool is_lazy = take("?");
    if (is_quantifier(next())) return false;
    add(atom, least, most, is_lazy);
    if (atom.is_byte) return static_cast<unsigned char>(atom.byte) < 0x80;
    return !holds_more_than_ascii(atom.set) || (least <= 1 && most == kNoLimit);
  }

  bool read_quantifier(std::size_t& least, std::size_t& most) {
    if (take("*")) return true;
    if (take("+")) {
      least = 1;
      return true;
    }
    if (take("?")) {
      most = 1;
      return true;
    }
    rest_.remove_prefix(1);  // {
    if (!read_count(least)) return false;
    most = least;
    if (take(",")) {
      most = kNoLimit;
      if (next() != '}' && !read_count(most)) return false;
    }
    return take("}") && least <= most;
  }

  bool read_count(std::size_t& out) {
    std::size_t digits = 0;
    out = 0;
    for (; digits < 4 && next() >= '0' && next() <= '9'; ++digits, rest_.remove_prefix(1))
      out = out * 10 + static_cast<std::size_t>(next() - '0');
    return digits > 0;
  }

  void add(const Atom& atom, std::size_t least, std::size_t most, bool is_lazy = false) {
    if (most == 0) return;
    auto& steps = out_.steps_;
    if (atom.is_byte && least == 1 && most == 1) {
      if (steps.empty() || steps.back().kind != Step::Kind::Literal) steps.emplace_back();
      steps.back().literal += atom.byte;
      return;
    }
    Step step;
    step.kind = Step::Kind::Run;
    step.set = atom.set;
    step.least = least;
    step.most = most;
    step.is_lazy = is_lazy;
    if (std::count(atom.set.begin(), atom.set.end(), false) == 1)
      step.excluded =
          static_cast<int>(std::find(atom.set.begin(), atom.set.end(), false) - atom.set.begin());
    steps.push_back(std::move(step));
  }

  bool read_atom(Atom& out) {
    const char c = next();
    rest_.remove_prefix(1);
    switch (c) {
      case '[':
        return read_class(out.set);
      case '.':
        out.set.fill(true);
        out.set['\n'] = dot_takes_newline_;
        return true;
      case '\\':
        return read_escape(out);
      case '^':
      case '$':
      case '|':
      case '*':
      case '+':
      case '?':
        return false;
      default:
        set_byte(out, c);
        return true;
    }
  }

  static void set_byte(Atom& out, char byte) {
    out.is_byte = true;
    out.byte = byte;
    out.set[static_cast<unsigned char>(byte)] = true;
  }

  bool read_escape(Atom& out) {
    if (rest_.empty()) return false;
    const char c = next();
    rest_.remove_prefix(1);
    if (add_named_class(c, out.set)) return true;
    char byte = 0;
    if (!byte_of_escape(c, byte)) return false;
    set_byte(out, byte);
    return true;
  }

  // The character that `\c` stands for.
  static bool byte_of_escape(char c, char& out) {
    constexpr std::string_view kNames = "nrtfva";
    constexpr std::string_view kBytes = "\n\r\t\f\v\a";
    if (const auto at = kNames.find(c); at != std::string_view::npos) {
      out = kBytes[at];
      return true;
    }
    out = c;
    const bool is_word =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    return !is_word && static_cast<unsigned char>(c) < 0x80;
  }

  // \d \s \w and their opposites.
  static bool add_named_class(char c, ByteSet& set) {
    const bool is_negated = c == 'D' || c == 'S' || c == 'W';
    const char name = is_negated ? static_cast<char>(c - 'A' + 'a') : c;
    if (name != 'd' && name != 's' && name != 'w') return false;
    for (std::size_t byte = 0; byte < set.size(); ++byte) {
      const bool digit = byte >= '0' && byte <= '9';
      const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
      const bool blank =
          byte == ' ' || byte == '\t' || byte == '\n' || byte == '\f' || byte == '\r';
      const bool inside = name == 'd'   ? digit
                          : name == 's' ? blank
                                        : digit || letter || byte == '_';
      if (inside != is_negated) set[byte] = true;
    }
    return true;
  }

  bool read_class(ByteSet& set) {
    const bool is_negated = take("^");
    for (bool is_first = true; is_first || next() != ']'; is_first = false) {
      if (rest_.empty() || rest_.starts_with("[:") || !read_class_item(set)) return false;
    }
    rest_.remove_prefix(1);
    if (is_negated)
      for (bool& inside : set)
        inside = !inside;
    return true;
  }

  // A byte, a range or \d and the like; only ASCII is understood.
  bool read_class_item(ByteSet& set) {
    char first = 0;
    bool is_class = false;
    if (!read_class_byte(first, set, is_class)) return false;
    if (is_class) return next() != '-' || rest_.starts_with("-]");
    char last = first;
    if (next() == '-' && !rest_.starts_with("-]")) {
      rest_.remove_prefix(1);
      if (rest_.empty() || !read_class_byte(last, set, is_class) || is_class) return false;
    }
    if (last < first) return false;
    const auto end = static_cast<unsigned char>(last) + 1U;
    for (std::size_t byte = static_cast<unsigned char>(first); byte < end; ++byte)
      set[byte] = true;
    return true;
  }

  bool read_class_byte(char& out, ByteSet& set, bool& is_class) {
    const char c = next();
    if (static_cast<unsigned char>(c) >= 0x80) return false;
    rest_.remove_prefix(1);
    out = c;
    if (c != '\\') return true;
    if (rest_.empty()) return false;
    const char escaped = next();
    rest_.remove_prefix(1);
    is_class = add_named_class(escaped, set);
    return is_class || byte_of_escape(escaped, out);
  }

  static bool holds_more_than_ascii(const ByteSet& set) { return set[0x80]; }

  std::string_view rest_;
  ScanPattern out_;
  bool dot_takes_newline_ = false;
};

std::optional<ScanPattern> ScanPattern::compile(std::string_view expression) {
  ScanPatternParser parser(expression);
  if (!parser.read()) return std::nullopt;
  return parser.take_result();
}

}  // namespace agent::logs
