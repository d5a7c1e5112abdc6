#pragma once
// Libraries that only some configurations need, loaded when one asks for them.
#include <memory>
#include <string>

#include "agent/base/result.h"

namespace agent {

/// A library that dlopen() found. Functions got from it are good as long as it lives.
class SharedLibrary {
 public:
  /// `file` as the loader searches for it ("libsystemd.so.0"); `package` is what has to be
  /// installed for it. Errors: Config, naming the package.
  static Result<SharedLibrary> load(const std::string& file, const std::string& package);

  /// Sets `function` to the symbol of that name, whose declaration gives its type:
  /// `decltype(&sd_journal_open) open`. Errors: Config (the library is too old).
  template <typename Function>
  Status get(const char* name, Function*& function) const {
    void* const symbol = find(name);
    if (symbol == nullptr) return missing(name);
    function = reinterpret_cast<Function*>(symbol);
    return {};
  }

 private:
  struct Close {
    void operator()(void* handle) const;
  };
  SharedLibrary(void* handle, std::string file) : handle_(handle), file_(std::move(file)) {}
  void* find(const char* name) const;
  Error missing(const char* name) const;
  std::unique_ptr<void, Close> handle_;
  std::string file_;
};

}  // namespace agent
