// Times and durations, and their methods.
#include <charconv>
#include <chrono>
#include <limits>

#include "agent/base/duration.h"
#include "agent/base/rfc3339.h"
#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/runtime.h"
#include "agent/logs/stages/template/time_value.h"

namespace agent::logs::templates {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

Time time_of(Runtime& run, Timestamp timestamp) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(timestamp);
  Time out;
  out.unix_seconds = seconds.time_since_epoch().count();
  out.nanoseconds = nanosecond_of(timestamp);
  out.zone = run.zone("Local");
  return out;
}

Value now(Runtime& run, Arguments /*arguments*/) { return make_time(run, time_of(run, run.now())); }

// A time, or an integer of Unix seconds; anything else means now.
Time instant_of(Runtime& run, const Value& value) {
  if (value.is(Type::Time)) return value.time();
  Time out = time_of(run, run.now());
  if (value.is(Type::Int) || value.is(Type::Int64) || value.is(Type::Int32)) {
    out.unix_seconds = value.integer();
    out.nanoseconds = 0;
  }
  return out;
}

// In a zone that is not known: UTC.
Value shown(Runtime& run, std::string_view layout, const Value& value, std::string_view zone) {
  const Time instant = instant_of(run, value);
  // Checked here for what came as an integer.
  const Value time = make_time(run, instant);
  if (run.failed()) return {};
  Time moved = time.time();
  moved.zone = run.zone(zone);
  moved.offset_seconds = 0;
  moved.abbreviation = "UTC";
  std::string& out = run.scratch();
  run.layout(layout).write(out, moved.zoned());
  return run.text(out);
}

Value date(Runtime& run, Arguments arguments) {
  return shown(run, arguments[0].text(), arguments[1], "Local");
}

Value date_in_zone(Runtime& run, Arguments arguments) {
  return shown(run, arguments[0].text(), arguments[1], arguments[2].text());
}

Value html_date(Runtime& run, Arguments arguments) {
  return shown(run, "2006-01-02", arguments[0], "Local");
}

Value html_date_in_zone(Runtime& run, Arguments arguments) {
  return shown(run, "2006-01-02", arguments[0], arguments[1].text());
}

// The time that a text says; false where it does not fit the layout.
bool read_time(Runtime& run, std::string_view layout, std::string_view text, Time& out) {
  const Zone* local = run.zone("Local");
  const auto reading = run.layout(layout).read(text, {local, local}, std::nullopt);
  if (!reading) return false;
  out.unix_seconds = reading->unix_seconds;
  out.nanoseconds = reading->nanoseconds;
  const std::int64_t offset = reading->local_seconds - reading->unix_seconds;
  const std::string_view name = reading->abbreviation;
  const bool says_offset = reading->offset_seconds.has_value();
  if (name == "UTC" || (says_offset && offset == 0)) return true;
  // What local clocks show is in the local zone.
  const bool is_local =
      says_offset ? local != nullptr && local->at(out.unix_seconds).offset_seconds == offset
                  : name.empty() || (local != nullptr &&
                                     local->offset_of(name, reading->local_seconds).has_value());
  if (is_local) {
    out.zone = local;
  } else {
    out.offset_seconds = offset;
    out.abbreviation = name;
  }
  return true;
}

Value to_date(Runtime& run, Arguments arguments) {
  Time out;
  if (!read_time(run, arguments[0].text(), arguments[1].text(), out)) {
    out = Time();
    out.unix_seconds = kZeroTimeSeconds;
  }
  return make_time(run, out);
}

Value must_to_date(Runtime& run, Arguments arguments) {
  Time out;
  if (!read_time(run, arguments[0].text(), arguments[1].text(), out))
    return run.fail("this is no time of that layout");
  return make_time(run, out);
}

Value moved(Runtime& run, const Time& time, Duration by) {
  Time out = time;
  const std::int64_t nanoseconds = time.nanoseconds + by.count() % kSecond;
  out.unix_seconds += by.count() / kSecond + (nanoseconds < 0 ? -1 : nanoseconds / kSecond);
  out.nanoseconds = (nanoseconds + kSecond) % kSecond;
  return make_time(run, out);
}

// A text that is no duration moves nothing.
Value date_modify(Runtime& run, Arguments arguments) {
  const auto by = parse_go_duration(arguments[0].text());
  return by ? moved(run, arguments[1].time(), *by) : arguments[1];
}

Value must_date_modify(Runtime& run, Arguments arguments) {
  const auto by = parse_go_duration(arguments[0].text());
  return by ? moved(run, arguments[1].time(), *by) : run.fail("this is no duration");
}

