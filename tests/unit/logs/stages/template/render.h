#pragma once
// Templates on a bench: a template and fields in, text out.
#include <cstdlib>
#include <map>
#include <string>

#include "agent/logs/stages/template/template.h"

namespace agent::logs::templates {

using Texts = std::map<std::string, std::string, std::less<>>;

/// Fields out of a map.
class MapFields final : public Fields {
 public:
  explicit MapFields(Texts texts) : texts_(std::move(texts)) {}
  std::optional<std::string_view> find(std::string_view name) const override {
    const auto at = texts_.find(name);
    return at == texts_.end() ? std::nullopt : std::optional<std::string_view>(at->second);
  }
  std::vector<std::pair<std::string_view, std::string_view>> all() const override {
    return {texts_.begin(), texts_.end()};
  }

 private:
  Texts texts_;
};

/// What the tests' templates see.
inline MapFields sample_fields() {
  return MapFields({{"a", "hello"},
                    {"b", ""},
                    {"l", "a,b,,c"},
                    {"n", "42"},
                    {"j", R"({"x":{"y":[1,2.5,null,"s",true]},"z":null})"},
                    {"t", "2021-05-06T07:08:09.123Z"},
                    {"u", "Żółć é"},
                    {"Value", "VAL"},
                    {"Entry", "the line"}});
}

inline constexpr Timestamp kRunTime{std::chrono::seconds(1'700'000'000)};

/// The output; "refused: ..." where the template does not compile, "error: ..." where it fails. The
/// local zone is UTC.
inline std::string render(std::string_view text, const Fields& fields = sample_fields()) {
  setenv("TZ", "UTC", 1);
  auto compiled = Template::compile(text);
  if (!compiled) return "refused: " + compiled.error().message;
  Evaluator evaluator(*compiled);
  const auto out = evaluator.run(fields, kRunTime);
  if (out) return std::string(*out);
  const Failure& failure = evaluator.failure();
  return "error: " + std::to_string(failure.line) + ":" + std::to_string(failure.column) + ": " +
         std::string(failure.what);
}

/// The same of one expression.
inline std::string evaluate(std::string_view expression) {
  const std::string out = render("{{ " + std::string(expression) + " }}");
  return out.starts_with("error: ") ? "error" : out;
}

}  // namespace agent::logs::templates
