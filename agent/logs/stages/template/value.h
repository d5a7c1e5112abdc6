#pragma once
// The values of Go templates. Small and trivially copied; text, lists and maps lie in the template,
// in the line's own text or in the Memory of one run.
#include <cstdint>
#include <span>
#include <string_view>

#include "agent/logs/stages/template/memory.h"

namespace agent::logs::templates {

/// Go's type of a value, as far as templates can tell.
enum class Type : std::uint8_t {
  Missing,  ///< no value at all: a key that is not there, `<no value>`
  Nil,      ///< a null that is there
  Bool,
  Int,
  Int32,
  Int64,
  Uint8,
  Month,
  Weekday,
  Duration,  ///< nanoseconds
  Float64,
  String,
  AnyList,     ///< []interface {}
  StringList,  ///< []string
  IntList,     ///< []int
  ListList,    ///< [][]interface {}
  AnyDict,     ///< map[string]interface {}
  StringDict,  ///< map[string]string
  Time,
  Root,  ///< `.` at the start: the names of the line, not yet gathered into a map
};

/// Go's name of the type, and of its kind ("slice", "map", "struct", ...).
std::string_view type_name(Type type);
std::string_view kind_name(Type type);

struct Dict;
struct Time;

class Value {
 public:
  Value() = default;  ///< Missing
  static Value nil() { return Value(Type::Nil); }
  static Value of(bool boolean);
  static Value of(double number);
  static Value of(std::string_view text);
  static Value of(const Time& time);
  static Value integer(std::int64_t number, Type type = Type::Int);
  static Value list(std::span<const Value> items, Type type = Type::AnyList);
  static Value dict(Dict& members, Type type = Type::AnyDict);
  static Value root() { return Value(Type::Root); }

  Type type() const { return type_; }
  bool is(Type type) const { return type_ == type; }
  bool is_nothing() const { return type_ <= Type::Nil; }
  bool is_integer() const { return type_ >= Type::Int && type_ <= Type::Duration; }
  bool is_list() const { return type_ >= Type::AnyList && type_ <= Type::ListList; }
  bool is_dict() const { return type_ == Type::AnyDict || type_ == Type::StringDict; }

  /// Each is for its own types only.
  bool boolean() const { return content_.integer != 0; }
  std::int64_t integer() const { return content_.integer; }
  double number() const { return content_.number; }
  std::string_view text() const { return {content_.text, size_}; }
  std::span<const Value> items() const { return {content_.items, size_}; }
  Dict& dict() const { return *content_.dict; }
  const Time& time() const { return *content_.time; }

 private:
  explicit Value(Type type) : type_(type) {}
  union Content {
    std::int64_t integer;
    double number;
    const char* text;
    const Value* items;
    Dict* dict;
    const Time* time;
  };
  Type type_ = Type::Missing;
  std::size_t size_ = 0;
  Content content_{};
};

/// Whether `if` takes it as true.
bool is_true(const Value& value);

struct Member {
  std::string_view name;
  Value value;
};

/// A map; members are sorted bytewise by name.
struct Dict {
  Member* first = nullptr;
  std::size_t size = 0;
  std::size_t room = 0;

  std::span<Member> members() const { return {first, size}; }
  const Value* find(std::string_view name) const;
  /// False where the memory is used up.
  bool set(std::string_view name, Value value, Memory& memory);
  void erase(std::string_view name);

 private:
  Member* position(std::string_view name) const;
};

}  // namespace agent::logs::templates
