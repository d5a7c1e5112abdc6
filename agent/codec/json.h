#pragma once
// JSON texts in: the fast reader for log lines and the strict one behind it. simdjson stays in
// json.cc.
//
// DESIGN. A log line is read for a few of its fields, but counts as JSON only when all of it is
// well-formed. simdjson checks the whole text and gives the fields without building anything of
// ours. It refuses three things that our users' lines may hold (lone surrogates, integers beyond 64
// bits, bytes that are no UTF-8) and forgets the sign of -0: such texts are read again by
// parse_json(), which is slower, and the answers come from its tree.
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/codec/json_value.h"

namespace agent::codec {

/// Deepest nesting that counts as JSON.
inline constexpr int kMaxJsonDepth = 1024;

/// Reads one JSON text as Go's decoder does: strict grammar, nothing but blanks around it, a lone
/// surrogate or a bad byte in a string becomes U+FFFD, numbers beyond a double are errors. Strings
/// without escapes are views into `text`. Errors: Input, with the offset in bytes.
Result<JsonValue> parse_json(std::string_view text, JsonPool& pool);

/// The way to one value: names and indexes from the root. A negative index counts from the end.
struct JsonStep {
  std::string name;
  bool is_index = false;
  std::int64_t index = 0;
};
using JsonPath = std::vector<JsonStep>;

/// Reads one text after the other without allocating in the steady state.
class JsonReader {
 public:
  enum class Outcome { Object, Null, Malformed };

  JsonReader();
  ~JsonReader();
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  /// Checks the whole of `text`, which has to stay until the next read(). Anything but an object or
  /// `null` is Malformed, and so is a text nested deeper than kMaxJsonDepth.
  Outcome read(std::string_view text);
  /// The values at `paths` in the object that was read, one each; null where there is none. What
  /// they point at is good until the next read(). A name given twice: the last one counts.
  void find(std::span<const JsonPath> paths, std::span<JsonValue> out);
  /// The object as a tree, built on first use; good until the next read().
  const JsonValue& tree();
  /// Memory for what is computed from the values; cleared by read().
  JsonPool& pool();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// As agent::is_valid_utf8, but at the speed of memory.
bool is_valid_utf8_fast(std::string_view text);

}  // namespace agent::codec
