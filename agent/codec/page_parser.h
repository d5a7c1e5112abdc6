#pragma once
// What the two text formats share: cutting a page into lines as it arrives, and the place of an
// error. Private to this folder.
//
// DESIGN. A line that lies whole in the piece that was fed is parsed where it is; only the rest
// behind the last newline is copied (`carry_`), so a page of any size needs the memory of one line.
// A format may answer "open": the newline was inside quotes. Then the end of the line is looked for
// with the quotes counted, from where the search stopped before, and the line is parsed a second
// and last time: a page full of such newlines costs no more than twice its length.
#include <string>
#include <string_view>

#include "agent/codec/exposition.h"
#include "agent/codec/families.h"
#include "agent/codec/series_text.h"

namespace agent::codec {

class PageParser : public ExpositionParser {
 public:
  explicit PageParser(ExpositionVisitor& visitor) : visitor_(visitor) {}
  Status feed(std::string_view bytes) final;
  Status finish() final;
  std::size_t line() const final { return line_; }
  std::size_t column() const final { return column_; }

 protected:
  /// Parses the line in `in`, its newline removed. False: in.wrong and in.at are set. `terminated`:
  /// a newline stood behind it.
  virtual bool parse_line(Cursor& in, bool terminated) = 0;
  /// Called behind the last line; null, or what is missing.
  virtual const char* missing_at_end() const { return nullptr; }
  /// True where a newline inside quotes belongs to the text.
  virtual bool joins_open_lines() const = 0;

  ExpositionVisitor& visitor() { return visitor_; }
  Families& families() { return families_; }
  /// Checks and reports a family's help.
  bool take_help(Cursor& in, std::string_view family, std::string_view text);
  bool take_type(Cursor& in, std::string_view family, MetricType type);

 private:
  static constexpr std::size_t kMaxLineBytes = 8U << 20U;

  std::size_t parse_lines(std::string_view text);
  std::size_t find_line_end(std::string_view text);
  bool parse_one(std::string_view line, bool terminated);
  bool keep(std::string_view rest);
  bool fail_at(std::string_view line, std::size_t offset, const char* message);

  ExpositionVisitor& visitor_;
  Families families_;
  std::string carry_;
  Status status_;
  std::size_t line_ = 1;
  std::size_t column_ = 1;
  // The search for the end of an open line.
  bool joining_ = false;
  bool in_quotes_ = false;
  std::size_t searched_ = 0;  // bytes of the line that the search has seen
};

}  // namespace agent::codec
