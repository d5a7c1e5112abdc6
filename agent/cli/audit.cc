// Proves the ledger of a running agent: in = delivered + dropped + held, for every signal and
// destination.
#include <cinttypes>
#include <cstdio>
#include <string>

#include "agent/cli/cli.h"
#include "agent/cli/command.h"
#include "agent/cli/fetch.h"
#include "agent/codec/json.h"

namespace agent::cli {
namespace {

using codec::JsonValue;

std::int64_t number(const JsonValue& entry, std::string_view name) {
  const JsonValue* value = entry.get(name);
  return value == nullptr ? 0 : static_cast<std::int64_t>(value->number());
}

std::string text(const JsonValue& entry, std::string_view name) {
  const JsonValue* value = entry.get(name);
  return value == nullptr ? std::string() : std::string(value->text());
}

// "stage_drop 3, queue_full 1"
std::string reasons(const JsonValue& entry) {
  std::string out;
  const JsonValue* dropped = entry.get("dropped");
  if (dropped == nullptr) return out;
  for (const auto& [reason, count] : dropped->members())
    out += (out.empty() ? "" : ", ") + std::string(reason) + " " +
           std::to_string(static_cast<std::int64_t>(count.number()));
  return out;
}

bool print_entry(const JsonValue& entry) {
  const std::int64_t balance = number(entry, "balance");
  std::printf("%-8s %-24s %10" PRId64 " = %10" PRId64 " delivered + %8" PRId64
              " dropped + %8" PRId64 " held   %s\n",
              text(entry, "signal").c_str(), text(entry, "destination").c_str(),
              number(entry, "in_total") + number(entry, "created") - number(entry, "merged") -
                  number(entry, "missed"),
              number(entry, "delivered"), number(entry, "dropped_total"), number(entry, "held"),
              balance == 0 ? "balanced" : "NOT BALANCED");
  if (const std::string why = reasons(entry); !why.empty())
    std::printf("%33s dropped: %s\n", "", why.c_str());
  if (balance != 0) std::printf("%33s %" PRId64 " records are unaccounted for\n", "", balance);
  return balance == 0;
}

}  // namespace

int audit(const AdminArguments& arguments) {
  const auto answer = fetch(arguments.admin + "/-/ledger");
  if (!answer || answer->status != 200) {
    std::fprintf(
        stderr, "%s\n",
        answer ? (arguments.admin + "/-/ledger answered " + std::to_string(answer->status)).c_str()
               : answer.error().message.c_str());
    return kFailure;
  }
  codec::JsonPool pool;
  const auto ledger = codec::parse_json(answer->body, pool);
  const JsonValue* entries = ledger ? ledger->get("entries") : nullptr;
  if (entries == nullptr) {
    std::fprintf(stderr, "%s/-/ledger answered something that is no ledger\n",
                 arguments.admin.c_str());
    return kFailure;
  }
  bool balanced = true;
  for (const JsonValue& entry : entries->items())
    balanced = print_entry(entry) && balanced;
  std::printf("%s\n", entries->items().empty() ? "nothing is configured to be sent anywhere"
                      : balanced               ? "every record is accounted for"
                                               : "the ledger does not balance");
  return balanced ? kOk : kFailure;
}

}  // namespace agent::cli
