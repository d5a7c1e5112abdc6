#pragma once
// key=value texts as go-logfmt reads them. Spec: logs.md 5 (logfmt).
#include <string>
#include <string_view>

namespace agent::logs {

/// Reads one text pair by pair. The views are good until the next call.
class LogfmtScanner {
 public:
  explicit LogfmtScanner(std::string_view text) : text_(text) {}

  /// The next pair; false at the end and at a fault, after which there is nothing more.
  bool next();
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }
  /// True where value() is part of the text, false where escapes had to be taken out of it.
  bool value_is_in_text() const { return in_text_; }
  /// True when reading ended at a fault.
  bool failed() const { return failed_; }

 private:
  bool fail();
  bool quoted_value();
  bool unescape(std::string_view quoted);
  std::string_view text_;
  std::size_t at_ = 0;
  std::string_view key_;
  std::string_view value_;
  std::string unescaped_;
  bool in_text_ = true;
  bool failed_ = false;
};

}  // namespace agent::logs
