#pragma once
// The functions that templates can call. One table for each of the files below.
#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "agent/logs/stages/template/value.h"

namespace agent::logs::templates {

class Runtime;
using Arguments = std::span<const Value>;

/// What kind of value a parameter takes, as Go's types do.
enum class Parameter : char {
  Any = 'v',
  Text = 's',
  Integer = 'i',  ///< int; not int64
  Float = 'f',
  Boolean = 'b',
  Map = 'd',  ///< map[string]interface {}
  Time = 't',
};

struct Function {
  std::string_view name;
  /// One letter (Parameter) for each; a `*` behind the last one: any number of these, also none.
  std::string_view parameters;
  /// Arguments are of the types that `parameters` asks for; a Missing one has become Nil. At an
  /// error: Runtime::fail().
  Value (*call)(Runtime& run, Arguments arguments);

  bool is_variadic() const { return parameters.ends_with('*'); }
  std::size_t fixed_parameters() const { return parameters.size() - (is_variadic() ? 2 : 0); }
  Parameter parameter(std::size_t index) const {
    return static_cast<Parameter>(
        parameters[std::min(index, parameters.size() - (is_variadic() ? 2 : 1))]);
  }
};

/// Null where there is none of that name.
const Function* find_function(std::string_view name);
/// The known name that was probably meant; "" otherwise.
std::string_view nearest_function_name(std::string_view name);
/// Methods of times, months and durations: `call` gets the value they are called on first.
const Function* find_method(Type type, std::string_view name);
/// `and` and `or` stop at the argument that decides: the evaluator does them.
extern const Function kAnd;
extern const Function kOr;

std::span<const Function> builtin_functions();
std::span<const Function> comparison_functions();
std::span<const Function> text_functions();
std::span<const Function> layout_functions();
std::span<const Function> word_functions();
std::span<const Function> number_functions();
std::span<const Function> decimal_functions();
std::span<const Function> list_functions();
std::span<const Function> map_functions();
std::span<const Function> default_functions();
std::span<const Function> regex_functions();
std::span<const Function> json_functions();
std::span<const Function> encoding_functions();
std::span<const Function> time_functions();
std::span<const Function> path_functions();
std::span<const Function> url_functions();

}  // namespace agent::logs::templates
