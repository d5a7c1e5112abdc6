// Paths with slashes, as Go's package path takes them.
#include <vector>

#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/runtime.h"

namespace agent::logs::templates {
namespace {

// The shortest path that means the same. Writes into `out`.
void clean_into(std::string& out, std::string_view path) {
  const bool is_rooted = path.starts_with('/');
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (part.empty() || part == ".") continue;
    const bool goes_up = part == "..";
    if (goes_up && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (!goes_up || !is_rooted) {
      parts.push_back(part);
    }
  }
  if (is_rooted) out += '/';
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += '/';
    out += parts[i];
  }
  if (out.empty()) out += '.';
}

Value clean(Runtime& run, Arguments arguments) {
  std::string& out = run.scratch();
  clean_into(out, arguments[0].text());
  return run.text(out);
}

Value dir(Runtime& run, Arguments arguments) {
  const std::string_view path = arguments[0].text();
  std::string& out = run.scratch();
  clean_into(out, path.substr(0, path.rfind('/') + 1));
  return run.text(out);
}

Value base(Runtime& /*run*/, Arguments arguments) {
  std::string_view path = arguments[0].text();
  if (path.empty()) return Value::of(std::string_view("."));
  while (path.ends_with('/'))
    path.remove_suffix(1);
  if (path.empty()) return Value::of(std::string_view("/"));
  return Value::of(path.substr(path.rfind('/') + 1));
}

Value ext(Runtime& /*run*/, Arguments arguments) {
  const std::string_view path = arguments[0].text();
  const std::size_t point = path.rfind('.');
  const std::size_t slash = path.rfind('/');
  const bool is_found =
      point != std::string_view::npos && (slash == std::string_view::npos || point > slash);
  return Value::of(is_found ? path.substr(point) : std::string_view());
}

Value is_abs(Runtime& /*run*/, Arguments arguments) {
  return Value::of(arguments[0].text().starts_with('/'));
}

constexpr Function kFunctions[] = {
    {"base", "s", &base},      {"clean", "s", &clean},  {"dir", "s", &dir},
    {"ext", "s", &ext},        {"isAbs", "s", &is_abs}, {"osBase", "s", &base},
    {"osClean", "s", &clean},  {"osDir", "s", &dir},    {"osExt", "s", &ext},
    {"osIsAbs", "s", &is_abs},
};

}  // namespace

std::span<const Function> path_functions() { return kFunctions; }

}  // namespace agent::logs::templates
