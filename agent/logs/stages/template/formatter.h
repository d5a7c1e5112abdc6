#pragma once
#include <string>
#include <string_view>

#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/runtime.h"

namespace agent::logs::templates {

/// Go's fmt verbs over our values. formatter.cc reads the format, format_value.cc writes values.
class Formatter {
 public:
  Formatter(Runtime& run, std::string& out) : run_(run), out_(out) {}

  void format(std::string_view format, Arguments arguments);
  /// One value, with no flags.
  void write(const Value& value, char32_t verb) { write_argument(value, verb); }

 private:
  struct Flags {
    bool plus = false;
    bool minus = false;
    bool sharp = false;
    bool space = false;
    bool zero = false;
    bool has_width = false;
    bool has_precision = false;
    std::size_t width = 0;
    std::size_t precision = 0;
  };

  // ---- the format
  void take_directive(std::string_view& format, Arguments arguments);
  void take_flags(std::string_view& format);
  bool take_index(std::string_view& format, std::size_t count);
  void take_width(std::string_view& format, Arguments arguments);
  void take_precision(std::string_view& format, Arguments arguments);
  bool take_star(std::string_view& format, Arguments arguments, std::int64_t& number);
  static bool take_number(std::string_view& format, std::size_t& number);
  void write_extra(Arguments arguments);

  // ---- values
  void write_argument(const Value& value, char32_t verb);
  void write_value(const Value& value, char32_t verb, int depth);
  void write_boolean(const Value& value, char32_t verb);
  void write_integer(const Value& value, char32_t verb);
  void write_digits(std::int64_t number, unsigned base, char32_t verb);
  std::size_t least_digits(bool has_sign) const;
  void add_prefix(std::string& digits, unsigned base, char32_t verb) const;
  void write_unicode(std::int64_t number);
  void write_float(const Value& value, char32_t verb);
  void write_text(std::string_view text, const Value& value, char32_t verb);
  void write_hex(std::string_view text, bool upper);
  void write_list(const Value& value, char32_t verb, int depth);
  void write_dict(const Value& value, char32_t verb, int depth);
  void write_bad_verb(const Value& value, char32_t verb);
  std::string_view cut(std::string_view text) const;
  void pad(std::string_view text);
  void fill(std::size_t count);

  Runtime& run_;
  std::string& out_;
  Flags flags_;
  bool is_erring_ = false;
  std::size_t next_ = 0;  // argument
  bool is_reordered_ = false;
  bool is_good_index_ = true;
  bool is_after_index_ = false;
};

}  // namespace agent::logs::templates
