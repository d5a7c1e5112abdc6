#include "agent/discovery/inventory_files.h"

#include "agent/base/files.h"
#include "agent/discovery/glob.h"

namespace agent::discovery {

ServiceInventory load_inventory(const ServiceInventory& inline_part,
                                const std::vector<std::string>& globs, config::Report& report) {
  ServiceInventory out = inline_part;
  for (const auto& glob : globs) {
    for (const auto& file : expand_glob(glob)) {
      const auto text = read_file(file);
      if (!text) {
        report.error({file, 0, 0}, "service_inventory", text.error().message);
        continue;
      }
      for (const auto& document : config::parse_documents(*text, file, report))
        if (!document.is_empty()) read_service_inventory(document, report, "", out);
    }
  }
  return out;
}

}  // namespace agent::discovery
