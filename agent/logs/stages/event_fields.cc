#include "agent/logs/stages/event_fields.h"

#include "agent/codec/json.h"

namespace agent::logs {
namespace {

// Each character that no label name has becomes one _, whatever its length in UTF-8.
void append_label_name(std::string& out, std::string_view key) {
  for (std::size_t i = 0; i < key.size(); ++i) {
    const auto byte = static_cast<unsigned char>(key[i]);
    if (i > 0 && (byte & 0xC0U) == 0x80U) continue;
    const std::string_view character = key.substr(i, 1);
    const bool fits =
        i > 0 ? is_label_name("_" + std::string(character)) : is_label_name(character);
    out += fits ? key[i] : '_';
  }
  if (key.empty()) out += '_';
}

}  // namespace

EventOptions read_event_options(config::Reader& in) {
  EventOptions out;
  out.source = in.string("source", "message", config::Text::Strict);
  if (!is_label_name(out.source))
    in.error("source", "\"" + out.source + "\" is no label name: letters, digits and _ are asked");
  out.drop_invalid_labels = read_flag(in, "drop_invalid_labels", false, Typing::Strict);
  out.overwrite_existing = read_flag(in, "overwrite_existing", false, Typing::Strict);
  return out;
}

bool EventFields::set(Extracted& into, std::string_view key, std::string_view value,
                      model::Arena& arena) {
  if (!codec::is_valid_utf8_fast(value)) return false;
  const bool is_name = is_label_name(key);
  if (!is_name && options_.drop_invalid_labels) return false;
  name_.clear();
  if (is_name) {
    name_ += key;
  } else {
    append_label_name(name_, key);
  }
  if (!options_.overwrite_existing && into.get(name_)) name_ += "_extracted";
  into.set(arena.copy(name_), Value::of(arena.copy(value)));
  return true;
}

}  // namespace agent::logs
