#include "agent/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace agent::base {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "dunlin: internal error: %s is false at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace agent::base
