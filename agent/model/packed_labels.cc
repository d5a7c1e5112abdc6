#include "agent/model/packed_labels.h"

namespace agent::model {
namespace {

void append_text(std::string& out, std::string_view text) {
  std::size_t length = text.size();
  while (length >= 0x80) {
    out += static_cast<char>(static_cast<unsigned char>(length & 0x7FU) | 0x80U);
    length >>= 7U;
  }
  out += static_cast<char>(length);
  out += text;
}

// Reads one text at `at` and moves behind it. The bytes are our own, so they are well formed.
std::string_view read_text(const char*& at) {
  std::size_t length = 0;
  unsigned shift = 0;
  unsigned char byte = 0;
  do {
    byte = static_cast<unsigned char>(*at++);
    length |= static_cast<std::size_t>(byte & 0x7FU) << shift;
    shift += 7;
  } while ((byte & 0x80U) != 0);
  const std::string_view text(at, length);
  at += length;
  return text;
}

}  // namespace

PackedLabels::PackedLabels(const LabelSet& labels) {
  for (const auto& label : labels) {
    append_text(bytes_, label.name);
    append_text(bytes_, label.value);
  }
  bytes_.shrink_to_fit();
}

LabelView PackedLabels::Iterator::operator*() const {
  const char* at = at_;
  const std::string_view name = read_text(at);
  return {name, read_text(at)};
}

PackedLabels::Iterator& PackedLabels::Iterator::operator++() {
  read_text(at_);
  read_text(at_);
  return *this;
}

std::string_view PackedLabels::get(std::string_view name) const {
  for (const LabelView label : *this)
    if (label.name == name) return label.value;
  return {};
}

LabelSet PackedLabels::unpack() const {
  LabelSet out;
  for (const LabelView label : *this)
    out.set(label.name, label.value);
  return out;
}

}  // namespace agent::model
