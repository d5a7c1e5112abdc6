// geoip: where an address is, as labels.
//
// DESIGN. The database is mapped, not read. It is followed by its path: every few seconds a look at
// the file tells whether there is a new one, which takes the place of the old one when it can be
// opened. A file that is cut in place is let go at once, as touching what is mapped beyond its end
// would end the process; its size is looked at once a batch.
#include <algorithm>

#include "agent/codec/json_value.h"
#include "agent/logs/stages/geo_database.h"
#include "agent/logs/stages/jmespath.h"
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"

namespace agent::logs {
namespace {

constexpr Duration kFileCheck = std::chrono::seconds(5);

enum class DatabaseType { None, City, Asn, Country };

struct TextField {
  std::string_view label;
  const char* path[5];  // ends in null
};

constexpr TextField kCountryFields[] = {
    {"geoip_country_name", {"country", "names", "en"}},
    {"geoip_continent_name", {"continent", "names", "en"}},
    {"geoip_continent_code", {"continent", "code"}},
};
constexpr TextField kCityFields[] = {
    {"geoip_city_name", {"city", "names", "en"}},
    {"geoip_postal_code", {"postal", "code"}},
    {"geoip_timezone", {"location", "time_zone"}},
    {"geoip_subdivision_name", {"subdivisions", "-1", "names", "en"}},
    {"geoip_subdivision_code", {"subdivisions", "-1", "iso_code"}},
};
constexpr const char* kLatitude[] = {"location", "latitude", nullptr};
constexpr const char* kLongitude[] = {"location", "longitude", nullptr};
constexpr const char* kAsNumber[] = {"autonomous_system_number", nullptr};
constexpr TextField kAsFields[] = {
    {"geoip_autonomous_system_organization", {"autonomous_system_organization"}},
};

struct GeoOptions {
  std::string path;
  std::optional<std::string> source;
  DatabaseType type = DatabaseType::None;
  // Extracted values from the whole record, as in Alloy.
  std::vector<NamedSource> lookups;
  std::vector<JmesPath> lookup_paths;
};

class GeoipStage final : public Stage {
 public:
  GeoipStage(GeoOptions options, std::unique_ptr<GeoDatabase> database, const StageSite& site)
      : options_(std::move(options)),
        database_(std::move(database)),
        table_(site.context.labels),
        unparsed_(site.unparsed()),
        failed_reloads_(site.context.metrics.counter(
            "logs_geoip_failed_reloads_total", "Databases that changed and could not be read.")) {}

  void apply(EntryBatch& batch, Timestamp now) override {
    follow_file(now);
    if (database_ == nullptr || !options_.source) return;
    for (Entry* entry : batch.entries())
      apply_one(*entry, batch.arena());
  }

 private:
  void follow_file(Timestamp now) {
    if (database_ != nullptr && !database_->is_whole()) database_.reset();
    if (now < next_check_ && next_check_ - now <= kFileCheck) return;
    const bool is_first = next_check_ == Timestamp{};
    next_check_ = now + kFileCheck;
    if (is_first || (database_ != nullptr && !database_->is_outdated())) return;
    auto fresh = GeoDatabase::open(options_.path);
    if (fresh) {
      database_ = std::move(*fresh);
    } else {
      failed_reloads_.add();
    }
  }

  void apply_one(Entry& entry, model::Arena& arena) {
    const auto address = input_of(entry, options_.source, arena);
    if (!address) return;
    const GeoRecord* record = database_->find(*address);
    if (record == nullptr) {
      if (!is_address(*address)) unparsed_.add();
      return;
    }
    switch (options_.type) {
      case DatabaseType::City:
        set_texts(entry, *record, kCountryFields);
        set_texts(entry, *record, kCityFields);
        set_location(entry, *record);
        break;
      case DatabaseType::Country:
        set_texts(entry, *record, kCountryFields);
        break;
      case DatabaseType::Asn:
        set_texts(entry, *record, kAsFields);
        if (const auto number = record->number(kAsNumber); number && *number != 0)
          set_number(entry, "geoip_autonomous_system_number", *number);
        break;
      case DatabaseType::None:
        break;
    }
    if (!options_.lookups.empty()) extract(entry, *record, arena);
  }

