#include "agent/logs/stages/logfmt.h"

#include "agent/codec/json.h"

namespace agent::logs {
namespace {

bool is_blank(char c) { return static_cast<unsigned char>(c) <= ' '; }

}  // namespace

bool LogfmtScanner::fail() {
  failed_ = true;
  at_ = text_.size();
  return false;
}

bool LogfmtScanner::next() {
  while (at_ < text_.size() && is_blank(text_[at_]))
    ++at_;
  if (at_ >= text_.size()) return false;
  const std::size_t start = at_;
  while (at_ < text_.size() && text_[at_] != '=' && !is_blank(text_[at_]))
    if (text_[at_++] == '"') return fail();
  key_ = text_.substr(start, at_ - start);
  value_ = {};
  in_text_ = true;
  if (at_ >= text_.size() || text_[at_] != '=') return true;
  if (key_.empty()) return fail();
  ++at_;
  if (at_ < text_.size() && text_[at_] == '"') return quoted_value();
  const std::size_t first = at_;
  for (; at_ < text_.size() && !is_blank(text_[at_]); ++at_)
    if (text_[at_] == '"' || text_[at_] == '=') return fail();
  value_ = text_.substr(first, at_ - first);
  return true;
}

bool LogfmtScanner::quoted_value() {
  const std::size_t start = at_++;
  bool has_escapes = false;
  // A value ends with its line at the latest.
  while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n') {
    if (text_[at_] == '\\') {
      has_escapes = true;
      ++at_;
    }
    ++at_;
  }
  if (at_ >= text_.size() || text_[at_] == '\n') return fail();
  ++at_;
  if (has_escapes) return unescape(text_.substr(start, at_ - start));
  value_ = text_.substr(start + 1, at_ - start - 2);
  return true;
}

bool LogfmtScanner::unescape(std::string_view quoted) {
  codec::JsonPool pool;
  const auto parsed = codec::parse_json(quoted, pool);
  if (!parsed) return fail();
  unescaped_ = parsed->text();
  value_ = unescaped_;
  in_text_ = false;
  return true;
}

}  // namespace agent::logs
