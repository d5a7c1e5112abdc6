#include "agent/cli/peer_flags.h"

#include <algorithm>
#include <optional>

#include "agent/base/strings.h"

namespace agent::cli {
namespace {

using app::Override;
using Scope = Override::Scope;

enum class Kind {
  Text,     // takes a value
  Boolean,  // -flag, or -flag=false
  Labels,   // takes a=b,c=d
  Ours,     // an option of `run` under the same name, with a value
  OurFlag,  // the same, without one
};

struct Flag {
  std::string_view name;
  Kind kind;
  Scope scope;
  std::string_view path;  // of the value it sets, "/" between the keys; "": see PeerFlags
  std::string_view help;  // "": it has no effect here
};

// The list of what is understood; what a flag sets stands in its path.
constexpr Flag kFlags[] = {
    {"config.file", Kind::Ours, {}, {}, "File or folder"},
    {"config.expand-env", Kind::OurFlag, {}, {}, "Expand ${VAR} in the files"},
    {"dry-run", Kind::Boolean, {}, {}, "Print entries; send nothing, save no positions"},
    {"inspect", Kind::Boolean, {}, {}, "Print what each stage does"},
    {"check-syntax", Kind::Boolean, {}, {}, "Check the configuration and end"},
    {"print-config-stderr", Kind::Boolean, {}, {}, "Print the configuration, secrets masked"},
    {"version", Kind::Boolean, {}, {}, "Print the version"},
    {"stdin", Kind::Boolean, Scope::File, "target_config/stdin", "Read stdin instead of targets"},
    {"log.level", Kind::Text, Scope::Agent, "server/log_level", "debug, info, warn or error"},
    {"log.format", Kind::Text, Scope::Agent, "server/log_format", "logfmt or json"},
    {"server.disable", Kind::Boolean, Scope::File, "server/disable", "Do not listen"},
    {"server.http-listen-address", Kind::Text, Scope::File, "server/http_listen_address",
     "Address to listen on"},
    {"server.http-listen-port", Kind::Text, Scope::File, "server/http_listen_port",
     "Port to listen on"},
    {"server.grpc-listen-address", Kind::Text, Scope::File, "server/grpc_listen_address", ""},
    {"server.grpc-listen-port", Kind::Text, Scope::File, "server/grpc_listen_port", ""},
    {"server.path-prefix", Kind::Text, Scope::File, "server/http_path_prefix",
     "Path in front of all pages"},
    {"server.enable-runtime-reload", Kind::Boolean, Scope::File, "server/enable_runtime_reload",
     "Reload by /reload"},
    {"server.profiling_enabled", Kind::Boolean, Scope::File, "server/profiling_enabled", ""},
    {"server.register-instrumentation", Kind::Boolean, Scope::File,
     "server/register_instrumentation", "Serve /metrics"},
    {"server.graceful-shutdown-timeout", Kind::Text, Scope::File,
     "server/graceful_shutdown_timeout", "Time for open requests at the end"},
    {"server.http-read-timeout", Kind::Text, Scope::File, "server/http_server_read_timeout",
     "Time to read a request"},
    {"server.http-write-timeout", Kind::Text, Scope::File, "server/http_server_write_timeout", ""},
    {"server.http-idle-timeout", Kind::Text, Scope::File, "server/http_server_idle_timeout",
     "Time an idle connection is kept"},
    {"client.url", Kind::Text, Scope::File, "client/url", "One more client"},
    {"client.tenant-id", Kind::Text, Scope::EveryClient, "tenant_id", "X-Scope-OrgID"},
    {"client.external-labels", Kind::Labels, Scope::EveryClient, "external_labels",
     "a=b,c=d: labels of every entry"},
    {"client.batch-wait", Kind::Text, Scope::EveryClient, "batchwait", "Longest wait of a batch"},
    {"client.batch-size-bytes", Kind::Text, Scope::EveryClient, "batchsize", "Size of a batch"},
    {"client.min-backoff", Kind::Text, Scope::EveryClient, "backoff_config/min_period",
     "First delay of a retry"},
    {"client.max-backoff", Kind::Text, Scope::EveryClient, "backoff_config/max_period",
     "Longest delay of a retry"},
    {"client.max-retries", Kind::Text, Scope::EveryClient, "backoff_config/max_retries", ""},
    {"client.timeout", Kind::Text, Scope::EveryClient, "timeout", "Time of a whole request"},
    {"client.drop-rate-limited-batches", Kind::Boolean, Scope::EveryClient,
     "drop_rate_limited_batches", "Drop what was answered with 429"},
    {"positions.file", Kind::Text, Scope::File, "positions/filename", "Where positions are kept"},
    {"positions.sync-period", Kind::Text, Scope::File, "positions/sync_period",
     "How often they are saved"},
    {"positions.ignore-invalid-yaml", Kind::Boolean, Scope::File, "positions/ignore_invalid_yaml",
     ""},
    {"target.sync-period", Kind::Text, Scope::File, "target_config/sync_period",
     "How often globs are evaluated"},
    {"limit.readline-rate", Kind::Text, Scope::File, "limits_config/readline_rate",
     "Lines a second"},
    {"limit.readline-burst", Kind::Text, Scope::File, "limits_config/readline_burst",
     "Lines at once"},
    {"limit.readline-rate-enabled", Kind::Boolean, Scope::File,
     "limits_config/readline_rate_enabled", "Limit the rate"},
    {"limit.readline-rate-drop", Kind::Boolean, Scope::File, "limits_config/readline_rate_drop",
     "Drop what is over the rate instead of waiting"},
    {"max-streams", Kind::Text, Scope::File, "limits_config/max_streams", "Streams in one batch"},
    {"max-line-size", Kind::Text, Scope::File, "limits_config/max_line_size",
     "Longest line, in bytes"},
    {"max-line-size-truncate", Kind::Boolean, Scope::File, "limits_config/max_line_size_truncate",
     "Cut longer lines instead of dropping them"},
    {"server.http-listen-network", Kind::Text, {}, {}, ""},
    {"server.log-request-headers", Kind::Boolean, {}, {}, ""},
    {"tracing.enabled", Kind::Boolean, {}, {}, ""},
    {"wal-enabled", Kind::Boolean, {}, {}, ""},
    {"client.stream-lag-labels", Kind::Text, {}, {}, ""},
    {"log-config-reverse-order", Kind::Boolean, {}, {}, ""},
    {"web.listen-address", Kind::Text, Scope::Agent, "server/listen_address",
     "Prometheus: HOST:PORT to listen on"},
    {"web.enable-lifecycle", Kind::Boolean, Scope::Agent, "server/enable_lifecycle",
     "Prometheus: reload from other hosts"},
    {"storage.agent.path", Kind::Text, Scope::Agent, "state_dir", "Prometheus: the state folder"},
    {"agent", Kind::Boolean, {}, {}, ""},
    {"enable-feature", Kind::Text, {}, {}, ""},
};

const Flag* find_flag(std::string_view name) {
  const auto* const at = std::find_if(std::begin(kFlags), std::end(kFlags),
                                      [&](const Flag& flag) { return flag.name == name; });
  return at == std::end(kFlags) ? nullptr : at;
}

// As Go's strconv.ParseBool.
std::optional<bool> go_boolean(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == yes) return true;
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == no) return false;
  return std::nullopt;
}

