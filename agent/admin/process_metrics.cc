#include "agent/admin/process_metrics.h"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

#include "agent/base/files.h"
#include "agent/base/strings.h"

namespace agent::admin {
namespace {

void append(std::string& out, const char* name, const char* type, const char* help, double value) {
  char line[512];
  const int size = std::snprintf(line, sizeof line, "# HELP %s %s\n# TYPE %s %s\n%s %.17g\n", name,
                                 help, name, type, name, value);
  if (size > 0) out.append(line, std::min(static_cast<std::size_t>(size), sizeof line - 1));
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// The fields of /proc/self/statm, in pages: size, resident, ...
void append_memory(std::string& out) {
  const auto statm = read_file("/proc/self/statm", 4096);
  if (!statm) return;
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  unsigned long long size = 0;
  unsigned long long resident = 0;
  // NOLINTNEXTLINE(cert-err34-c): the kernel writes numbers
  if (std::sscanf(statm->c_str(), "%llu %llu", &size, &resident) != 2) return;
  append(out, "process_resident_memory_bytes", "gauge", "Memory in RAM.",
         static_cast<double>(resident) * page);
  append(out, "process_virtual_memory_bytes", "gauge", "Address space in use.",
         static_cast<double>(size) * page);
}

void append_descriptors(std::string& out) {
  std::error_code error;
  double open = 0;
  for (auto it = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error))
    ++open;
  if (open > 0) append(out, "process_open_fds", "gauge", "Open file descriptors.", open - 1);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    append(out, "process_max_fds", "gauge", "Most file descriptors that may be open.",
           static_cast<double>(limit.rlim_cur));
}

}  // namespace

std::string process_metrics(Timestamp started) {
  std::string out;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0)
    append(out, "process_cpu_seconds_total", "counter", "User and system CPU time.",
           seconds(usage.ru_utime) + seconds(usage.ru_stime));
  append_memory(out);
  append_descriptors(out);
  append(out, "process_start_time_seconds", "gauge", "Start time, seconds since the epoch.",
         std::chrono::duration<double>(started.time_since_epoch()).count());
  return out;
}

}  // namespace agent::admin
