// TZif files (RFC 8536) and where they are.
#include <array>
#include <cstdlib>

#include "agent/base/files.h"
#include "agent/logs/stages/zone.h"

namespace agent::logs {
namespace {

constexpr std::string_view kFolder = "/usr/share/zoneinfo/";
constexpr std::uint64_t kMaxFileBytes = 1U << 20U;
constexpr std::int64_t kMaxOffsetSeconds = 93'600;  // 26 hours

struct Counts {
  std::size_t ut_flags = 0;
  std::size_t standard_flags = 0;
  std::size_t leaps = 0;
  std::size_t changes = 0;
  std::size_t types = 0;
  std::size_t characters = 0;

  std::size_t body_bytes(std::size_t time_bytes) const {
    return changes * (time_bytes + 1) + types * 6 + characters + leaps * (time_bytes + 4) +
           standard_flags + ut_flags;
  }
};

}  // namespace

class ZoneParser {
 public:
  explicit ZoneParser(std::string_view bytes) : bytes_(bytes) {}

  Result<Zone> parse() {
    Counts counts;
    if (!header(counts)) return bad("no TZif header");
    std::size_t time_bytes = 4;
    if (version_ >= '2') {
      // The first body is for readers of old; the second has 64-bit times.
      if (!skip(counts.body_bytes(4)) || !header(counts)) return bad("cut off");
      time_bytes = 8;
    }
    if (counts.types == 0 || !body(counts, time_bytes)) return bad("damaged");
    if (version_ >= '2' && !footer()) return bad("a damaged rule at the end");
    return std::move(zone_);
  }

 private:
  static Error bad(const char* what) {
    return {ErrorKind::Input, std::string("time zone file: ") + what};
  }
  bool skip(std::size_t count) {
    if (count > bytes_.size()) return false;
    bytes_.remove_prefix(count);
    return true;
  }
  std::int64_t number(std::size_t size) {
    std::uint64_t out = (static_cast<unsigned char>(bytes_[0]) & 0x80U) != 0 ? ~0ULL : 0;
    for (std::size_t i = 0; i < size; ++i)
      out = out << 8U | static_cast<unsigned char>(bytes_[i]);
    bytes_.remove_prefix(size);
    return static_cast<std::int64_t>(out);
  }

  bool header(Counts& counts) {
    if (bytes_.size() < 44 || bytes_.substr(0, 4) != "TZif") return false;
    version_ = bytes_[4];
    bytes_.remove_prefix(20);
    for (std::size_t* count : {&counts.ut_flags, &counts.standard_flags, &counts.leaps,
                               &counts.changes, &counts.types, &counts.characters}) {
      const std::int64_t value = number(4);
      if (value < 0 || value > static_cast<std::int64_t>(kMaxFileBytes)) return false;
      *count = static_cast<std::size_t>(value);
    }
    return true;
  }