  void set_texts(Entry& entry, const GeoRecord& record, std::span<const TextField> fields) {
    for (const TextField& field : fields)
      if (const auto text = record.text(field.path); text && !text->empty())
        set_label(entry, field.label, *text, table_);
  }

  void set_location(Entry& entry, const GeoRecord& record) {
    const double latitude = record.number(kLatitude).value_or(0);
    const double longitude = record.number(kLongitude).value_or(0);
    if (latitude == 0 && longitude == 0) return;
    set_number(entry, "geoip_location_latitude", latitude);
    set_number(entry, "geoip_location_longitude", longitude);
  }

  void set_number(Entry& entry, std::string_view label, double number) {
    scratch_.clear();
    codec::append_decimal(scratch_, number);
    set_label(entry, label, scratch_, table_);
  }

  void extract(Entry& entry, const GeoRecord& record, model::Arena& arena) {
    pool_.clear();
    const codec::JsonValue tree = record.tree(pool_);
    for (std::size_t i = 0; i < options_.lookups.size(); ++i) {
      const auto found = options_.lookup_paths[i].evaluate(tree, pool_);
      if (found && !found->is(codec::JsonValue::Kind::Null))
        entry.extracted.set(options_.lookups[i].name, value_of(*found, arena, scratch_));
    }
  }

  GeoOptions options_;
  std::unique_ptr<GeoDatabase> database_;  // null: cannot be read at the moment
  model::LabelTable& table_;
  selfmon::Counter& unparsed_;
  selfmon::Counter& failed_reloads_;
  Timestamp next_check_{};
  codec::JsonPool pool_;
  std::string scratch_;
};

DatabaseType read_type(config::Reader& in, bool has_lookups) {
  const auto text = in.string("db_type", {}, config::Text::Strict);
  if (text == "city") return DatabaseType::City;
  if (text == "asn") return DatabaseType::Asn;
  if (text == "country") return DatabaseType::Country;
  if (!text.empty()) {
    // Promtail starts with it, and finds nothing.
    in.warning("db_type", "city, asn or country is asked here: nothing will be set");
  } else if (!has_lookups) {
    in.error("db_type", "city, asn or country is asked here");
  }
  return DatabaseType::None;
}

void read_lookups(config::Reader& in, GeoOptions& out) {
  const config::Node lookups = in.child("custom_lookups");
  out.lookups = read_named_sources(lookups, in.path_of("custom_lookups"), in.report());
  for (const NamedSource& lookup : out.lookups) {
    auto path = JmesPath::compile(lookup.source);
    if (path) {
      out.lookup_paths.push_back(std::move(*path));
    } else {
      in.error("custom_lookups",
               "\"" + lookup.source + "\" is no JMESPath: " + path.error().message);
    }
  }
}

}  // namespace

Result<StagePtr> make_geoip_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  GeoOptions out;
  out.path = in.required_string("db", config::Text::Strict);
  if (in.has("db") && out.path.empty()) in.error("db", "it must not be empty");
  out.source = read_source(in);
  if (!out.source) in.warning("", "without a source nothing is looked up");
  read_lookups(in, out);
  out.type = read_type(in, !out.lookups.empty());
  std::unique_ptr<GeoDatabase> database;
  if (!out.path.empty()) {
    auto opened = GeoDatabase::open(out.path);
    if (opened) {
      database = std::move(*opened);
    } else if (site.context.files == StageContext::Files::Needed) {
      in.error("db", opened.error().message);
    } else {
      in.warning("db", opened.error().message);
    }
  }
  if (const Status read = in.finish(); !read) return read.error();
  return StagePtr(std::make_unique<GeoipStage>(std::move(out), std::move(database), site));
}

}  // namespace agent::logs
