// Any bytes: parsed as a configuration, walked, and read through every getter.
#include <cstdint>

#include "agent/config/reader.h"

namespace {

using namespace agent::config;

void read(const Node& node, Keys keys, int depth) {
  Report report;
  Reader in(node, keys, report, "fuzz");
  for (const auto& [key, value] : node.entries()) {
    const std::string name(key.text());
    static_cast<void>(in.string(name, "", Text::Strict));
    static_cast<void>(in.boolean(name, true));
    static_cast<void>(in.integer(name, 0, -10, 10));
    static_cast<void>(in.number(name, 0, -10, 10));
    static_cast<void>(in.duration(name, agent::Duration::zero()));
    static_cast<void>(in.byte_size(name, 0));
    static_cast<void>(in.strings(name));
    static_cast<void>(in.map(name));
    if (depth < 4) read(value, keys, depth + 1);
  }
  in.accept("known");
  static_cast<void>(in.finish());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Report report;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const Node& document : parse_documents(text, "fuzz.yaml", report)) {
    read(document, Keys::Strict, 0);
    read(document, Keys::Stage, 0);
  }
  for (const auto& problem : report.problems())
    static_cast<void>(to_string(problem));
  return 0;
}
