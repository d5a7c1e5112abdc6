#include "agent/app/start_pages.h"

#include <cstdint>

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace agent::app {
namespace {

// Segments without write permission hold what the file holds, whatever was relocated (that lies in
// a writable one): dropping their pages loses nothing.
int drop_segments(dl_phdr_info* object, std::size_t /*size*/, void* total) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t first = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const std::size_t size = object->dlpi_addr + segment.p_vaddr + segment.p_memsz - first;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the loader tells addresses as numbers
    if (::madvise(reinterpret_cast<void*>(first), size, MADV_DONTNEED) == 0)
      *static_cast<std::size_t*>(total) += size;
  }
  return 0;
}

}  // namespace

std::size_t drop_start_pages() {
  std::size_t total = 0;
  ::dl_iterate_phdr(&drop_segments, &total);
  return total;
}

}  // namespace agent::app
