#include "agent/logs/logs_config.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "agent/base/byte_size.h"
#include "agent/base/strings.h"
#include "agent/config/reader.h"
#include "agent/logs/sources/source_options.h"
#include "agent/logs/sources/source_table.h"
#include "agent/logs/sources/stdin_source.h"
#include "agent/logs/sources/unbuilt_sources.h"
#include "agent/logs/tail/encoding_names.h"
#include "agent/logs/tail/glob.h"
#include "agent/logs/tail/targets.h"
#include "agent/relabel/read_rules.h"

namespace agent::logs {
namespace {

using config::Keys;
using config::Node;
using config::Reader;
using config::Report;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// They and those of files are one kind of source.
constexpr std::string_view kOtherDiscovery[] = {
    "kubernetes_sd_configs",  "consul_sd_configs",    "consulagent_sd_configs",
    "dns_sd_configs",         "ec2_sd_configs",       "gce_sd_configs",
    "azure_sd_configs",       "openstack_sd_configs", "digitalocean_sd_configs",
    "dockerswarm_sd_configs", "marathon_sd_configs",  "nerve_sd_configs",
    "serverset_sd_configs",   "triton_sd_configs"};

constexpr std::pair<std::string_view, codec::Compression> kFormats[] = {
    {"gz", codec::Compression::Gzip},
    {"z", codec::Compression::Zlib},
    {"bz2", codec::Compression::Bzip2},
    {"zst", codec::Compression::Zstd}};

// Go's form, or an integer of nanoseconds.
Duration go_duration(Reader& in, std::string_view key, Duration fallback) {
  const auto nanoseconds = config::parse_integer(in.child(key).text());
  if (nanoseconds && *nanoseconds >= 0) return Duration(*nanoseconds);
  const Duration out = in.duration(key, fallback, config::DurationForm::Go);
  if (out < Duration::zero()) in.error(key, "a duration below 0 makes no sense here");
  return out;
}

Duration positive_duration(Reader& in, std::string_view key, Duration fallback) {
  const Duration out = go_duration(in, key, fallback);
  if (out > Duration::zero()) return out;
  in.error(key, "a duration above 0 is asked here");
  return fallback;
}

std::uint64_t size_of(Reader& in, std::string_view key) {
  const auto text = in.optional_string(key);
  if (!text) return 0;
  const auto size = parse_promtail_size(*text);
  if (!size) in.error(key, size.error().message);
  return size ? *size : 0;
}

class Body {
 public:
  Body(const Node& section, const Node& default_stages, const std::string& base_folder,
       Report& report, LogsPlace place, const std::string& path)
      : in_(section, Keys::Strict, report, path),
        report_(report),
        default_stages_(default_stages),
        base_folder_(base_folder),
        place_(place) {}

  LogsConfig read() {
    if (place_ == LogsPlace::Section)
      in_.refuse("server", "the server of the agent is set by the top-level \"server:\"");
    in_.accept("server");
    read_what_has_no_effect();
    read_clients();
    read_global();
    read_positions();
    read_targets();
    read_limits();
    read_jobs();
    static_cast<void>(in_.finish());  // the report has it
    if (stdin_) read_stdin_instead();
    return std::move(out_);
  }

 private:
  Reader below(Reader& in, std::string_view key) {
    return {in.child(key), Keys::Strict, report_, in.path_of(key)};
  }

  void read_what_has_no_effect() {
    static_cast<void>(below(in_, "options").finish());
    Reader tracing = below(in_, "tracing");
    if (tracing.boolean("enabled", false)) note(tracing, "the agent traces nothing of its own");
    tracing.boolean("profiling_enabled", false);
    static_cast<void>(tracing.finish());
    Reader wal = below(in_, "wal");
    if (in_.has("wal")) note(wal, "the outbox takes its place");
    wal.boolean("enabled", false);
    wal.string("dir");
    go_duration(wal, "cleanSegmentsOlderThan", Duration::zero());
    Reader watch = below(wal, "watchConfig");
    for (const char* key : {"minReadFrequency", "maxReadFrequency", "drainTimeout"})
      go_duration(watch, key, Duration::zero());
    static_cast<void>(watch.finish());
    static_cast<void>(wal.finish());
  }
  void note(const Reader& in, std::string message) {
    report_.note(in.node().mark(), in.path_of(""), std::move(message));
  }

  void read_clients() {
    std::size_t index = 0;
    for (const auto& client : in_.list("clients"))
      add_client(client, in_.path_of("clients") + "[" + std::to_string(index++) + "]");
    if (in_.has("client")) add_client(in_.child("client"), in_.path_of("client"));
    if (out_.clients.empty()) in_.error("", "at least one client is needed (\"clients\")");
  }
  void add_client(const Node& node, std::string path) {
    out_.clients.push_back(node);
    out_.client_paths.push_back(std::move(path));
  }