Value unix_epoch(Runtime& run, Arguments arguments) {
  return run.text(std::to_string(arguments[0].time().unix_seconds));
}

// Time since, to the second.
Value ago(Runtime& run, Arguments arguments) {
  const std::int64_t passed =
      nanoseconds_between(instant_of(run, arguments[0]), time_of(run, run.now()));
  const std::int64_t rest = passed % kSecond;
  const std::int64_t up = rest >= kSecond / 2 ? 1 : rest <= -kSecond / 2 ? -1 : 0;
  return run.text(format_go_duration(Duration((passed / kSecond + up) * kSecond)));
}

// Seconds, an int64 or a text, as a duration.
Value duration(Runtime& run, Arguments arguments) {
  std::int64_t seconds = 0;
  if (arguments[0].is(Type::Int64)) seconds = arguments[0].integer();
  if (arguments[0].is(Type::String)) {
    std::string_view text = arguments[0].text();
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) seconds = 0;
  }
  std::int64_t nanoseconds = 0;
  if (__builtin_mul_overflow(seconds, kSecond, &nanoseconds))
    return run.fail("a duration that is too large");
  return run.text(format_go_duration(Duration(nanoseconds)));
}

// The largest unit of a duration, cut off.
Value duration_round(Runtime& run, Arguments arguments) {
  const Value& value = arguments[0];
  std::int64_t nanoseconds = 0;
  if (value.is(Type::String))
    if (const auto parsed = parse_go_duration(value.text())) nanoseconds = parsed->count();
  if (value.is(Type::Int64)) nanoseconds = value.integer();
  if (value.is(Type::Time))
    nanoseconds = nanoseconds_between(value.time(), time_of(run, run.now()));
  const auto size = nanoseconds < 0 ? 0 - static_cast<std::uint64_t>(nanoseconds)
                                    : static_cast<std::uint64_t>(nanoseconds);
  constexpr std::uint64_t kHour = 3600ULL * kSecond;
  constexpr struct {
    std::uint64_t size;
    std::string_view name;
  } kUnits[] = {{kHour * 24 * 365, "y"}, {kHour * 24 * 30, "mo"}, {kHour * 24, "d"}, {kHour, "h"},
                {kHour / 60, "m"},       {kSecond, "s"}};
  for (const auto& unit : kUnits)
    if (size > unit.size)
      return run.text(std::to_string(size / unit.size) + std::string(unit.name));
  return Value::of(std::string_view("0s"));
}

// ---- methods

Value int64_of(std::int64_t number) { return Value::integer(number, Type::Int64); }

template <std::int64_t Unit>
Value unix_time(Runtime& /*run*/, Arguments arguments) {
  const Time& time = arguments[0].time();
  const auto units =
      static_cast<std::uint64_t>(time.unix_seconds) * static_cast<std::uint64_t>(Unit);
  return int64_of(static_cast<std::int64_t>(units) + time.nanoseconds / (kSecond / Unit));
}

template <auto Part>
Value civil_part(Runtime& /*run*/, Arguments arguments) {
  return Value::integer(civil_time(arguments[0].time().zoned()).*Part);
}

Value month(Runtime& /*run*/, Arguments arguments) {
  return Value::integer(civil_time(arguments[0].time().zoned()).month, Type::Month);
}

Value weekday(Runtime& /*run*/, Arguments arguments) {
  return Value::integer(civil_time(arguments[0].time().zoned()).weekday, Type::Weekday);
}

Value nanosecond(Runtime& /*run*/, Arguments arguments) {
  return Value::integer(arguments[0].time().nanoseconds);
}

Value format(Runtime& run, Arguments arguments) {
  std::string& out = run.scratch();
  run.layout(arguments[1].text()).write(out, arguments[0].time().zoned());
  return run.text(out);
}

Value name(Runtime& run, Arguments arguments) {
  std::string& out = run.scratch();
  append_name(out, arguments[0]);
  return run.text(out);
}

Value in_utc(Runtime& run, Arguments arguments) {
  const Time& time = arguments[0].time();
  return make_time(run, {time.unix_seconds, time.nanoseconds, nullptr, 0, "UTC"});
}

Value in_local(Runtime& run, Arguments arguments) {
  const Time& time = arguments[0].time();
  return make_time(run, {time.unix_seconds, time.nanoseconds, run.zone("Local"), 0, "UTC"});
}

