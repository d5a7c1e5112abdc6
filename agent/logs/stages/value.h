#pragma once
// The extracted map of an entry: what stages found out about it.
//
// DESIGN. Every label of an entry is visible in its extracted map from the start (logs.md 4.1), yet
// few are ever asked for. So the map is an overlay: the values that stages set, in a small vector
// searched from the front, above the interned label set that the entry had when it came in. Nothing
// is copied for a line. Names belong to the configuration or to the label table, text to the
// batch's arena.
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/codec/json_value.h"
#include "agent/model/arena.h"
#include "agent/model/label_table.h"

namespace agent::logs {

/// One extracted value with the type that JSON gave it.
struct Value {
  enum class Kind : std::uint8_t { Null, Boolean, Number, Text };
  Kind kind = Kind::Null;
  bool boolean = false;
  double number = 0;
  std::string_view text;

  static Value of(std::string_view text) { return {Kind::Text, false, 0, text}; }
  static Value of(double number) { return {Kind::Number, false, number, {}}; }
  static Value of(bool boolean) { return {Kind::Boolean, boolean, 0, {}}; }
  bool is_null() const { return kind == Kind::Null; }
};

/// The text of a value (logs.md 4.3): numbers in their shortest decimal form; nullopt for null.
/// Made text goes into `arena`.
std::optional<std::string_view> text_of(const Value& value, model::Arena& arena);
/// The same, appended to `out`; nothing for null.
void append_text(std::string& out, const Value& value);

/// A JSON value as an extracted one: objects and arrays become compact JSON text. Text goes into
/// `arena`; `scratch` is room to write it in, kept for the next.
Value value_of(const codec::JsonValue& from, model::Arena& arena, std::string& scratch);

/// The extracted map. Views that it is given must live as long as the entry's batch.
class Extracted {
 public:
  struct Item {
    std::string_view name;
    Value value;
  };

  /// Starts anew with `labels` below.
  void reset(const model::Labels* labels);
  /// Copies `labels` over values of the same name (logs.md 4.1); what else is there stays.
  void seed(const model::Labels* labels);

  /// nullopt: the name is not present. A present name may be null.
  std::optional<Value> get(std::string_view name) const;
  void set(std::string_view name, Value value);
  /// Several at once; their names differ.
  void set_all(std::initializer_list<Item> items);
  void erase(std::string_view name);

  /// Everything that is present, sorted by name; for templates and output.
  std::vector<Item> all() const;
  /// The same, behind what is in `out`.
  void append_all(std::vector<Item>& out) const;

  /// For entries that are held: the labels below, and calls `visit(name, value, is_erased)` for
  /// everything above them.
  const model::Labels* below() const { return below_; }
  template <typename Visit>
  void each_above(const Visit& visit) const {
    for (const Slot& slot : slots_)
      visit(slot.name, slot.value, slot.is_erased);
  }

 private:
  struct Slot {
    std::string_view name;
    Value value;
    bool is_erased = false;  // hides a label below
  };
  const Slot* find(std::string_view name) const;
  Slot* find(std::string_view name) {
    return const_cast<Slot*>(static_cast<const Extracted*>(this)->find(name));
  }
  void add(std::string_view name, Value value, bool is_erased = false);
  std::vector<Slot> slots_;
  std::uint64_t seen_ = 0;  // a bit for each kind of name: most that are asked for are not there
  const model::Labels* below_ = nullptr;
};

}  // namespace agent::logs
