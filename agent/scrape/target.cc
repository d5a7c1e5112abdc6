#include "agent/scrape/target.h"

#include <map>
#include <optional>
#include <unordered_map>

#include "agent/base/duration.h"
#include "agent/base/hash.h"
#include "agent/base/strings.h"

namespace agent::scrape {
namespace {

constexpr std::string_view kParamPrefix = "__param_";
constexpr std::string_view kSwitches[] = {"__convert_classic_histograms_to_nhcb__",
                                          "__always_scrape_classic_histograms__",
                                          "__scrape_native_histograms__"};

bool is_alphanumeric(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

void append_percent(std::string& out, unsigned char c) {
  constexpr char kHex[] = "0123456789ABCDEF";
  out += '%';
  out += kHex[c >> 4U];
  out += kHex[c & 15U];
}

// As a form field: letters, digits and -._~ stand for themselves, a blank is '+'.
void append_form_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_alphanumeric(byte) || std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      append_percent(out, byte);
    }
  }
}

// As a path: what RFC 3986 allows there stays, '?' and '%' among the rest are encoded.
std::string escaped_path(std::string_view path) {
  std::string out;
  if (path.empty() || path.front() != '/') out += '/';
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_alphanumeric(byte) ||
        std::string_view("-._~$&+,/:;=@!'()*[]").find(c) != std::string_view::npos) {
      out += c;
    } else {
      append_percent(out, byte);
    }
  }
  return out;
}

// What the job adds where discovery said nothing.
void set_defaults(const model::ScrapeJob& job, model::LabelSet& labels) {
  const auto set_if_absent = [&](std::string_view name, std::string_view value) {
    if (!labels.has(name)) labels.set(name, value);
  };
  const auto text = [](bool on) { return on ? "true" : "false"; };
  set_if_absent("job", job.name);
  set_if_absent("__scrape_interval__", format_prometheus_duration(job.scrape_interval));
  set_if_absent("__scrape_timeout__", format_prometheus_duration(job.scrape_timeout));
  set_if_absent("__metrics_path__", job.metrics_path);
  set_if_absent("__scheme__", job.scheme);
  set_if_absent(kSwitches[0], text(job.convert_classic_histograms_to_nhcb));
  set_if_absent(kSwitches[1], text(job.always_scrape_classic_histograms));
  set_if_absent(kSwitches[2], text(job.scrape_native_histograms));
  for (const auto& [name, values] : job.params)
    if (!values.empty()) set_if_absent(std::string(kParamPrefix) + name, values.front());
}

struct Timing {
  Duration interval{};
  Duration timeout{};
};

Result<Timing> read_timing(const model::LabelSet& labels) {
  Timing out;
  for (auto [name, into] : {std::pair{"__scrape_interval__", &out.interval},
                            std::pair{"__scrape_timeout__", &out.timeout}}) {
    const std::string_view text = labels.get(name);
    const auto parsed = parse_prometheus_duration(text);
    if (!parsed)
      return Error{ErrorKind::Input, std::string(name) + " is no duration: " + json_quote(text)};
    if (*parsed == Duration::zero())
      return Error{ErrorKind::Input, std::string(name) + " must not be 0"};
    *into = *parsed;
  }
  if (out.timeout > out.interval)
    return Error{ErrorKind::Input, "the scrape timeout is longer than the scrape interval"};
  return out;
}

Status check_values(const model::LabelSet& labels) {
  for (const auto& label : labels)
    if (!is_valid_utf8(label.value))
      return Error{ErrorKind::Input,
                   "the value of label " + json_quote(label.name) + " is not UTF-8"};
  const std::string_view address = labels.get("__address__");
  if (address.empty()) return Error{ErrorKind::Input, "no address"};
  if (address.find('/') != std::string_view::npos)
    return Error{ErrorKind::Input, "the address " + json_quote(address) +
                                       " contains a slash; give host:port, and __scheme__ and "
                                       "__metrics_path__ for the rest"};
  for (const std::string_view name : kSwitches) {
    const std::string_view value = labels.get(name);
    if (value != "true" && value != "false")
      return Error{ErrorKind::Input,
                   std::string(name) + " is neither true nor false: " + json_quote(value)};
  }
  return {};
}