Value is_zero(Runtime& /*run*/, Arguments arguments) {
  const Time& time = arguments[0].time();
  return Value::of(time.unix_seconds == kZeroTimeSeconds && time.nanoseconds == 0);
}

int order_of(Arguments times) {
  const Time& a = times[0].time();
  const Time& b = times[1].time();
  if (a.unix_seconds != b.unix_seconds) return a.unix_seconds < b.unix_seconds ? -1 : 1;
  return a.nanoseconds == b.nanoseconds ? 0 : a.nanoseconds < b.nanoseconds ? -1 : 1;
}

Value after(Runtime& /*run*/, Arguments arguments) { return Value::of(order_of(arguments) > 0); }
Value before(Runtime& /*run*/, Arguments arguments) { return Value::of(order_of(arguments) < 0); }
Value equal(Runtime& /*run*/, Arguments arguments) { return Value::of(order_of(arguments) == 0); }

Value difference(Runtime& /*run*/, Arguments arguments) {
  return Value::integer(nanoseconds_between(arguments[1].time(), arguments[0].time()),
                        Type::Duration);
}

template <std::int64_t Unit>
Value whole_units(Runtime& /*run*/, Arguments arguments) {
  return int64_of(arguments[0].integer() / Unit);
}

template <std::int64_t Unit>
Value units(Runtime& /*run*/, Arguments arguments) {
  const std::int64_t number = arguments[0].integer();
  const std::int64_t whole = number / Unit;
  return Value::of(static_cast<double>(whole) +
                   static_cast<double>(number % Unit) / static_cast<double>(Unit));
}

constexpr Function kFunctions[] = {
    {"ago", "v", &ago},
    {"date", "sv", &date},
    {"dateInZone", "svs", &date_in_zone},
    {"dateModify", "st", &date_modify},
    {"date_in_zone", "svs", &date_in_zone},
    {"date_modify", "st", &date_modify},
    {"duration", "v", &duration},
    {"durationRound", "v", &duration_round},
    {"htmlDate", "v", &html_date},
    {"htmlDateInZone", "vs", &html_date_in_zone},
    {"mustDateModify", "st", &must_date_modify},
    {"mustToDate", "ss", &must_to_date},
    {"must_date_modify", "st", &must_date_modify},
    {"now", "", &now},
    {"toDate", "ss", &to_date},
    {"unixEpoch", "t", &unix_epoch},
};

constexpr Function kTimeMethods[] = {
    {"After", "t", &after},
    {"Before", "t", &before},
    {"Day", "", &civil_part<&CivilTime::day>},
    {"Equal", "t", &equal},
    {"Format", "s", &format},
    {"Hour", "", &civil_part<&CivilTime::hour>},
    {"IsZero", "", &is_zero},
    {"Local", "", &in_local},
    {"Minute", "", &civil_part<&CivilTime::minute>},
    {"Month", "", &month},
    {"Nanosecond", "", &nanosecond},
    {"Second", "", &civil_part<&CivilTime::second>},
    {"String", "", &name},
    {"Sub", "t", &difference},
    {"UTC", "", &in_utc},
    {"Unix", "", &unix_time<1>},
    {"UnixMicro", "", &unix_time<1'000'000>},
    {"UnixMilli", "", &unix_time<1'000>},
    {"UnixNano", "", &unix_time<kSecond>},
    {"Weekday", "", &weekday},
    {"Year", "", &civil_part<&CivilTime::year>},
    {"YearDay", "", &civil_part<&CivilTime::year_day>},
};

constexpr Function kDurationMethods[] = {
    {"Hours", "", &units<3600 * kSecond>},
    {"Microseconds", "", &whole_units<1'000>},
    {"Milliseconds", "", &whole_units<1'000'000>},
    {"Minutes", "", &units<60 * kSecond>},
    {"Nanoseconds", "", &whole_units<1>},
    {"Seconds", "", &units<kSecond>},
    {"String", "", &name},
};

constexpr Function kNameMethods[] = {{"String", "", &name}};

}  // namespace

const Function* find_method(Type type, std::string_view name) {
  std::span<const Function> methods;
  if (type == Type::Time) methods = kTimeMethods;
  if (type == Type::Duration) methods = kDurationMethods;
  if (type == Type::Month || type == Type::Weekday) methods = kNameMethods;
  const auto at = std::find_if(methods.begin(), methods.end(),
                               [&](const Function& method) { return method.name == name; });
  return at == methods.end() ? nullptr : &*at;
}

std::span<const Function> time_functions() { return kFunctions; }

}  // namespace agent::logs::templates
