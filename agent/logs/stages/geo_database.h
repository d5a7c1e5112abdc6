#pragma once
// A MaxMind database of addresses. libmaxminddb is loaded when the first one is opened; it stays in
// geo_database.cc.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/codec/json_value.h"

namespace agent::logs {

/// What a database knows about one address. Good as long as the database is open; text too.
class GeoRecord {
 public:
  GeoRecord() = default;
  GeoRecord(const GeoRecord&) = delete;
  GeoRecord& operator=(const GeoRecord&) = delete;
  virtual ~GeoRecord() = default;
  /// The value at a path of keys and indexes (from the end: "-1"); the last element is null.
  /// Nothing where there is none of that type.
  virtual std::optional<std::string_view> text(const char* const* path) const = 0;
  virtual std::optional<double> number(const char* const* path) const = 0;
  /// All of it as JSON; null where it cannot be read. Bytes are left out.
  virtual codec::JsonValue tree(codec::JsonPool& pool) const = 0;
};

/// True for the text of an IPv4 or IPv6 address.
bool is_address(std::string_view text);

/// One open file. Loop thread.
class GeoDatabase {
 public:
  /// Errors: Config when the library is missing (with the package's name), Io when the file cannot
  /// be read or is no database.
  static Result<std::unique_ptr<GeoDatabase>> open(const std::string& path);
  GeoDatabase() = default;
  GeoDatabase(const GeoDatabase&) = delete;
  GeoDatabase& operator=(const GeoDatabase&) = delete;
  virtual ~GeoDatabase() = default;

  /// Null where `address` is none, or is not in the database. Good until the next find().
  virtual const GeoRecord* find(std::string_view address) = 0;
  /// True when another file is at the path by now, or this one was written to.
  virtual bool is_outdated() const = 0;
  /// False once the file was cut in place: what is mapped must not be touched any more.
  virtual bool is_whole() const = 0;
};

}  // namespace agent::logs
