// DESIGN. A layout is compiled into elements, each one literal text or one field. Reading goes
// through them once, fields land in Fields, and the rules between fields (12 hours, day of the
// year, ranges, zone) are applied at the end.
#include "agent/logs/stages/go_time.h"

#include <array>
#include <limits>
#include <span>

#include "agent/base/strings.h"
#include "agent/logs/stages/go_time_fields.h"

namespace agent::logs {

namespace {

using Field = GoLayout::Field;

struct Token {
  std::string_view text;
  Field field;
};

// Longer texts stand before the shorter ones that they start with.
constexpr Token kTokens[] = {
    {"January", Field::LongMonth},
    {"Jan", Field::Month},
    {"Monday", Field::LongWeekday},
    {"Mon", Field::Weekday},
    {"MST", Field::Abbreviation},
    {"01", Field::ZeroMonth},
    {"002", Field::ZeroYearDay},
    {"02", Field::ZeroDay},
    {"03", Field::ZeroHour12},
    {"04", Field::ZeroMinute},
    {"05", Field::ZeroSecond},
    {"06", Field::Year},
    {"15", Field::Hour},
    {"1", Field::NumberMonth},
    {"2006", Field::LongYear},
    {"2", Field::Day},
    {"__2", Field::UnderYearDay},
    {"_2", Field::UnderDay},
    {"3", Field::Hour12},
    {"4", Field::Minute},
    {"5", Field::Second},
    {"PM", Field::UpperPm},
    {"pm", Field::LowerPm},
    {"-070000", Field::Offset},
    {"-07:00:00", Field::Offset},
    {"-0700", Field::Offset},
    {"-07:00", Field::Offset},
    {"-07", Field::Offset},
    {"Z070000", Field::OffsetOrZ},
    {"Z07:00:00", Field::OffsetOrZ},
    {"Z0700", Field::OffsetOrZ},
    {"Z07:00", Field::OffsetOrZ},
    {"Z07", Field::OffsetOrZ},
};

bool is_digit(std::string_view text, std::size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}
bool is_lower(std::string_view text, std::size_t at) {
  return at < text.size() && text[at] >= 'a' && text[at] <= 'z';
}
bool is_upper(std::string_view text, std::size_t at) {
  return at < text.size() && text[at] >= 'A' && text[at] <= 'Z';
}
bool is_point(std::string_view text, std::size_t at) {
  return at < text.size() && (text[at] == '.' || text[at] == ',');
}

// Length of a fraction (".000") at the start of a layout; 0 where there is none.
std::size_t fraction_length(std::string_view layout) {
  if (!is_point(layout, 0) || layout.size() < 2 || (layout[1] != '0' && layout[1] != '9')) return 0;
  std::size_t end = 1;
  while (end < layout.size() && layout[end] == layout[1])
    ++end;
  return is_digit(layout, end) ? 0 : end;
}

// The field at the start of `layout`, if there is one.
std::optional<Token> field_at(std::string_view layout) {
  if (const std::size_t length = fraction_length(layout); length > 0)
    return Token{layout.substr(0, length),
                 layout[1] == '0' ? Field::FixedFraction : Field::FreeFraction};
  for (const Token& token : kTokens) {
    if (!layout.starts_with(token.text)) continue;
    const bool short_name = token.field == Field::Month || token.field == Field::Weekday;
    if (short_name && is_lower(layout, token.text.size())) continue;
    // _2006 is an underscore and a year.
    if (token.field == Field::UnderDay && layout.starts_with("_2006")) return std::nullopt;
    return token;
  }
  return std::nullopt;
}

bool take_number(std::string_view& text, std::size_t least, std::size_t most, int& out) {
  std::size_t size = 0;
  out = 0;
  while (size < most && is_digit(text, size))
    out = out * 10 + (text[size++] - '0');
  if (size < least) return false;
  text.remove_prefix(size);
  return true;
}

// One or two digits; `fixed` asks for two.
bool take_short(std::string_view& text, bool fixed, int& out) {
  return take_number(text, fixed ? 2 : 1, 2, out);
}

bool take_name(std::string_view& text, std::span<const std::string_view> names, std::size_t length,
               int& out) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string_view name = names[i].substr(0, length);
    if (!equals_ignoring_case(text.substr(0, name.size()), name)) continue;
    text.remove_prefix(name.size());
    out = static_cast<int>(i);
    return true;
  }
  return false;
}

