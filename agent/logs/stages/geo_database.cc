#include "agent/logs/stages/geo_database.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include "agent/base/shared_library.h"
#include "agent/base/unique_fd.h"

namespace agent::logs {
namespace {

constexpr int kMaxDepth = 64;  // of a record's tree

// The functions of the library, which is let go with the last database.
struct Library {
  static Result<std::unique_ptr<Library>> load() {
    auto loaded = SharedLibrary::load("libmaxminddb.so.0", "libmaxminddb0");
    if (!loaded) return loaded.error();
    auto out = std::make_unique<Library>(std::move(*loaded));
    Status found;
    const auto get = [&](const char* name, auto& function) {
      if (found) found = out->library.get(name, function);
    };
    get("MMDB_open", out->open);
    get("MMDB_close", out->close);
    get("MMDB_strerror", out->strerror);
    get("MMDB_lookup_sockaddr", out->lookup);
    get("MMDB_aget_value", out->get_value);
    get("MMDB_get_entry_data_list", out->get_list);
    get("MMDB_free_entry_data_list", out->free_list);
    if (!found) return found.error();
    return out;
  }
  explicit Library(SharedLibrary loaded) : library(std::move(loaded)) {}

  SharedLibrary library;
  decltype(&MMDB_open) open = nullptr;
  decltype(&MMDB_close) close = nullptr;
  decltype(&MMDB_strerror) strerror = nullptr;
  decltype(&MMDB_lookup_sockaddr) lookup = nullptr;
  decltype(&MMDB_aget_value) get_value = nullptr;
  decltype(&MMDB_get_entry_data_list) get_list = nullptr;
  decltype(&MMDB_free_entry_data_list) free_list = nullptr;
};

std::optional<double> number_of(const MMDB_entry_data_s& data) {
  switch (data.type) {
    case MMDB_DATA_TYPE_DOUBLE:
      return data.double_value;
    case MMDB_DATA_TYPE_FLOAT:
      return data.float_value;
    case MMDB_DATA_TYPE_UINT16:
      return data.uint16;
    case MMDB_DATA_TYPE_UINT32:
      return data.uint32;
    case MMDB_DATA_TYPE_INT32:
      return data.int32;
    case MMDB_DATA_TYPE_UINT64:
      return static_cast<double>(data.uint64);
    default:
      return std::nullopt;
  }
}

// The library gives a tree as a list: each map and array is followed by its elements.
class TreeReader {
 public:
  TreeReader(const MMDB_entry_data_list_s* at, codec::JsonPool& pool) : at_(at), pool_(pool) {}

  codec::JsonValue read(int depth) {
    if (at_ == nullptr || depth > kMaxDepth) return {};
    const MMDB_entry_data_s& data = at_->entry_data;
    at_ = at_->next;
    if (const auto number = number_of(data)) return codec::JsonValue::of(*number);
    switch (data.type) {
      case MMDB_DATA_TYPE_UTF8_STRING:
        return codec::JsonValue::of(std::string_view(data.utf8_string, data.data_size));
      case MMDB_DATA_TYPE_BOOLEAN:
        return codec::JsonValue::of(data.boolean);
      case MMDB_DATA_TYPE_ARRAY:
        return read_array(data.data_size, depth);
      case MMDB_DATA_TYPE_MAP:
        return read_map(data.data_size, depth);
      default:
        return {};
    }
  }

 private:
  codec::JsonValue read_array(std::uint32_t size, int depth) {
    std::vector<codec::JsonValue> items;
    for (std::uint32_t i = 0; i < size && at_ != nullptr; ++i)
      items.push_back(read(depth + 1));
    const auto kept = pool_.values(items.size());
    std::copy(items.begin(), items.end(), kept.begin());
    return codec::JsonValue::array(kept);
  }

  codec::JsonValue read_map(std::uint32_t size, int depth) {
    std::vector<codec::JsonMember> members;
    for (std::uint32_t i = 0; i < size && at_ != nullptr; ++i) {
      const std::string_view name = read(depth + 1).text();
      members.push_back({name, read(depth + 1)});
    }
    const auto kept = pool_.members(members.size());
    std::copy(members.begin(), members.end(), kept.begin());
    return codec::JsonValue::object(codec::sort_members(kept));
  }

  const MMDB_entry_data_list_s* at_;
  codec::JsonPool& pool_;
};

class MaxMindRecord final : public GeoRecord {
 public:
  explicit MaxMindRecord(const Library& library) : library_(library) {}
  void set(const MMDB_entry_s& entry) { entry_ = entry; }