  void read_global() {
    Reader global = below(in_, "global");
    Reader watch = below(global, "file_watch_config");
    out_.file_watch.min_poll =
        positive_duration(watch, "min_poll_frequency", out_.file_watch.min_poll);
    out_.file_watch.max_poll = positive_duration(
        watch, "max_poll_frequency", std::max(out_.file_watch.max_poll, out_.file_watch.min_poll));
    if (out_.file_watch.max_poll < out_.file_watch.min_poll)
      watch.error("max_poll_frequency", "this is below min_poll_frequency");
    static_cast<void>(watch.finish());
    static_cast<void>(global.finish());
  }

  void read_positions() {
    out_.positions.given = in_.has("positions") || place_ == LogsPlace::Promtail;
    Reader positions = below(in_, "positions");
    out_.positions.filename = positions.string("filename", out_.positions.filename);
    out_.positions.sync_period =
        positive_duration(positions, "sync_period", out_.positions.sync_period);
    // A damaged file is moved aside whatever this says.
    positions.boolean("ignore_invalid_yaml", false);
    static_cast<void>(positions.finish());
  }

  void read_targets() {
    Reader targets = below(in_, "target_config");
    out_.target_sync_period = positive_duration(targets, "sync_period", out_.target_sync_period);
    stdin_ = targets.boolean("stdin", false);
    static_cast<void>(targets.finish());
  }

