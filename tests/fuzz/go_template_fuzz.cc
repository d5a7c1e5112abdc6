// A template and the line it runs on, with a line break between.
#include <cstdint>
#include <string>

#include "agent/logs/stages/template/template.h"

namespace {

using namespace agent;

/// One value under some names; everything else is missing.
class OneField final : public logs::templates::Fields {
 public:
  explicit OneField(std::string_view text) : text_(text) {}
  std::optional<std::string_view> find(std::string_view name) const override {
    return name == "a" || name == "Value" || name == "Entry" ? std::optional(text_) : std::nullopt;
  }
  std::vector<std::pair<std::string_view, std::string_view>> all() const override {
    return {{"a", text_}, {"Value", text_}, {"Entry", text_}};
  }

 private:
  std::string_view text_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = text.rfind('\n');
  const auto compiled = logs::templates::Template::compile(text.substr(0, end));
  if (!compiled) return 0;
  logs::templates::Evaluator evaluator(*compiled);
  const OneField fields(end == std::string_view::npos ? "" : text.substr(end + 1));
  // The second run has to do with what the first one left.
  evaluator.run(fields, Timestamp{});
  evaluator.run(fields, Timestamp{});
  return 0;
}
