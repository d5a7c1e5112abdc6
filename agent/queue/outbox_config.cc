#include "agent/queue/outbox_config.h"

#include "agent/config/reader.h"

namespace agent::queue {

OutboxConfig read_outbox_config(const config::Node& node, const std::string& path,
                                WhenFull when_full, config::Report& report) {
  constexpr const char* kNotYet = "not supported yet: outboxes are in memory";
  config::Reader in(node, config::Keys::Strict, report, path);
  OutboxConfig out;
  out.when_full = when_full;
  if (in.has("max_bytes")) {
    out.max_bytes = in.byte_size("max_bytes", 1);
    if (out.max_bytes == 0) in.error("max_bytes", "a size above 0 is asked here");
  }
  if (const auto when = in.optional_string("when_full")) {
    if (*when == "block") {
      out.when_full = WhenFull::Block;
    } else if (*when == "drop_oldest") {
      out.when_full = WhenFull::DropOldest;
    } else if (*when == "drop_newest") {
      out.when_full = WhenFull::DropNewest;
    } else if (*when == "reject") {
      out.when_full = WhenFull::Reject;
    } else {
      in.error("when_full",
               "block, drop_oldest, drop_newest or reject is asked here, not \"" + *when + "\"");
    }
  }
  if (const auto ack = in.optional_string("push_ack"); ack && *ack != "memory")
    in.error("push_ack", *ack == "written" || *ack == "durable"
                             ? kNotYet
                             : "memory, written or durable is asked here");
  for (const char* key :
       {"max_age", "max_items", "min_free", "fsync", "drain", "spill_after", "orphan_max_age"})
    in.refuse(key, kNotYet);
  static_cast<void>(in.finish());  // what is wrong stands in the report
  return out;
}

}  // namespace agent::queue
