#include "agent/model/label_set.h"

#include <algorithm>

#include "agent/base/hash.h"
#include "agent/base/strings.h"

namespace agent::model {
namespace {

auto place_of(auto& labels, std::string_view name) {
  return std::lower_bound(
      labels.begin(), labels.end(), name,
      [](const Label& label, std::string_view key) { return label.name.compare(key) < 0; });
}

}  // namespace

std::string_view LabelSet::get(std::string_view name) const {
  const auto at = place_of(labels_, name);
  return at != labels_.end() && at->name == name ? std::string_view(at->value) : std::string_view();
}

void LabelSet::set(std::string_view name, std::string_view value) {
  if (value.empty()) return erase(name);
  const auto at = place_of(labels_, name);
  if (at != labels_.end() && at->name == name) {
    at->value = value;
  } else {
    labels_.insert(at, Label{std::string(name), std::string(value)});
  }
}

void LabelSet::erase(std::string_view name) {
  const auto at = place_of(labels_, name);
  if (at != labels_.end() && at->name == name) labels_.erase(at);
}

std::uint64_t hash_of(const LabelSet& labels) {
  std::string bytes;
  for (const auto& label : labels) {
    bytes += label.name;
    bytes += '\xff';  // in no UTF-8 text, so that pairs cannot run together
    bytes += label.value;
    bytes += '\xff';
  }
  return hash64(bytes);
}

std::string to_string(const LabelSet& labels) {
  std::string out = "{";
  for (const auto& label : labels) {
    if (out.size() > 1) out += ", ";
    out += label.name + "=" + json_quote(label.value);
  }
  return out + "}";
}

}  // namespace agent::model
