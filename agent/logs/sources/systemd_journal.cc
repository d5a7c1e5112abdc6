// JournalReader on libsystemd.
#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "agent/logs/sources/journal_reader.h"
#include "agent/logs/sources/libsystemd.h"

namespace agent::logs {
namespace {

using std::chrono::microseconds;

// What libsystemd returns is an errno below 0.
Error failure(const std::string& what, int result) {
  return {ErrorKind::Io, what + ": " + std::generic_category().message(-result)};
}

Timestamp from_microseconds(std::uint64_t value) {
  constexpr std::uint64_t kMost = std::chrono::floor<microseconds>(Duration::max()).count();
  return Timestamp(microseconds(std::min(value, kMost)));
}

class SystemdJournal final : public JournalReader {
 public:
  SystemdJournal(std::shared_ptr<const LibSystemd> library, sd_journal* journal)
      : library_(std::move(library)), journal_(journal) {}
  ~SystemdJournal() override { library_->close(journal_); }

  Status prepare(const JournalPlace& place) {
    for (const auto& match : place.matches)
      if (const int result = library_->add_match(journal_, match.data(), match.size()); result < 0)
        return failure(match, result);
    library_->set_data_threshold(journal_, place.field_limit_bytes);
    // Before the first entry is read, so that no change is missed.
    descriptor_ = library_->get_fd(journal_);
    return descriptor_ < 0 ? failure("watch", descriptor_) : Status();
  }

  Status seek_time(Timestamp time) override {
    const auto since = std::chrono::floor<microseconds>(time.time_since_epoch()).count();
    const int result = library_->seek_realtime_usec(
        journal_, static_cast<std::uint64_t>(std::max<std::int64_t>(since, 0)));
    return result < 0 ? failure("seek", result) : Status();
  }
  Status seek_cursor(const std::string& cursor) override {
    const int result = library_->seek_cursor(journal_, cursor.c_str());
    return result < 0 ? failure("seek", result) : Status();
  }
  Result<bool> next() override {
    const int result = library_->next(journal_);
    if (result < 0) return failure("next", result);
    return result > 0;
  }

  bool is_at(const std::string& cursor) override {
    return library_->test_cursor(journal_, cursor.c_str()) > 0;
  }
  Result<Timestamp> time() override {
    std::uint64_t value = 0;
    const int result = library_->get_realtime_usec(journal_, &value);
    if (result < 0) return failure("time", result);
    return from_microseconds(value);
  }
  Result<std::string> cursor() override {
    char* text = nullptr;
    const int result = library_->get_cursor(journal_, &text);
    const std::unique_ptr<char, decltype(&std::free)> owner(text, &std::free);
    if (result < 0) return failure("cursor", result);
    return std::string(text);
  }
  Status fields(const OnField& on_field) override {
    library_->restart_data(journal_);
    const void* data = nullptr;
    std::size_t size = 0;
    for (;;) {
      const int result = library_->enumerate_available_data(journal_, &data, &size);
      if (result < 0) return failure("data", result);
      if (result == 0) return {};
      const std::string_view field(static_cast<const char*>(data), size);
      const std::size_t equals = field.find('=');
      if (equals != std::string_view::npos)
        on_field(field.substr(0, equals), field.substr(equals + 1));
    }
  }

  Result<Timestamp> oldest() override {
    std::uint64_t from = 0;
    const int result = library_->get_cutoff_realtime_usec(journal_, &from, nullptr);
    if (result < 0) return failure("oldest entry", result);
    return from_microseconds(from);
  }
  bool is_empty() override {
    std::uint64_t bytes = 0;
    return library_->get_usage(journal_, &bytes) >= 0 && bytes == 0;
  }
  int descriptor() const override { return descriptor_; }
  bool has_to_be_polled() const override { return library_->reliable_fd(journal_) == 0; }
  Status take_notice() override {
    const int result = library_->process(journal_);
    return result < 0 ? failure("process", result) : Status();
  }

 private:
  const std::shared_ptr<const LibSystemd> library_;
  sd_journal* const journal_;
  int descriptor_ = -1;
};

Result<std::unique_ptr<JournalReader>> open_systemd_journal(
    const std::shared_ptr<const LibSystemd>& library, const JournalPlace& place) {
  sd_journal* journal = nullptr;
  const int result = place.path.empty() ? library->open(&journal, SD_JOURNAL_LOCAL_ONLY)
                                        : library->open_directory(&journal, place.path.c_str(), 0);
  if (result < 0)
    return failure(place.path.empty() ? "the journal of this system" : place.path, result);
  auto out = std::make_unique<SystemdJournal>(library, journal);
  if (const Status ready = out->prepare(place); !ready) return ready.error();
  return std::unique_ptr<JournalReader>(std::move(out));
}

}  // namespace

Result<OpenJournal> load_systemd_journals() {
  auto library = LibSystemd::load();
  if (!library) return library.error();
  return OpenJournal([library = std::move(*library)](const JournalPlace& place) {
    return open_systemd_journal(library, place);
  });
}

}  // namespace agent::logs