// `labels` have been relabeled.
Result<Target> finish_target(const model::ScrapeJob& job, const model::LabelSet& labels) {
  if (const Status checked = check_values(labels); !checked) return checked.error();
  const auto timing = read_timing(labels);
  if (!timing) return timing.error();
  Target out;
  out.interval = timing->interval;
  out.timeout = timing->timeout;
  out.unix_socket = labels.get("__unix_socket__");
  out.url = build_url(job, labels);
  for (const auto& label : labels)
    if (!label.name.starts_with("__")) out.labels.set(label.name, label.value);
  if (!out.labels.has("instance")) out.labels.set("instance", labels.get("__address__"));
  out.hash = hash64(out.url, model::hash_of(out.labels));
  return out;
}

class TargetBuilder {
 public:
  TargetBuilder(const model::ScrapeJob& job, const relabel::RuleSet& relabeling)
      : job_(job), relabeling_(relabeling) {}

  void add(model::LabelSet labels) {
    // A socket needs no address: the host is what the request says of itself.
    if (labels.has("__unix_socket__") && !labels.has("__address__"))
      labels.set("__address__", "localhost");
    set_defaults(job_, labels);
    model::LabelSet relabeled = labels;
    if (!relabeling_.apply(relabeled) || relabeled.empty()) {
      out_.dropped.push_back({std::move(labels), "dropped by relabel_configs"});
      return;
    }
    auto target = finish_target(job_, relabeled);
    if (!target) {
      out_.dropped.push_back({std::move(labels), target.error().message});
      return;
    }
    target->discovered = std::move(labels);
    const auto [first, last] = by_hash_.equal_range(target->hash);
    for (auto at = first; at != last; ++at)
      if (out_.active[at->second].same_as(*target)) return;
    by_hash_.emplace(target->hash, out_.active.size());
    out_.active.push_back(std::move(*target));
  }
  TargetSet take() { return std::move(out_); }

 private:
  const model::ScrapeJob& job_;
  const relabel::RuleSet& relabeling_;
  TargetSet out_;
  std::unordered_multimap<std::uint64_t, std::size_t> by_hash_;
};

}  // namespace

std::string build_url(const model::ScrapeJob& job, const model::LabelSet& labels) {
  std::map<std::string, std::vector<std::string>, std::less<>> params(job.params.begin(),
                                                                      job.params.end());
  for (const auto& label : labels) {
    if (!label.name.starts_with(kParamPrefix)) continue;
    auto& values = params[label.name.substr(kParamPrefix.size())];
    if (values.empty()) {
      values.push_back(label.value);
    } else {
      values.front() = label.value;
    }
  }
  std::string out(labels.get("__scheme__"));
  out += "://";
  out += labels.get("__address__");
  out += escaped_path(labels.get("__metrics_path__"));
  char separator = '?';
  for (const auto& [name, values] : params) {
    for (const auto& value : values) {
      out += std::exchange(separator, '&');
      append_form_escaped(out, name);
      out += '=';
      append_form_escaped(out, value);
    }
  }
  return out;
}

TargetSet build_targets(const model::ScrapeJob& job, const relabel::RuleSet& relabeling,
                        const std::vector<model::TargetGroup>& groups) {
  TargetBuilder builder(job, relabeling);
  for (const auto& group : groups) {
    for (const auto& target : group.targets) {
      model::LabelSet labels = target;
      for (const auto& label : group.labels)
        if (!labels.has(label.name)) labels.set(label.name, label.value);
      builder.add(std::move(labels));
    }
  }
  return builder.take();
}

}  // namespace agent::scrape