// The digits behind a point as nanoseconds.
std::int64_t fraction_of(std::string_view digits) {
  std::int64_t out = 0;
  for (std::size_t i = 0; i < 9; ++i)
    out = out * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return out;
}

// +h, -hh: its length, 0 where it is none.
std::size_t signed_hours(std::string_view text, int& out) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-') || !is_digit(text, 1)) return 0;
  std::string_view rest = text.substr(1);
  int hours = 0;
  take_number(rest, 1, 2, hours);
  if (hours > 23 || is_digit(rest, 0)) return 0;
  out = text[0] == '-' ? -hours : hours;
  return text.size() - rest.size();
}

// Length of a zone abbreviation at the start of `text`; 0 where there is none.
std::size_t abbreviation_length(std::string_view text) {
  int hours = 0;
  if (text.starts_with("ChST") || text.starts_with("MeST")) return 4;
  if (text.starts_with("GMT")) return 3 + signed_hours(text.substr(3), hours);
  if (const std::size_t length = signed_hours(text, hours); length > 0) return length;
  std::size_t capitals = 0;
  while (capitals < 6 && is_upper(text, capitals))
    ++capitals;
  if (capitals == 3) return 3;
  if (capitals == 4 && (text[3] == 'T' || text.starts_with("WITA"))) return 4;
  if (capitals == 5 && text[4] == 'T') return 5;
  return 0;
}

// Literal text: a blank in the layout stands for any number of them.
bool take_literal(std::string_view& text, std::string_view literal) {
  while (!literal.empty()) {
    if (literal[0] == ' ') {
      if (!text.empty() && text[0] != ' ') return false;
      while (!literal.empty() && literal[0] == ' ')
        literal.remove_prefix(1);
      while (!text.empty() && text[0] == ' ')
        text.remove_prefix(1);
      continue;
    }
    if (text.empty() || text[0] != literal[0]) return false;
    text.remove_prefix(1);
    literal.remove_prefix(1);
  }
  return true;
}

}  // namespace

struct GoLayout::Fields {
  std::optional<std::int64_t> year;
  int month = 0;     // 1..12; 0: not given
  int day = 0;       // 0: not given
  int year_day = 0;  // 0: not given
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t nanoseconds = 0;
  bool has_pm = false;
  bool is_pm = false;
  std::optional<std::int64_t> offset_seconds;
  std::string_view abbreviation;

  bool take_date(const Element& element, std::string_view& text);
  bool take_day(const Element& element, std::string_view& text);
  bool take_clock(const Element& element, std::string_view& text);
  bool take_zone(const Element& element, std::string_view& text);
  bool take_fraction(const Element& element, std::string_view& text);
  bool take_offset(std::string_view layout, std::string_view& text);
  bool resolve_date();
  void choose_year(Timestamp now);
  std::int64_t to_unix(std::int64_t local_seconds, const TimeZones& zones) const;
};

bool GoLayout::Fields::take_date(const Element& element, std::string_view& text) {
  int number = 0;
  switch (element.field) {
    case Field::LongMonth:
    case Field::Month:
      if (!take_name(text, kMonths, element.field == Field::Month ? 3 : 9, month)) return false;
      ++month;
      return true;
    case Field::NumberMonth:
    case Field::ZeroMonth:
      return take_short(text, element.field == Field::ZeroMonth, month) && month >= 1 &&
             month <= 12;
    case Field::LongWeekday:
    case Field::Weekday:
      return take_name(text, kWeekdays, element.field == Field::Weekday ? 3 : 9, number);
    case Field::LongYear:
      if (!take_number(text, 4, 4, number)) return false;
      year = number;
      return true;
    case Field::Year:
      if (!take_number(text, 2, 2, number)) return false;
      year = number >= 69 ? 1900 + number : 2000 + number;
      return true;
    default:
      return take_day(element, text);
  }
}