std::vector<std::string> keys_of(std::string_view path) {
  std::vector<std::string> out;
  for (const auto key : split(path, '/'))
    out.emplace_back(key);
  return out;
}

bool is_label_name(std::string_view name) {
  const auto inner = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
         std::all_of(name.begin(), name.end(), inner);
}

struct Word {
  std::string_view name;  // "": no flag
  std::optional<std::string> value;
};

// "-name", "--name", "-name=value". A dash with one letter is an option of ours.
Word take_apart(std::string_view word) {
  if (!word.starts_with('-')) return {};
  word.remove_prefix(word.starts_with("--") ? 2 : 1);
  const auto equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  if (name.size() < 2 || name.starts_with('-')) return {};
  if (equals == std::string_view::npos) return {name, std::nullopt};
  return {name, std::string(word.substr(equals + 1))};
}

class Taker {
 public:
  explicit Taker(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  Result<CommandLine> take() {
    choose_command();
    for (; at_ < arguments_.size(); ++at_) {
      if (arguments_[at_] == "--") break;
      if (const Status taken = take_one(); !taken) return taken.error();
    }
    for (; at_ < arguments_.size(); ++at_)
      out_.words.push_back(arguments_[at_]);
    return std::move(out_);
  }

 private:
  void choose_command() {
    const std::string first = arguments_.empty() ? "" : arguments_[0];
    const bool help = first == "-h" || first == "--help" || first == "-help";
    if (!first.starts_with('-') || help) {
      out_.words.push_back(help ? "--help" : first);
      if (arguments_.empty()) out_.words.clear();
      at_ = 1;
      for (is_run_ = first == "run" || first == "check"; !is_run_ && at_ < arguments_.size(); ++at_)
        out_.words.push_back(arguments_[at_]);
      return;
    }
    out_.words.emplace_back("run");
  }

  Status take_one() {
    const std::string& word = arguments_[at_];
    Word parts = take_apart(word);
    const bool for_check = out_.words.front() == "check";
    const Flag* flag = parts.name.empty() ? nullptr : find_flag(parts.name);
    const bool ours = flag != nullptr && (flag->kind == Kind::Ours || flag->kind == Kind::OurFlag);
    if (flag == nullptr || ours || for_check) {
      // Our own parser knows long names by two dashes.
      const bool one_dash = !parts.name.empty() && !word.starts_with("--");
      out_.words.push_back(one_dash ? "-" + word : word);
      return {};
    }
    if (flag->kind == Kind::Boolean) return take_boolean(*flag, parts);
    if (!parts.value) {
      if (at_ + 1 == arguments_.size()) return wrong(*flag, "wants a value");
      parts.value = arguments_[++at_];
    }
    if (flag->kind == Kind::Labels) return take_labels(*flag, *parts.value);
    set(*flag, *parts.value);
    return {};
  }

  static Error wrong(const Flag& flag, const std::string& why) {
    return {ErrorKind::Input, "-" + std::string(flag.name) + " " + why};
  }

  Status take_boolean(const Flag& flag, const Word& parts) {
    const auto wanted = go_boolean(parts.value.value_or("true"));
    if (!wanted) return wrong(flag, "wants true or false, not \"" + *parts.value + "\"");
    const struct {
      std::string_view name;
      bool PeerFlags::*field;
    } fields[] = {{"dry-run", &PeerFlags::dry_run},
                  {"inspect", &PeerFlags::inspect},
                  {"check-syntax", &PeerFlags::check_syntax},
                  {"print-config-stderr", &PeerFlags::print_config},
                  {"version", &PeerFlags::version}};
    for (const auto& [name, field] : fields)
      if (flag.name == name) out_.peer.*field = *wanted;
    set(flag, *wanted ? "true" : "false");
    return {};
  }

  Status take_labels(const Flag& flag, const std::string& text) {
    for (const auto pair : split(text, ',')) {
      if (trim(pair).empty()) continue;
      const auto equals = pair.find('=');
      const std::string name(trim(pair.substr(0, equals)));
      if (equals == std::string_view::npos || !is_label_name(name))
        return wrong(flag, "wants name=value,name=value, not \"" + text + "\"");
      set(flag, std::string(trim(pair.substr(equals + 1))), name);
    }
    return {};
  }

  void set(const Flag& flag, std::string value, const std::string& below = {}) {
    if (flag.help.empty())
      out_.peer.notes.push_back("-" + std::string(flag.name) + " has no effect here");
    if (flag.path.empty()) return;
    Override made{"-" + std::string(flag.name), flag.scope, keys_of(flag.path), std::move(value)};
    if (!below.empty()) made.path.push_back(below);
    out_.peer.overrides.push_back(std::move(made));
  }

  const std::vector<std::string>& arguments_;
  CommandLine out_;
  std::size_t at_ = 0;
  bool is_run_ = true;
};

}  // namespace

Result<CommandLine> take_peer_flags(const std::vector<std::string>& arguments) {
  return Taker(arguments).take();
}

std::vector<std::string_view> peer_flag_names() {
  std::vector<std::string_view> out;
  out.reserve(std::size(kFlags));
  for (const Flag& flag : kFlags)
    out.push_back(flag.name);
  return out;
}

std::string peer_flag_help() {
  constexpr std::size_t kColumn = 36;
  std::string out = "Flags of Promtail and Prometheus, which win over the file:\n";
  for (const Flag& flag : kFlags) {
    if (flag.help.empty()) continue;
    std::string line = "  -" + std::string(flag.name);
    line.resize(std::max(line.size() + 1, kColumn), ' ');
    out += line + std::string(flag.help) + "\n";
  }
  return out;
}

}  // namespace agent::cli