  bool body(const Counts& counts, std::size_t time_bytes) {
    if (bytes_.size() < counts.body_bytes(time_bytes)) return false;
    zone_.types_.clear();
    for (std::size_t i = 0; i < counts.changes; ++i) {
      zone_.changes_.push_back({number(time_bytes), 0});
      if (i > 0 && zone_.changes_[i].at <= zone_.changes_[i - 1].at) return false;
    }
    for (auto& change : zone_.changes_) {
      change.type = static_cast<unsigned char>(bytes_[0]);
      if (change.type >= counts.types) return false;
      bytes_.remove_prefix(1);
    }
    std::vector<std::size_t> names;
    for (std::size_t i = 0; i < counts.types; ++i) {
      const std::int64_t offset = number(4);
      if (offset < -kMaxOffsetSeconds || offset > kMaxOffsetSeconds) return false;
      zone_.types_.push_back({offset, bytes_[0] != 0, {}});
      names.push_back(static_cast<unsigned char>(bytes_[1]));
      bytes_.remove_prefix(2);
    }
    const std::string_view characters = bytes_.substr(0, counts.characters);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] >= characters.size()) return false;
      const std::string_view name = characters.substr(names[i]);
      zone_.types_[i].abbreviation = name.substr(0, name.find('\0'));
    }
    return skip(counts.characters + counts.leaps * (time_bytes + 4) + counts.standard_flags +
                counts.ut_flags);
  }

  // "\nEST5EDT,M3.2.0,M11.1.0\n"
  bool footer() {
    if (bytes_.size() < 2 || bytes_[0] != '\n') return false;
    bytes_.remove_prefix(1);
    const std::size_t end = bytes_.find('\n');
    if (end == std::string_view::npos) return false;
    bytes_ = bytes_.substr(0, end);
    if (bytes_.empty()) return true;
    Zone::Rule rule;
    if (!abbreviation(rule.standard.abbreviation) || !offset(rule.standard.offset_seconds))
      return false;
    rule.standard.offset_seconds = -rule.standard.offset_seconds;
    if (!bytes_.empty() && !daylight(rule)) return false;
    zone_.rule_ = std::move(rule);
    return bytes_.empty();
  }

  bool daylight(Zone::Rule& rule) {
    rule.has_daylight = true;
    rule.daylight.is_daylight = true;
    rule.daylight.offset_seconds = rule.standard.offset_seconds + 3600;
    if (!abbreviation(rule.daylight.abbreviation)) return false;
    if (!bytes_.empty() && bytes_[0] != ',') {
      if (!offset(rule.daylight.offset_seconds)) return false;
      rule.daylight.offset_seconds = -rule.daylight.offset_seconds;
    }
    return rule_day(rule.to_daylight) && rule_day(rule.to_standard);
  }

  bool take(char c) {
    if (bytes_.empty() || bytes_[0] != c) return false;
    bytes_.remove_prefix(1);
    return true;
  }

  bool abbreviation(std::string& out) {
    if (take('<')) {
      const std::size_t end = bytes_.find('>');
      if (end == std::string_view::npos) return false;
      out = bytes_.substr(0, end);
      return skip(end + 1);
    }
    std::size_t size = 0;
    while (size < bytes_.size() && ((bytes_[size] >= 'A' && bytes_[size] <= 'Z') ||
                                    (bytes_[size] >= 'a' && bytes_[size] <= 'z')))
      ++size;
    out = bytes_.substr(0, size);
    return size >= 3 && skip(size);
  }

  bool digits(int& out, int most) {
    std::size_t size = 0;
    out = 0;
    while (size < bytes_.size() && size < 4 && bytes_[size] >= '0' && bytes_[size] <= '9')
      out = out * 10 + (bytes_[size++] - '0');
    return size > 0 && out <= most && skip(size);
  }

  // [+-]hh[:mm[:ss]] in seconds
  bool offset(std::int64_t& out) {
    const bool negative = take('-');
    if (!negative) take('+');
    std::array<int, 3> parts{};
    if (!digits(parts[0], 167)) return false;
    for (std::size_t i = 1; i < parts.size() && take(':'); ++i)
      if (!digits(parts[i], 59)) return false;
    out = parts[0] * 3600 + parts[1] * 60 + parts[2];
    if (negative) out = -out;
    return true;
  }

  bool rule_day(Zone::RuleDay& out) {
    using Kind = Zone::RuleDay::Kind;
    if (!take(',')) return false;
    if (take('M')) {
      out.kind = Kind::MonthWeek;
      const bool read = digits(out.month, 12) && take('.') && digits(out.week, 5) && take('.') &&
                        digits(out.day, 6);
      if (!read || out.month < 1 || out.week < 1) return false;
    } else {
      out.kind = take('J') ? Kind::JulianWithoutLeap : Kind::ZeroBased;
      if (!digits(out.day, 365) || (out.kind == Kind::JulianWithoutLeap && out.day < 1))
        return false;
    }
    return !take('/') || offset(out.seconds);
  }

  std::string_view bytes_;
  char version_ = '\0';
  Zone zone_;
};

Result<Zone> Zone::parse(std::string_view bytes) { return ZoneParser(bytes).parse(); }

Result<Zone> Zone::load(const std::string& name) {
  if (name.empty() || name == "UTC") return Zone();
  std::string path = std::string(kFolder) + name;
  if (name == "Local") {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this process changes its environment
    const char* variable = std::getenv("TZ");
    if (variable != nullptr) {
      const std::string text = variable[0] == ':' ? variable + 1 : variable;
      if (text.empty() || text == "Local") return Zone();
      if (text[0] != '/') return load(text);
      path = text;
    } else {
      path = "/etc/localtime";
    }
  }
  const bool leaves_folder = name.find("..") != std::string::npos || name[0] == '/';
  const auto bytes = leaves_folder ? Result<std::string>(Error{ErrorKind::Io, "no such name"})
                                   : read_file(path, kMaxFileBytes);
  if (!bytes)
    return Error{ErrorKind::Config, "time zone \"" + name + "\" is not known here (" +
                                        bytes.error().message + "); is tzdata installed?"};
  auto zone = parse(*bytes);
  if (!zone) return Error{ErrorKind::Config, "time zone \"" + name + "\": " + zone.error().message};
  return zone;
}

}  // namespace agent::logs