bool GoLayout::Fields::take_day(const Element& element, std::string_view& text) {
  const bool of_year = element.field == Field::UnderYearDay || element.field == Field::ZeroYearDay;
  // An underscore is a blank, or two, in the place of leading zeros.
  int blanks = element.field == Field::UnderDay ? 1 : element.field == Field::UnderYearDay ? 2 : 0;
  for (; blanks > 0 && !text.empty() && text[0] == ' '; --blanks)
    text.remove_prefix(1);
  if (!of_year) return take_short(text, element.field == Field::ZeroDay, day) && day >= 1;
  return take_number(text, element.field == Field::ZeroYearDay ? 3 : 1, 3, year_day) &&
         year_day >= 1;
}

bool GoLayout::Fields::take_clock(const Element& element, std::string_view& text) {
  switch (element.field) {
    case Field::Hour:
      return take_short(text, false, hour) && hour <= 23;
    case Field::Hour12:
    case Field::ZeroHour12:
      return take_short(text, element.field == Field::ZeroHour12, hour) && hour <= 12;
    case Field::Minute:
    case Field::ZeroMinute:
      return take_short(text, element.field == Field::ZeroMinute, minute) && minute <= 59;
    case Field::Second:
    case Field::ZeroSecond: {
      if (!take_short(text, element.field == Field::ZeroSecond, second) || second > 59)
        return false;
      if (element.fraction_follows || !is_point(text, 0) || !is_digit(text, 1)) return true;
      Element fraction;
      fraction.field = Field::FreeFraction;
      return take_fraction(fraction, text);
    }
    case Field::UpperPm:
    case Field::LowerPm: {
      const bool upper = element.field == Field::UpperPm;
      is_pm = text.starts_with(upper ? "PM" : "pm");
      if (!is_pm && !text.starts_with(upper ? "AM" : "am")) return false;
      has_pm = true;
      text.remove_prefix(2);
      return true;
    }
    default:
      return take_fraction(element, text);
  }
}

bool GoLayout::Fields::take_fraction(const Element& element, std::string_view& text) {
  if (element.field == Field::FixedFraction) {
    const std::size_t size = element.text.size();
    if (!is_point(text, 0) || text.size() < size) return false;
    for (std::size_t i = 1; i < size; ++i)
      if (!is_digit(text, i)) return false;
    nanoseconds = fraction_of(text.substr(1, size - 1));
    text.remove_prefix(size);
    return true;
  }
  if (!is_point(text, 0) || !is_digit(text, 1)) return true;
  std::size_t end = 1;
  while (is_digit(text, end))
    ++end;
  nanoseconds = fraction_of(text.substr(1, end - 1));
  text.remove_prefix(end);
  return true;
}

bool GoLayout::Fields::take_offset(std::string_view layout, std::string_view& text) {
  // The layout without its first character tells the form: "07", "0700", "07:00", "070000", ...
  const std::string_view form = layout.substr(1);
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return false;
  const bool negative = text[0] == '-';
  text.remove_prefix(1);
  std::array<int, 3> parts{};
  const bool colons = form.find(':') != std::string_view::npos;
  const std::size_t count = form.size() <= 2 ? 1 : form.size() <= 5 ? 2 : 3;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0 && colons && !take_literal(text, ":")) return false;
    if (!take_number(text, 2, 2, parts[i])) return false;
  }
  if (parts[0] > 24 || parts[1] > 59 || parts[2] > 59) return false;
  const std::int64_t seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
  offset_seconds = negative ? -seconds : seconds;
  return true;
}

bool GoLayout::Fields::take_zone(const Element& element, std::string_view& text) {
  if (element.field == Field::OffsetOrZ && text.starts_with('Z')) {
    text.remove_prefix(1);
    offset_seconds = 0;
    return true;
  }
  if (element.field != Field::Abbreviation) return take_offset(element.text, text);
  const std::size_t length = text.starts_with("UTC") ? 3 : abbreviation_length(text);
  if (length == 0) return false;
  abbreviation = text.substr(0, length);
  text.remove_prefix(length);
  return true;
}

bool GoLayout::Fields::resolve_date() {
  if (has_pm && is_pm && hour < 12) hour += 12;
  if (has_pm && !is_pm && hour == 12) hour = 0;
  if (year_day > 0) {
    if (year_day > (is_leap_year(*year) ? 366 : 365)) return false;
    int by_year_day = 1;
    int left = year_day;
    while (left > days_in_month(*year, by_year_day))
      left -= days_in_month(*year, by_year_day++);
    if ((month != 0 && month != by_year_day) || (day != 0 && day != left)) return false;
    month = by_year_day;
    day = left;
  }
  if (month == 0) month = 1;
  if (day == 0) day = 1;
  return day <= days_in_month(*year, month);
}

