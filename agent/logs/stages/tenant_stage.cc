// tenant: chooses the tenant that an entry goes to.
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"

namespace agent::logs {
namespace {

struct TenantOptions {
  std::string label;
  std::string source;
  std::string value;
};

class TenantStage final : public Stage {
 public:
  TenantStage(TenantOptions options, model::LabelTable& table)
      : options_(std::move(options)), table_(table) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    for (Entry* entry : batch.entries()) {
      const std::string_view tenant = tenant_of(*entry, batch.arena());
      if (!tenant.empty()) entry->labels = table_.with(entry->labels, model::kTenantLabel, tenant);
    }
  }

 private:
  std::string_view tenant_of(const Entry& entry, model::Arena& arena) const {
    if (!options_.value.empty()) return options_.value;
    if (!options_.label.empty()) return entry.labels->get(options_.label);
    const auto value = entry.extracted.get(options_.source);
    return value ? text_of(*value, arena).value_or(std::string_view()) : std::string_view();
  }

  TenantOptions options_;
  model::LabelTable& table_;
};

}  // namespace

Result<StagePtr> make_tenant_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  TenantOptions out;
  out.label = in.string("label", {}, config::Text::Strict);
  out.source = in.string("source", {}, config::Text::Strict);
  out.value = in.string("value", {}, config::Text::Strict);
  const int given =
      (out.label.empty() ? 0 : 1) + (out.source.empty() ? 0 : 1) + (out.value.empty() ? 0 : 1);
  if (given != 1) in.error("", "exactly one of label, source and value is needed");
  if (const Status read = in.finish(); !read) return read.error();
  return StagePtr(std::make_unique<TenantStage>(std::move(out), site.context.labels));
}

}  // namespace agent::logs
