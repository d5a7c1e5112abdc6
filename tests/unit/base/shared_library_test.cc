#include "agent/base/shared_library.h"

#include <cmath>

#include <gtest/gtest.h>

namespace agent {
namespace {

TEST(SharedLibrary, FindsTypedFunctions) {
  const auto library = SharedLibrary::load("libm.so.6", "libc6");
  ASSERT_TRUE(library) << library.error().message;
  double (*root)(double) = nullptr;
  ASSERT_TRUE(library->get("sqrt", root));
  EXPECT_EQ(root(9), 3);
}

TEST(SharedLibrary, SaysWhatIsMissing) {
  const auto none = SharedLibrary::load("libnosuch.so.0", "libnosuch0");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::Config);
  EXPECT_NE(none.error().message.find("package libnosuch0"), std::string::npos);
  const auto library = SharedLibrary::load("libm.so.6", "libc6");
  ASSERT_TRUE(library);
  void (*function)() = nullptr;
  const Status found = library->get("no_such_function", function);
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message.find("no_such_function"), std::string::npos);
}

}  // namespace
}  // namespace agent
