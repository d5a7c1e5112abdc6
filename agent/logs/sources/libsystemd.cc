#include "agent/logs/sources/libsystemd.h"

namespace agent::logs {

Result<std::shared_ptr<const LibSystemd>> LibSystemd::load() {
  auto library = SharedLibrary::load("libsystemd.so.0", "libsystemd0");
  if (!library) return library.error();
  auto out = std::make_shared<LibSystemd>(std::move(*library));
  Status found;
  const auto get = [&](const char* name, auto& function) {
    if (found) found = out->library.get(name, function);
  };
  get("sd_journal_open", out->open);
  get("sd_journal_open_directory", out->open_directory);
  get("sd_journal_close", out->close);
  get("sd_journal_add_match", out->add_match);
  get("sd_journal_set_data_threshold", out->set_data_threshold);
  get("sd_journal_get_fd", out->get_fd);
  get("sd_journal_reliable_fd", out->reliable_fd);
  get("sd_journal_process", out->process);
  get("sd_journal_seek_realtime_usec", out->seek_realtime_usec);
  get("sd_journal_seek_cursor", out->seek_cursor);
  get("sd_journal_test_cursor", out->test_cursor);
  get("sd_journal_get_cursor", out->get_cursor);
  get("sd_journal_next", out->next);
  get("sd_journal_get_realtime_usec", out->get_realtime_usec);
  get("sd_journal_restart_data", out->restart_data);
  get("sd_journal_enumerate_available_data", out->enumerate_available_data);
  get("sd_journal_get_cutoff_realtime_usec", out->get_cutoff_realtime_usec);
  get("sd_journal_get_usage", out->get_usage);
  if (!found) return found.error();
  return std::shared_ptr<const LibSystemd>(std::move(out));
}

}  // namespace agent::logs
