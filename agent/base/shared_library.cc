#include "agent/base/shared_library.h"

#include <dlfcn.h>

namespace agent {

Result<SharedLibrary> SharedLibrary::load(const std::string& file, const std::string& package) {
  void* const handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle != nullptr) return SharedLibrary(handle, file);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): glibc keeps one text for each thread
  const char* const reason = ::dlerror();
  return Error{ErrorKind::Config, "this needs the package " + package + ": " +
                                      (reason == nullptr ? file : std::string(reason))};
}

void SharedLibrary::Close::operator()(void* handle) const { ::dlclose(handle); }

void* SharedLibrary::find(const char* name) const { return ::dlsym(handle_.get(), name); }

Error SharedLibrary::missing(const char* name) const {
  return {ErrorKind::Config, file_ + " is too old: it has no " + name};
}

}  // namespace agent
