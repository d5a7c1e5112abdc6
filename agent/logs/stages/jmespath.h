#pragma once
// JMESPath over JSON values: compiled once, evaluated without I/O or clock. Spec: logs.md 5 (json),
// 9.1; the grammar and the functions are those of jmespath.org.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/codec/json.h"

namespace agent::logs {

namespace jmespath {
struct Node;
}

/// One compiled expression.
class JmesPath {
 public:
  /// Errors: Config, naming the column.
  static Result<JmesPath> compile(std::string_view expression);
  ~JmesPath();
  JmesPath(JmesPath&&) noexcept;
  JmesPath& operator=(JmesPath&&) noexcept;

  /// The way to the value where the expression is nothing but fields and indexes.
  std::optional<codec::JsonPath> as_path() const;
  /// The result; nullopt at an error of the run (a function got what it cannot take). What is made
  /// lies in `pool`.
  std::optional<codec::JsonValue> evaluate(const codec::JsonValue& root,
                                           codec::JsonPool& pool) const;
  /// Functions that do not exist: an error whenever they are called, as in the original.
  const std::vector<std::string>& unknown_functions() const { return unknown_functions_; }

 private:
  JmesPath();
  std::unique_ptr<jmespath::Node> root_;
  std::unique_ptr<codec::JsonPool> literals_;
  std::vector<std::string> unknown_functions_;
};

}  // namespace agent::logs
