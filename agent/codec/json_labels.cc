#include "agent/codec/json_labels.h"

#include <simdjson.h>

#include "agent/base/strings.h"

namespace agent::codec {
namespace {

Error malformed(const char* reason) {
  return {ErrorKind::Input, std::string("not a JSON object of texts: ") + reason};
}

}  // namespace

Result<model::LabelSet> parse_json_labels(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (const auto error = parser.parse(simdjson::padded_string(text)).get(root))
    return malformed(simdjson::error_message(error));
  simdjson::dom::object object;
  if (const auto error = root.get(object)) return malformed(simdjson::error_message(error));
  model::LabelSet out;
  for (const auto& [name, value] : object) {
    std::string_view label;
    if (const auto error = value.get(label)) return malformed(simdjson::error_message(error));
    out.set(name, label);
  }
  return out;
}

std::string json_labels(const model::LabelSet& labels) {
  std::string out = "{";
  for (const auto& label : labels) {
    if (out.size() > 1) out += ", ";
    out += json_quote(label.name) + ": " + json_quote(label.value);
  }
  return out + "}";
}

}  // namespace agent::codec
