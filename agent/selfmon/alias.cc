#include "agent/selfmon/alias.h"

namespace agent::selfmon {
namespace {

// Sources count under Promtail's name with our prefix; what they do not count does not show.
constexpr Alias kPromtail[] = {
    {"promtail_build_info", "dunlin_build_info", "version"},
    {"promtail_config_reload_success_total", "dunlin_config_reloads_total", "", "result=success"},
    {"promtail_config_reload_fail_total", "dunlin_config_reloads_total", "", "result=failure"},
    {"promtail_read_bytes_total", "dunlin_read_bytes_total", "path", "", Merge::Most},
    {"promtail_file_bytes_total", "dunlin_file_bytes_total", "path", "", Merge::Most},
    {"promtail_read_lines_total", "dunlin_read_lines_total", "path"},
    {"promtail_files_active_total", "dunlin_files_active_total", ""},
    {"promtail_targets_active_total", "dunlin_targets_active_total", ""},
    {"promtail_targets_failed_total", "dunlin_targets_failed_total", "reason"},
    {"promtail_encoded_bytes_total", "dunlin_loki_encoded_bytes_total", "host"},
    {"promtail_sent_bytes_total", "dunlin_loki_sent_bytes_total", "host"},
    {"promtail_sent_entries_total", "dunlin_loki_sent_entries_total", "host"},
    {"promtail_dropped_entries_total", "dunlin_loki_dropped_entries_total", "host tenant reason"},
    {"promtail_dropped_bytes_total", "dunlin_loki_dropped_bytes_total", "host tenant reason"},
    {"promtail_mutated_entries_total", "dunlin_loki_mutated_entries_total", "host tenant reason"},
    {"promtail_mutated_bytes_total", "dunlin_loki_mutated_bytes_total", "host tenant reason"},
    {"promtail_request_duration_seconds", "dunlin_loki_request_duration_seconds",
     "status_code host"},
    {"promtail_batch_retries_total", "dunlin_loki_batch_retries_total", "host tenant"},
    {"logentry_dropped_lines_total", "dunlin_logentry_dropped_lines_total", "reason"},
    {"logentry_dropped_lines_by_label_total", "dunlin_logentry_dropped_lines_by_label_total",
     "label_name label_value"},
    {"promtail_journal_target_lines_total", "dunlin_journal_target_lines_total", ""},
    {"promtail_journal_target_parsing_errors_total", "dunlin_journal_target_parsing_errors_total",
     "error"},
    {"promtail_syslog_target_entries_total", "dunlin_syslog_target_entries_total", ""},
    {"promtail_syslog_target_parsing_errors_total", "dunlin_syslog_target_parsing_errors_total",
     ""},
    {"promtail_syslog_empty_messages_total", "dunlin_syslog_empty_messages_total", ""},
    {"promtail_docker_target_entries_total", "dunlin_docker_target_entries_total", ""},
    {"promtail_docker_target_parsing_errors_total", "dunlin_docker_target_parsing_errors_total",
     ""},
    {"promtail_gelf_target_entries_total", "dunlin_gelf_target_entries_total", ""},
    {"promtail_gelf_target_parsing_errors_total", "dunlin_gelf_target_parsing_errors_total", ""},
    {"promtail_gcplog_target_entries_total", "dunlin_gcplog_target_entries_total", "project"},
    {"promtail_gcplog_target_parsing_errors_total", "dunlin_gcplog_target_parsing_errors_total",
     "project"},
    {"promtail_gcp_push_target_entries_total", "dunlin_gcp_push_target_entries_total", ""},
    {"promtail_gcp_push_target_parsing_errors_total", "dunlin_gcp_push_target_parsing_errors_total",
     "reason"},
    {"promtail_heroku_drain_target_entries_total", "dunlin_heroku_drain_target_entries_total", ""},
    {"promtail_heroku_drain_target_parsing_errors_total",
     "dunlin_heroku_drain_target_parsing_errors_total", ""},
    {"promtail_cloudflare_target_entries_total", "dunlin_cloudflare_target_entries_total", ""},
    {"promtail_cloudflare_target_last_requested_end_timestamp",
     "dunlin_cloudflare_target_last_requested_end_timestamp", "", "", Merge::Most},
};

constexpr Alias kPrometheus[] = {
    {"prometheus_build_info", "dunlin_build_info", "version"},
    {"prometheus_config_last_reload_successful", "dunlin_config_last_reload_successful", ""},
    {"prometheus_config_last_reload_success_timestamp_seconds",
     "dunlin_config_last_reload_success_timestamp_seconds", ""},
};

}  // namespace

std::span<const Alias> promtail_aliases() { return kPromtail; }
std::span<const Alias> prometheus_aliases() { return kPrometheus; }

}  // namespace agent::selfmon
