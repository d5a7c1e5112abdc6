#include "agent/logs/stages/template/functions.h"

#include "agent/base/strings.h"
#include "agent/logs/stages/template/runtime.h"

namespace agent::logs::templates {
namespace {

// Never called: the evaluator knows the two.
Value no_call(Runtime& /*run*/, Arguments /*arguments*/) { return {}; }

// Where two tables have one name, the first counts: sprig's `slice` hides Go's.
template <typename Visit>
void for_each_table(Visit visit) {
  for (const auto table :
       {builtin_functions(), comparison_functions(), text_functions(), layout_functions(),
        word_functions(), number_functions(), decimal_functions(), list_functions(),
        map_functions(), default_functions(), regex_functions(), json_functions(),
        encoding_functions(), time_functions(), path_functions(), url_functions()})
    visit(table);
}

}  // namespace

const Function kAnd{"and", "vv*", &no_call};
const Function kOr{"or", "vv*", &no_call};

const Function* find_function(std::string_view name) {
  if (name == kAnd.name) return &kAnd;
  if (name == kOr.name) return &kOr;
  const Function* out = nullptr;
  for_each_table([&](std::span<const Function> table) {
    for (const Function& function : table)
      if (out == nullptr && function.name == name) out = &function;
  });
  return out;
}

std::string_view nearest_function_name(std::string_view name) {
  std::vector<std::string_view> names{kAnd.name, kOr.name};
  for_each_table([&](std::span<const Function> table) {
    for (const Function& function : table)
      names.push_back(function.name);
  });
  return nearest(name, names);
}

}  // namespace agent::logs::templates
