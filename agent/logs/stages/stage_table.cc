#include "agent/logs/stages/stage_table.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "agent/base/strings.h"
#include "agent/logs/stages/makers.h"

namespace agent::logs {
namespace {

constexpr StageKind kStageKinds[] = {
    {"cri", &make_cri_stage},
    {"decolorize", &make_decolorize_stage},
    {"docker", &make_docker_stage},
    {"drop", &make_drop_stage},
    {"eventlogmessage", &make_eventlogmessage_stage},
    {"geoip", &make_geoip_stage},
    {"json", &make_json_stage},
    {"label_drop", &make_labeldrop_stage},
    {"label_keep", &make_labelallow_stage},
    {"labelallow", &make_labelallow_stage},
    {"labeldrop", &make_labeldrop_stage},
    {"labels", &make_labels_stage},
    {"limit", &make_limit_stage},
    {"logfmt", &make_logfmt_stage},
    {"luhn", &make_luhn_stage},
    {"match", &make_match_stage},
    {"metrics", &make_metrics_stage},
    {"multiline", &make_multiline_stage},
    {"non_indexed_labels", &make_structured_metadata_stage},
    {"output", &make_output_stage},
    {"pack", &make_pack_stage},
    {"pattern", &make_pattern_stage},
    {"regex", &make_regex_stage},
    {"replace", &make_replace_stage},
    {"sampling", &make_sampling_stage},
    {"split_json", &make_split_json_stage},
    {"static_labels", &make_static_labels_stage},
    {"structured_metadata", &make_structured_metadata_stage},
    {"structured_metadata_drop", &make_structured_metadata_drop_stage},
    {"template", &make_template_stage},
    {"tenant", &make_tenant_stage},
    {"timestamp", &make_timestamp_stage},
    {"truncate", &make_truncate_stage},
    {"windowsevent", &make_windowsevent_stage},
};

}  // namespace

const StageKind* find_stage_kind(std::string_view name) {
  const auto* at = std::find_if(std::begin(kStageKinds), std::end(kStageKinds),
                                [&](const StageKind& kind) { return kind.name == name; });
  return at == std::end(kStageKinds) ? nullptr : at;
}

std::string_view nearest_stage_name(std::string_view name) {
  std::vector<std::string_view> names;
  for (const StageKind& kind : kStageKinds)
    names.push_back(kind.name);
  return nearest(name, names);
}

}  // namespace agent::logs
