#include "agent/logs/stages/template/formatter.h"

#include "agent/logs/stages/template/print.h"
#include "agent/logs/stages/template/utf8.h"

namespace agent::logs::templates {
namespace {

// Beyond it a width or precision counts as malformed, as in Go.
constexpr std::int64_t kMostWidth = 1'000'000;

}  // namespace

void Formatter::format(std::string_view format, Arguments arguments) {
  while (!format.empty() && !run_.failed()) {
    const std::size_t percent = std::min(format.find('%'), format.size());
    out_ += format.substr(0, percent);
    format.remove_prefix(percent);
    if (format.empty()) break;
    format.remove_prefix(1);
    take_directive(format, arguments);
    if (out_.size() > kMaxTextBytes) run_.fail(kTooLarge);
  }
  if (!is_reordered_ && next_ < arguments.size()) write_extra(arguments.subspan(next_));
}

// Flags, width, precision, verb.
void Formatter::take_directive(std::string_view& format, Arguments arguments) {
  flags_ = {};
  is_good_index_ = true;
  is_after_index_ = false;
  take_flags(format);
  take_index(format, arguments.size());
  take_width(format, arguments);
  take_precision(format, arguments);
  if (!is_after_index_) take_index(format, arguments.size());
  if (format.empty()) {
    out_ += "%!(NOVERB)";
    return;
  }
  const Rune verb = decode_rune(format);
  format.remove_prefix(verb.length);
  if (verb.code == '%') {
    out_ += '%';
  } else if (!is_good_index_ || next_ >= arguments.size()) {
    out_ += "%!";
    append_rune(out_, verb.code);
    out_ += is_good_index_ ? "(MISSING)" : "(BADINDEX)";
  } else {
    // %+v and %#v concern Go's structures.
    flags_.plus = flags_.plus && verb.code != 'v';
    flags_.sharp = flags_.sharp && verb.code != 'v';
    write_argument(arguments[next_++], verb.code);
  }
}

void Formatter::take_flags(std::string_view& format) {
  for (; !format.empty(); format.remove_prefix(1)) {
    switch (format[0]) {
      case '#':
        flags_.sharp = true;
        break;
      case '0':
        flags_.zero = true;
        break;
      case '+':
        flags_.plus = true;
        break;
      case '-':
        flags_.minus = true;
        break;
      case ' ':
        flags_.space = true;
        break;
      default:
        return;
    }
  }
}

bool Formatter::take_number(std::string_view& format, std::size_t& number) {
  std::size_t length = 0;
  number = 0;
  while (length < format.size() && format[length] >= '0' && format[length] <= '9') {
    number = std::min<std::size_t>(number * 10 + static_cast<std::size_t>(format[length] - '0'),
                                   kMostWidth + 1);
    ++length;
  }
  format.remove_prefix(length);
  return length > 0 && number <= kMostWidth;
}

// [n] chooses the next argument, counted from 1.
bool Formatter::take_index(std::string_view& format, std::size_t count) {
  if (!format.starts_with('[')) return false;
  is_reordered_ = true;
  is_after_index_ = true;
  const std::size_t end = format.find(']');
  std::string_view inside = format.substr(1, end == std::string_view::npos ? 0 : end - 1);
  format.remove_prefix(end == std::string_view::npos ? 1 : end + 1);
  std::size_t number = 0;
  is_good_index_ = take_number(inside, number) && inside.empty() && number >= 1 && number <= count;
  if (is_good_index_) next_ = number - 1;
  return true;
}

// A width or precision from the arguments; false where the argument is no small int.
bool Formatter::take_star(std::string_view& format, Arguments arguments, std::int64_t& number) {
  format.remove_prefix(1);
  is_after_index_ = false;
  if (next_ >= arguments.size()) return false;
  const Value& value = arguments[next_++];
  if (!value.is_integer()) return false;
  number = value.integer();
  return number >= -kMostWidth && number <= kMostWidth;
}

void Formatter::take_width(std::string_view& format, Arguments arguments) {
  if (!format.starts_with('*')) {
    flags_.has_width = take_number(format, flags_.width);
    if (flags_.has_width && is_after_index_) is_good_index_ = false;  // "%[3]2d"
    return;
  }
  std::int64_t number = 0;
  flags_.has_width = take_star(format, arguments, number);
  if (!flags_.has_width) out_ += "%!(BADWIDTH)";
  if (number < 0) {
    flags_.minus = true;
    flags_.zero = false;
    number = -number;
  }
  flags_.width = static_cast<std::size_t>(number);
}

void Formatter::take_precision(std::string_view& format, Arguments arguments) {
  if (!format.starts_with('.')) return;
  format.remove_prefix(1);
  if (is_after_index_) is_good_index_ = false;  // "%[3].2d"
  take_index(format, arguments.size());
  if (!format.starts_with('*')) {
    take_number(format, flags_.precision);
    flags_.has_precision = true;
    return;
  }
  std::int64_t number = 0;
  flags_.has_precision = take_star(format, arguments, number) && number >= 0;
  if (!flags_.has_precision) out_ += "%!(BADPREC)";
  flags_.precision = flags_.has_precision ? static_cast<std::size_t>(number) : 0;
}

void Formatter::write_extra(Arguments arguments) {
  flags_ = {};
  out_ += "%!(EXTRA ";
  for (const Value& value : arguments) {
    if (&value != arguments.data()) out_ += ", ";
    if (value.is_nothing()) {
      out_ += "<nil>";
      continue;
    }
    out_ += type_name(value.type());
    out_ += '=';
    write_argument(value, 'v');
  }
  out_ += ')';
}

void print_formatted(Runtime& run, std::string& out, std::string_view format, Arguments arguments) {
  Formatter(run, out).format(format, arguments);
}

void print_value(Runtime& run, std::string& out, const Value& value) {
  if (value.is(Type::String)) {
    out += value.text();
  } else {
    Formatter(run, out).write(value, 'v');
  }
}

void print_operands(Runtime& run, std::string& out, Arguments arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0 && !arguments[i].is(Type::String) && !arguments[i - 1].is(Type::String)) out += ' ';
    print_value(run, out, arguments[i]);
  }
}

void print_line(Runtime& run, std::string& out, Arguments arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0) out += ' ';
    print_value(run, out, arguments[i]);
  }
  out += '\n';
}

}  // namespace agent::logs::templates
