#pragma once
// Names and small texts that configuration and discovery share.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/reader.h"
#include "agent/model/scrape_job.h"

namespace agent::discovery {

/// Each character outside [a-zA-Z0-9_] as `_`: how foreign keys become label names. Spec:
/// metrics.md 3.
std::string sanitised_name(std::string_view key);

/// `path`, or `folder`/`path` where it is relative and `folder` is not empty.
std::string joined_path(const std::string& folder, std::string_view path);

/// "host:port", with brackets around an IPv6 address that has none.
std::string host_and_port(std::string_view host, std::string_view port);

/// A size as metrics.md 1.2 has them: number and unit (100MB), or 0. 0 when absent.
std::uint64_t read_size(config::Reader& in, std::string_view key);

/// A limit: a whole number from 0. 0 when absent.
std::uint64_t read_limit(config::Reader& in, std::string_view key);

/// http or https, any case, as lower case; an error otherwise.
std::string read_scheme(config::Reader& in, std::string_view key, const std::string& fallback);

/// A map of texts to lists of texts (params).
std::map<std::string, std::vector<std::string>> read_params(config::Reader& in,
                                                            std::string_view key);

/// A map of texts to texts, in which the empty text is a value (labels of objects).
std::map<std::string, std::string> read_text_map(config::Reader& in, std::string_view key);

/// Labels that go on targets; names are checked.
model::LabelSet read_labels(config::Reader& in, std::string_view key);

}  // namespace agent::discovery
