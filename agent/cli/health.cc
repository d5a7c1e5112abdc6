#include <cstdio>

#include "agent/cli/cli.h"
#include "agent/cli/command.h"
#include "agent/cli/fetch.h"

namespace agent::cli {

int health(const AdminArguments& arguments) {
  const auto answer = fetch(arguments.admin + "/-/healthy");
  if (!answer) {
    std::fprintf(stderr, "%s\n", answer.error().message.c_str());
    return kFailure;
  }
  if (answer->status == 200) return kOk;
  std::fprintf(stderr, "%s answered %d\n", arguments.admin.c_str(), answer->status);
  return kFailure;
}

}  // namespace agent::cli
