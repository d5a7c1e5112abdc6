#include "agent/logs/sources/journal_config.h"

#include <algorithm>

#include "agent/config/reader.h"
#include "agent/logs/sources/source_options.h"

namespace agent::logs {
namespace {

bool is_name_part(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

bool is_match(std::string_view word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  const std::string_view name = word.substr(0, equals);
  const bool digit_first = name[0] >= '0' && name[0] <= '9';
  return !digit_first && std::all_of(name.begin(), name.end(), is_name_part);
}

std::vector<std::string> read_matches(config::Reader& in) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::string text = in.string("matches");
  std::vector<std::string> out;
  for (std::size_t at = text.find_first_not_of(kBlanks); at != std::string::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
    out.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBlanks, end);
    if (out.back() == "+") {
      in.error("matches", "+ is not supported: all words have to hold");
    } else if (!is_match(out.back())) {
      in.error("matches", "\"" + out.back() + "\" is not FIELD=value");
    }
  }
  return out;
}

}  // namespace

JournalConfig read_journal_config(const config::Node& options, const SourceSite& site) {
  JournalConfig out;
  config::Reader in(options, config::Keys::Strict, site.report, site.path);
  out.place.path = in.string("path");
  out.place.matches = read_matches(in);
  out.place.field_limit_bytes =
      std::max<std::size_t>(out.place.field_limit_bytes, site.max_line_size_bytes);
  out.max_age = read_go_duration(in, "max_age", out.max_age);
  out.json = in.boolean("json", false);
  out.labels = read_source_labels(in);
  (void)in.finish();  // what is wrong is in the report
  return out;
}

}  // namespace agent::logs
