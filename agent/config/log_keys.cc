#include "agent/config/log_keys.h"

namespace agent::config {

LogKeys read_log_keys(Reader& in) {
  LogKeys out;
  if (const auto level = in.optional_string("log_level");
      level && !parse_log_level(*level, out.level))
    in.error("log_level", "debug, info, warn or error is asked here, not \"" + *level + "\"");
  const std::string format = in.string("log_format", "logfmt");
  if (format != "logfmt" && format != "json")
    in.error("log_format", "logfmt or json is asked here, not \"" + format + "\"");
  out.format = format == "json" ? LogFormat::Json : LogFormat::Logfmt;
  return out;
}

}  // namespace agent::config