void GoLayout::Fields::choose_year(Timestamp now) {
  const std::int64_t now_seconds =
      std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  const int now_month = month_of(now_seconds);
  year = year_of(now_seconds);
  if (month == 12 && now_month == 1) --*year;
  if (month == 1 && now_month == 12) ++*year;
}

std::int64_t GoLayout::Fields::to_unix(std::int64_t local_seconds, const TimeZones& zones) const {
  if (offset_seconds) return local_seconds - *offset_seconds;
  if (abbreviation.empty())
    return zones.location == nullptr ? local_seconds : zones.location->to_unix(local_seconds);
  if (abbreviation == "UTC") return local_seconds;
  const Zone* zone = zones.location != nullptr ? zones.location : zones.local;
  if (zone != nullptr)
    if (const auto offset = zone->offset_of(abbreviation, local_seconds))
      return local_seconds - *offset;
  int hours = 0;
  if (abbreviation.size() > 3 && abbreviation.starts_with("GMT"))
    signed_hours(abbreviation.substr(3), hours);
  return local_seconds - std::int64_t{hours} * 3600;
}

GoLayout::GoLayout(std::string_view layout) {
  while (!layout.empty()) {
    const auto token = field_at(layout);
    if (!token) {
      if (elements_.empty() || elements_.back().field != Field::Literal) elements_.emplace_back();
      elements_.back().text += layout[0];
      layout.remove_prefix(1);
      continue;
    }
    const bool is_fraction =
        token->field == Field::FixedFraction || token->field == Field::FreeFraction;
    if (is_fraction && !elements_.empty()) elements_.back().fraction_follows = true;
    if (token->field == Field::LongYear || token->field == Field::Year) has_year_ = true;
    elements_.push_back({token->field, std::string(token->text), false});
    layout.remove_prefix(token->text.size());
  }
}

bool GoLayout::take_all(std::string_view text, Fields& fields) const {
  for (const Element& element : elements_) {
    const Field field = element.field;
    const bool is_year = field == Field::LongYear || field == Field::Year;
    bool taken = false;
    if (field == Field::Literal) {
      taken = take_literal(text, element.text);
    } else if (field >= Field::Offset) {
      taken = fields.take_zone(element, text);
    } else if (is_year || field < Field::Hour) {
      taken = fields.take_date(element, text);
    } else {
      taken = fields.take_clock(element, text);
    }
    if (!taken) return false;
  }
  return text.empty();
}

std::optional<GoLayout::Reading> GoLayout::read(std::string_view text, const TimeZones& zones,
                                                std::optional<Timestamp> now) const {
  Fields fields;
  if (!take_all(text, fields)) return std::nullopt;
  if (!has_year_ && now) fields.choose_year(*now);
  if (!fields.year) fields.year = 0;
  if (!fields.resolve_date()) return std::nullopt;
  constexpr std::int64_t kDaySeconds = 86'400;
  constexpr std::int64_t kHourSeconds = 3'600;
  constexpr std::int64_t kMinuteSeconds = 60;
  const std::int64_t local = days_from_civil(*fields.year, fields.month, fields.day) * kDaySeconds +
                             fields.hour * kHourSeconds + fields.minute * kMinuteSeconds +
                             fields.second;
  return Reading{fields.to_unix(local, zones), local, fields.nanoseconds, fields.offset_seconds,
                 fields.abbreviation};
}

std::optional<Timestamp> GoLayout::parse(std::string_view text, const TimeZones& zones,
                                         Timestamp now) const {
  const auto reading = read(text, zones, now);
  if (!reading) return std::nullopt;
  // Nanoseconds count from 1677 to 2262.
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 1'000'000'000 - 1;
  const std::int64_t seconds = reading->unix_seconds;
  if (seconds > kMost || seconds < -kMost) return std::nullopt;
  return Timestamp(std::chrono::seconds(seconds) + std::chrono::nanoseconds(reading->nanoseconds));
}

}  // namespace agent::logs
