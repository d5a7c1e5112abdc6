#include "agent/codec/page_parser.h"

#include <algorithm>

#include "agent/base/strings.h"

namespace agent::codec {

Status PageParser::feed(std::string_view bytes) {
  while (status_ && !bytes.empty()) {
    if (carry_.empty()) {
      bytes.remove_prefix(parse_lines(bytes));
      if (status_) keep(bytes);
      break;
    }
    // Complete the line that is held; what follows it is parsed where it is.
    const std::size_t newline = bytes.find('\n');
    const std::size_t size = newline == std::string_view::npos ? bytes.size() : newline + 1;
    if (!keep(bytes.substr(0, size))) break;
    bytes.remove_prefix(size);
    if (newline != std::string_view::npos && parse_lines(carry_) == carry_.size()) carry_.clear();
  }
  return status_;
}

Status PageParser::finish() {
  if (status_ && !carry_.empty()) parse_one(carry_, false);
  carry_.clear();
  if (status_) {
    if (const char* missing = missing_at_end()) fail_at({}, 0, missing);
  }
  return status_;
}

// Parses the whole lines of `text`; returns how much of it they were.
std::size_t PageParser::parse_lines(std::string_view text) {
  std::size_t at = 0;
  while (status_) {
    const std::string_view rest = text.substr(at);
    const std::size_t end = find_line_end(rest);
    if (end == std::string_view::npos) break;
    if (parse_one(rest.substr(0, end), true)) at += end + 1;
  }
  return at;
}

std::size_t PageParser::find_line_end(std::string_view text) {
  if (!joining_) return text.find('\n');
  for (; searched_ < text.size(); ++searched_) {
    const char c = text[searched_];
    if (c == '\n' && !in_quotes_) return searched_;
    if (c == '"') in_quotes_ = !in_quotes_;
    if (c == '\\' && in_quotes_) {
      // The escaped character may not have arrived yet.
      if (searched_ + 1 == text.size()) return std::string_view::npos;
      ++searched_;
    }
  }
  return std::string_view::npos;
}

// True when the line is done with; false on an error, and when its end has to be found first.
bool PageParser::parse_one(std::string_view line, bool terminated) {
  Cursor in{line.data(), line.data() + line.size()};
  if (!parse_line(in, terminated)) {
    if (in.open && terminated && !joining_ && joins_open_lines()) {
      joining_ = true;
      in_quotes_ = false;
      searched_ = 0;
      return false;
    }
    return fail_at(line, static_cast<std::size_t>(in.at - line.data()), in.wrong);
  }
  line_ += joining_ ? static_cast<std::size_t>(std::count(line.begin(), line.end(), '\n')) + 1 : 1;
  joining_ = false;
  return true;
}

bool PageParser::keep(std::string_view rest) {
  if (carry_.size() + rest.size() > kMaxLineBytes)
    return fail_at({}, 0, "the line is longer than 8 MiB");
  carry_ += rest;
  return true;
}

bool PageParser::fail_at(std::string_view line, std::size_t offset, const char* message) {
  const std::string_view before = line.substr(0, offset);
  line_ += static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t newline = before.rfind('\n');
  column_ = newline == std::string_view::npos ? offset + 1 : offset - newline;
  status_ = Error{ErrorKind::Input, "line " + std::to_string(line_) + ", column " +
                                        std::to_string(column_) + ": " + message};
  return false;
}

bool PageParser::take_help(Cursor& in, std::string_view family, std::string_view text) {
  if (!is_valid_utf8(text)) return in.fail("the help text is not valid UTF-8");
  if (text.find('\\') == std::string_view::npos) {
    visitor_.on_help(family, text);
  } else {
    std::string plain;
    append_unescaped(plain, text);
    visitor_.on_help(family, plain);
  }
  return true;
}

bool PageParser::take_type(Cursor& in, std::string_view family, MetricType type) {
  if (!families_.set(family, type)) return in.fail("the page has too many families");
  visitor_.on_type(family, type);
  return true;
}

}  // namespace agent::codec