  void read_limits() {
    Reader limits = below(in_, "limits_config");
    LogsConfig::Limits& out = out_.limits;
    out.readline_rate_enabled = limits.boolean("readline_rate_enabled", false);
    out.readline_rate = limits.number("readline_rate", out.readline_rate, 0, 1e12);
    out.readline_burst =
        static_cast<std::uint64_t>(limits.integer("readline_burst", 10'000, 0, kMost));
    out.readline_rate_drop = limits.boolean("readline_rate_drop", true);
    const bool never = out.readline_rate <= 0 || out.readline_burst == 0;
    if (out.readline_rate_enabled && never)
      limits.warning("readline_rate_enabled",
                     out.readline_rate_drop
                         ? "a readline_rate or readline_burst of 0 drops all lines beyond the burst"
                         : "with a readline_rate or readline_burst of 0 no line waits");
    out.max_streams = static_cast<std::uint64_t>(limits.integer("max_streams", 0, 0, kMost));
    out.max_line_size_bytes = size_of(limits, "max_line_size");
    out.max_line_size_truncate = limits.boolean("max_line_size_truncate", false);
    static_cast<void>(limits.finish());
  }

  void read_jobs() {
    std::size_t index = 0;
    for (const auto& node : in_.list("scrape_configs"))
      read_job(node, in_.path_of("scrape_configs") + "[" + std::to_string(index++) + "]");
  }

  void read_job(const Node& node, const std::string& path) {
    Reader in(node, Keys::Strict, report_, path);
    JobConfig job;
    job.name = in.required_string("job_name");
    if (!job.name.empty() && !job_names_.insert(job.name).second)
      in.error("job_name", "another job has the name \"" + job.name + "\" too");
    read_stages(in, job);
    job.relabel_rules =
        relabel::read_rules(in.child("relabel_configs"), report_, in.path_of("relabel_configs"),
                            relabel::Spelling::SnakeCase);
    check_target_labels(in.child("relabel_configs"), in.path_of("relabel_configs"));
    const bool readable = read_encoding(in, job);
    read_decompression(in, job);
    const bool files = gives(in, "static_configs") || gives(in, "file_sd_configs");
    read_static(in, job);
    read_file_discovery(in, job);
    const bool other = read_other_source(in, files, job);
    if (!files && !other && !stdin_)
      in.error("", "a job needs a source of logs: static_configs, file_sd_configs, journal, ...");
    static_cast<void>(in.finish());
    if ((files && readable) || job.make_source) out_.jobs.push_back(std::move(job));
  }

  // The first job's labels and stages count, whatever its source and its relabelling.
  void read_stdin_instead() {
    JobConfig job;
    job.name = "stdin";
    StdinConfig input;
    const auto jobs = in_.list("scrape_configs");
    if (!jobs.empty()) {
      job.pipeline_stages = jobs[0].get("pipeline_stages");
      job.stages_path = in_.path_of("scrape_configs") + "[0].pipeline_stages";
      input.labels = labels_of(jobs[0]);
    } else {
      input.labels = {{"job", "stdin"}, {"hostname", this_host()}};
    }
    const bool told = !job.pipeline_stages.is_empty() && !job.pipeline_stages.is_sequence();
    if (job.pipeline_stages.is_empty()) use_default_stages(job);
    if (!told) add_stage_list(job);
    input.line_limit_bytes =
        std::max<std::size_t>(input.line_limit_bytes, out_.limits.max_line_size_bytes);
    job.make_source = make_stdin_maker(input);
    job.source_text = "stdin " + model::to_string(input.labels);
    out_.jobs.clear();
    out_.jobs.push_back(std::move(job));
  }

  // What a rule sets goes to Loki; names that a reference makes are told at run time.
  void check_target_labels(const Node& rules, const std::string& path) {
    std::size_t index = 0;
    for (const Node& rule : rules.items()) {
      const Node target = rule.get("target_label");
      const std::string at = path + "[" + std::to_string(index++) + "].target_label";
      const std::string_view name = target.text();
      const bool is_sent = !name.empty() && !name.starts_with("__");
      if (is_sent && is_valid_utf8(name) && name.find('$') == std::string_view::npos)
        check_label_name(target, at, report_);
    }
  }

  static model::LabelSet labels_of(const Node& job) {
    model::LabelSet out;
    for (const auto& group : job.get("static_configs").items())
      for (const auto& [name, value] : group.get("labels").entries())
        if (!name.text().starts_with("__") && is_valid_utf8(value.text()))
          out.set(name.text(), value.text());
    return out;
  }

  void read_stages(Reader& in, JobConfig& job) {
    job.pipeline_stages = in.child("pipeline_stages");
    job.stages_path = in.path_of("pipeline_stages");
    const bool list = job.pipeline_stages.is_sequence() || job.pipeline_stages.is_empty();
    if (!list) in.error("pipeline_stages", "a list of stages is asked here");
    if (job.pipeline_stages.is_empty()) use_default_stages(job);
    if (list) add_stage_list(job);
  }

  void use_default_stages(JobConfig& job) const {
    job.pipeline_stages = default_stages_;
    job.stages_path = "pipeline_stages";
  }

  void add_stage_list(const JobConfig& job) {
    const auto& known = out_.stage_lists;
    const bool is_known = std::any_of(known.begin(), known.end(), [&](const PipelineStages& item) {
      return item.path == job.stages_path;
    });
    if (!is_known) out_.stage_lists.push_back({job.pipeline_stages, job.stages_path});
  }

  // False: the job cannot run as it is asked to.
  static bool read_encoding(Reader& in, JobConfig& job) {
    const std::string name = in.string("encoding");
    if (name.empty()) return true;
    const EncodingName* known = find_encoding(name);
    if (known == nullptr) {
      const std::string_view near = nearest_encoding(name);
      in.error("encoding",
               "no encoding is called \"" + name + "\"" +
                   (near.empty() ? "" : "; did you mean \"" + std::string(near) + "\"?"));
      return false;
    }
    if (known->converter == nullptr)
      in.warning("encoding", "nothing here decodes " + name + "; the job does not run");
    job.encoding = known->name;
    return known->converter != nullptr;
  }

  void read_decompression(Reader& job_reader, JobConfig& job) {
    Reader in = below(job_reader, "decompression");
    const bool enabled = in.boolean("enabled", false);
    DecompressionConfig out;
    out.initial_delay = go_duration(in, "initial_delay", Duration::zero());
    const std::string format = in.string("format");
    const auto* const known =
        std::find_if(std::begin(kFormats), std::end(kFormats),
                     [&](const auto& candidate) { return candidate.first == format; });
    if (known != std::end(kFormats)) out.format = known->second;
    if (known == std::end(kFormats) && !format.empty())
      in.error("format", "gz, z, bz2 or zst is asked here, or \"\" to tell by the first bytes");
    static_cast<void>(in.finish());
    if (enabled) job.decompression = out;
    job.source_text =
        job.encoding + "\n" + config::canonical_text(job_reader.child("decompression"));
  }

  // True where something stands below `key`; an empty list is nothing.
  static bool gives(Reader& in, std::string_view key) {
    const Node at = in.child(key);
    return !at.is_empty() && !(at.is_sequence() && at.items().empty());
  }

  // Sources that are none of files. All that are given are checked; the first one counts, behind
  // service discovery, which is one kind. True where there is one, built or not.
  bool read_other_source(Reader& in, bool files, JobConfig& job) {
    std::string_view first = files ? "the files of this job" : "";
    for (const auto key : kOtherDiscovery) {
      if (!gives(in, key)) continue;
      in.warning(key, std::string(key) + (files ? " is not supported yet: no target comes from it"
                                                : " is not supported yet; the job does not run"));
      check_unbuilt(key, in.child(key), report_, in.path_of(key));
      if (first.empty()) first = key;
    }
    for (const SourceKind& kind : source_kinds()) {
      if (!gives(in, kind.key)) continue;
      const bool counts = first.empty();
      if (!counts)
        in.warning(kind.key, std::string(kind.key) + " is not read: of the sources of a job the " +
                                 "first counts, here " + std::string(first));
      if (counts) first = kind.key;
      read_source(in, kind, counts, job);
    }
    return !first.empty();
  }

  void read_source(Reader& in, const SourceKind& kind, bool counts, JobConfig& job) {
    const Node options = in.child(kind.key);
    if (kind.read == nullptr) {
      check_unbuilt(kind.key, options, report_, in.path_of(kind.key));
      if (counts)
        in.warning(kind.key, std::string(kind.key) + " is not supported yet; the job does not run");
      return;
    }
    auto source =
        kind.read(options, {report_, in.path_of(kind.key), job.relabel_rules,
                            out_.limits.max_line_size_bytes, counts ? &job.docker : nullptr});
    if (!counts) return;
    job.make_source = std::move(source);
    job.source_text = std::string(kind.key) + ": " + config::canonical_text(options);
  }

  void read_static(Reader& in, JobConfig& job) {
    std::size_t index = 0;
    for (const auto& node : in.list("static_configs")) {
      const std::string path = in.path_of("static_configs") + "[" + std::to_string(index++) + "]";
      Reader group(node, Keys::Strict, report_, path);
      model::TargetGroup out;
      out.source = "static/" + std::to_string(index - 1);
      for (const auto& address : group.strings("targets"))
        out.targets.push_back({{"__address__", address}});
      if (out.targets.empty()) out.targets.push_back({{"__address__", "localhost"}});
      for (const auto& [name, value] : group.map("labels"))
        read_label(group, name, value, out.labels);
      static_cast<void>(group.finish());
      job.static_groups.push_back(std::move(out));
    }
  }

  void read_label(Reader& group, const Node& name, const Node& value, model::LabelSet& out) {
    const std::string path = group.path_of("labels") + "." + std::string(name.text());
    check_label_name(name, group.path_of("labels"), report_);
    if (!value.is_scalar() && !value.is_empty()) {
      report_.error(value.mark(), path, "text is asked here");
      return;
    }
    const bool glob = name.text() == "__path__" || name.text() == "__path_exclude__";
    if (glob && !value.text().empty())
      if (const auto compiled = Glob::compile(value.text()); !compiled)
        report_.error(value.mark(), path, compiled.error().message);
    out.set(name.text(), value.text());
  }

  void read_file_discovery(Reader& in, JobConfig& job) {
    std::size_t index = 0;
    for (const auto& node : in.list("file_sd_configs")) {
      Reader sd(node, Keys::Strict, report_,
                in.path_of("file_sd_configs") + "[" + std::to_string(index++) + "]");
      model::FileDiscovery out;
      for (const auto& file : sd.strings("files"))
        out.globs.push_back(file_glob(sd, file));
      if (out.globs.empty()) sd.error("files", "at least one file is asked here");
      out.refresh_interval =
          sd.duration("refresh_interval", out.refresh_interval, config::DurationForm::Prometheus);
      static_cast<void>(sd.finish());
      job.file_discovery.push_back(std::move(out));
    }
  }

  std::string file_glob(Reader& sd, const std::string& file) const {
    const std::string lower = to_lower(file);
    if (!lower.ends_with(".json") && !lower.ends_with(".yml") && !lower.ends_with(".yaml"))
      sd.error("files", "\"" + file + "\" does not end in .json, .yml or .yaml");
    const auto star = file.find('*');
    if (star != std::string::npos && file.find('/', star) != std::string::npos)
      sd.error("files", "a * may stand in the last part of \"" + file + "\" only");
    const bool relative = !file.starts_with('/') && !base_folder_.empty();
    return relative ? base_folder_ + "/" + file : file;
  }

  Reader in_;
  Report& report_;
  const Node& default_stages_;
  const std::string& base_folder_;
  LogsPlace place_;
  LogsConfig out_;
  std::set<std::string> job_names_;
  bool stdin_ = false;
};

}  // namespace

LogsConfig read_logs_config(const Node& section, const Node& default_stages,
                            const std::string& base_folder, Report& report, LogsPlace place,
                            const std::string& path) {
  return Body(section, default_stages, base_folder, report, place, path).read();
}

}  // namespace agent::logs
