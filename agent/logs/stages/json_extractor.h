#pragma once
// Values out of a JSON text by JMESPath; what `json` and `docker` have in common.
#include <optional>
#include <string>
#include <vector>

#include "agent/codec/json.h"
#include "agent/logs/stages/entry_batch.h"
#include "agent/logs/stages/jmespath.h"

namespace agent::logs {

/// Extracts many values from one text after the other.
class JsonExtractor {
 public:
  enum class Outcome { Extracted, Malformed };

  /// `name` will be set to what `path` finds; the name has to outlive the extractor.
  void add(std::string_view name, JmesPath path);
  /// Null where nothing is found, over anything that was there; an error of the run leaves the name
  /// as it was. Spec: logs.md 5 (json).
  Outcome extract(std::string_view text, Extracted& into, model::Arena& arena);
  /// The members of what extract() read last; good until the next one.
  std::span<const codec::JsonMember> members() { return reader_.tree().members(); }

 private:
  struct Complex {
    std::string_view name;
    JmesPath path;
  };
  codec::JsonReader reader_;
  // Plain chains of fields are answered in one pass over the text.
  std::vector<std::string_view> plain_names_;
  std::vector<codec::JsonPath> plain_paths_;
  std::vector<codec::JsonValue> found_;
  std::vector<Complex> complex_;
  std::string scratch_;
};

}  // namespace agent::logs
