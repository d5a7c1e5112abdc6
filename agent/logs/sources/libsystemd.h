#pragma once
// The functions of libsystemd that read journals. Its headers are needed to build; the library only
// where a journal is read.
#include <memory>

#include <systemd/sd-journal.h>

#include "agent/base/shared_library.h"

namespace agent::logs {

struct LibSystemd {
  /// Errors: Config.
  static Result<std::shared_ptr<const LibSystemd>> load();

  explicit LibSystemd(SharedLibrary loaded) : library(std::move(loaded)) {}

  SharedLibrary library;
  decltype(&sd_journal_open) open = nullptr;
  decltype(&sd_journal_open_directory) open_directory = nullptr;
  decltype(&sd_journal_close) close = nullptr;
  decltype(&sd_journal_add_match) add_match = nullptr;
  decltype(&sd_journal_set_data_threshold) set_data_threshold = nullptr;
  decltype(&sd_journal_get_fd) get_fd = nullptr;
  decltype(&sd_journal_reliable_fd) reliable_fd = nullptr;
  decltype(&sd_journal_process) process = nullptr;
  decltype(&sd_journal_seek_realtime_usec) seek_realtime_usec = nullptr;
  decltype(&sd_journal_seek_cursor) seek_cursor = nullptr;
  decltype(&sd_journal_test_cursor) test_cursor = nullptr;
  decltype(&sd_journal_get_cursor) get_cursor = nullptr;
  decltype(&sd_journal_next) next = nullptr;
  decltype(&sd_journal_get_realtime_usec) get_realtime_usec = nullptr;
  decltype(&sd_journal_restart_data) restart_data = nullptr;
  decltype(&sd_journal_enumerate_available_data) enumerate_available_data = nullptr;
  decltype(&sd_journal_get_cutoff_realtime_usec) get_cutoff_realtime_usec = nullptr;
  decltype(&sd_journal_get_usage) get_usage = nullptr;
};

}  // namespace agent::logs