  std::optional<std::string_view> text(const char* const* path) const override {
    const auto data = get(path);
    if (!data || data->type != MMDB_DATA_TYPE_UTF8_STRING) return std::nullopt;
    return std::string_view(data->utf8_string, data->data_size);
  }
  std::optional<double> number(const char* const* path) const override {
    const auto data = get(path);
    return data ? number_of(*data) : std::nullopt;
  }
  codec::JsonValue tree(codec::JsonPool& pool) const override {
    MMDB_entry_s entry = entry_;
    MMDB_entry_data_list_s* list = nullptr;
    codec::JsonValue out;
    if (library_.get_list(&entry, &list) == MMDB_SUCCESS) out = TreeReader(list, pool).read(0);
    library_.free_list(list);
    return out;
  }

 private:
  std::optional<MMDB_entry_data_s> get(const char* const* path) const {
    MMDB_entry_s entry = entry_;
    MMDB_entry_data_s data{};
    const bool found = library_.get_value(&entry, &data, path) == MMDB_SUCCESS && data.has_data;
    return found ? std::optional(data) : std::nullopt;
  }
  const Library& library_;
  MMDB_entry_s entry_{};
};

// An IPv4 address inside of an IPv6 one is looked up as what it is.
bool parse_address(std::string_view text, sockaddr_storage& out) {
  char buffer[INET6_ADDRSTRLEN + 1];
  if (text.size() >= sizeof buffer) return false;
  *std::copy(text.begin(), text.end(), buffer) = '\0';
  if (text.find('\0') != std::string_view::npos) return false;
  out = {};
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  bool is_v4 = ::inet_pton(AF_INET, buffer, &v4.sin_addr) == 1;
  if (!is_v4 && ::inet_pton(AF_INET6, buffer, &v6.sin6_addr) != 1) return false;
  if (!is_v4 && IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    std::memcpy(&v4.sin_addr, &v6.sin6_addr.s6_addr[12], sizeof v4.sin_addr);
    is_v4 = true;
  }
  if (is_v4) {
    std::memcpy(&out, &v4, sizeof v4);
  } else {
    std::memcpy(&out, &v6, sizeof v6);
  }
  return true;
}

class MaxMindDatabase final : public GeoDatabase {
 public:
  MaxMindDatabase(std::unique_ptr<Library> library, std::string path)
      : library_(std::move(library)), path_(std::move(path)), record_(*library_) {}
  ~MaxMindDatabase() override {
    if (is_open_) library_->close(&mmdb_);
  }
  MaxMindDatabase(const MaxMindDatabase&) = delete;
  MaxMindDatabase& operator=(const MaxMindDatabase&) = delete;

  Status open() {
    file_.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file_ || ::fstat(file_.get(), &identity_) != 0)
      return Error{ErrorKind::Io, path_ + ": " + std::system_category().message(errno)};
    const int error = library_->open(path_.c_str(), MMDB_MODE_MMAP, &mmdb_);
    if (error != MMDB_SUCCESS)
      return Error{ErrorKind::Io, path_ + ": " + library_->strerror(error)};
    is_open_ = true;
    return {};
  }

  const GeoRecord* find(std::string_view address) override {
    sockaddr_storage where{};
    if (!parse_address(address, where)) return nullptr;
    int error = MMDB_SUCCESS;
    auto found = library_->lookup(&mmdb_, reinterpret_cast<const sockaddr*>(&where), &error);
    if (error != MMDB_SUCCESS || !found.found_entry) return nullptr;
    record_.set(found.entry);
    return &record_;
  }

  bool is_outdated() const override {
    struct stat now {};
    if (::stat(path_.c_str(), &now) != 0) return false;  // what we have is better than nothing
    return now.st_ino != identity_.st_ino || now.st_dev != identity_.st_dev ||
           now.st_size != identity_.st_size || now.st_mtim.tv_sec != identity_.st_mtim.tv_sec ||
           now.st_mtim.tv_nsec != identity_.st_mtim.tv_nsec;
  }

  bool is_whole() const override {
    struct stat now {};
    return ::fstat(file_.get(), &now) == 0 && now.st_size >= identity_.st_size;
  }

 private:
  std::unique_ptr<Library> library_;
  std::string path_;
  UniqueFd file_;
  struct stat identity_ {};
  MMDB_s mmdb_{};
  bool is_open_ = false;
  MaxMindRecord record_;
};

}  // namespace

bool is_address(std::string_view text) {
  sockaddr_storage address{};
  return parse_address(text, address);
}

Result<std::unique_ptr<GeoDatabase>> GeoDatabase::open(const std::string& path) {
  auto library = Library::load();
  if (!library) return library.error();
  auto out = std::make_unique<MaxMindDatabase>(std::move(*library), path);
  if (const Status opened = out->open(); !opened) return opened.error();
  return std::unique_ptr<GeoDatabase>(std::move(out));
}

}  // namespace agent::logs
