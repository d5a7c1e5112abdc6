#pragma once
// Errors are values: Result<T> holds a T or an Error. Member names follow std::expected (absent in
// GCC 12's C++20).
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "agent/base/check.h"

namespace agent {

/// What went wrong, in the words that decide what happens next. Only export/retry_policy maps a
/// kind to retry or drop.
enum class ErrorKind { Config, Input, Io, Network, Timeout, Overloaded, Rejected, Internal };

/// Lower-case name of `kind`, for log fields and metric labels.
constexpr const char* to_string(ErrorKind kind) {
  constexpr const char* kNames[] = {"config",  "input",      "io",       "network",
                                    "timeout", "overloaded", "rejected", "internal"};
  return kNames[static_cast<int>(kind)];
}

/// A failure with a message for a person. Callers add context in front: "remote_write[0]: queue: No
/// space left".
struct Error {
  ErrorKind kind = ErrorKind::Internal;
  std::string message;

  /// The same error with `context` and ": " before its message.
  Error within(const std::string& context) const { return {kind, context + ": " + message}; }
};

/// A value or an Error. Reading the side that is not there is our bug and aborts.
template <typename T>
class [[nodiscard]] Result {
 public:
  // Implicit on purpose: `return value;` and `return error;` are how results are written.
  // NOLINTNEXTLINE(google-explicit-constructor): see above
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): see above
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() & { return checked(); }
  const T& value() const& { return const_cast<Result*>(this)->checked(); }
  T&& value() && { return std::move(checked()); }
  T& operator*() & { return checked(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(checked()); }
  T* operator->() { return &checked(); }
  const T* operator->() const { return &value(); }
  const Error& error() const {
    AGENT_CHECK(!has_value());
    return std::get<1>(state_);
  }

 private:
  T& checked() {
    AGENT_CHECK(has_value());
    return std::get<0>(state_);
  }
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): as above
  Result(Error error) : error_(std::move(error)) {}
  bool has_value() const { return !error_; }
  explicit operator bool() const { return has_value(); }
  const Error& error() const {
    AGENT_CHECK(error_.has_value());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace agent
