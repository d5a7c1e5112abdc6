#pragma once
// One maker a stage. Each reads the stage's options, with every problem in the site's report, and
// is implemented in <name>_stage.cc. Errors: Config. Spec: logs.md 5, 6, 7.
#include "agent/logs/stages/stage.h"

namespace agent::logs {

// Parsing.
Result<StagePtr> make_cri_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_docker_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_eventlogmessage_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_geoip_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_json_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_logfmt_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_pattern_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_regex_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_split_json_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_windowsevent_stage(const config::Node& options, StageSite& site);

// Changing.
Result<StagePtr> make_decolorize_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_labelallow_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_labeldrop_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_labels_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_luhn_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_multiline_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_output_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_pack_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_replace_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_static_labels_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_structured_metadata_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_structured_metadata_drop_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_template_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_tenant_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_timestamp_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_truncate_stage(const config::Node& options, StageSite& site);

// Filtering and measuring.
Result<StagePtr> make_drop_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_limit_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_match_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_metrics_stage(const config::Node& options, StageSite& site);
Result<StagePtr> make_sampling_stage(const config::Node& options, StageSite& site);

}  // namespace agent::logs
