#include "agent/relabel/read_rules.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "agent/base/strings.h"
#include "agent/config/reader.h"
#include "agent/relabel/check_rule.h"
#include "agent/relabel/rule_set.h"

namespace agent::relabel {
namespace {

using config::Node;
using model::RelabelRule;

std::string spelled(std::string_view key, Spelling spelling) {
  if (spelling == Spelling::SnakeCase) return std::string(key);
  std::string out;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i] == '_' && i + 1 < key.size()) {
      out += to_upper(key.substr(++i, 1));
    } else {
      out += key[i];
    }
  }
  return out;
}

/// Reads one rule; problems go to the report as they are found.
class RuleReader {
 public:
  RuleReader(const Node& node, config::Report& report, const std::string& path, Spelling spelling)
      : reader_(node, config::Keys::Strict, report, path), spelling_(spelling) {}

  std::optional<RelabelRule> read(model::NameValidation scheme) {
    RelabelRule rule;
    read_action(rule);
    rule.source_labels = reader_.strings(key("source_labels"));
    rule.separator = reader_.string(key("separator"), rule.separator);
    read_regex(rule);
    rule.replacement = reader_.string(key("replacement"), rule.replacement);
    rule.target_label = reader_.string(key("target_label"));
    read_modulus(rule);
    read_condition(rule);
    rule.match = reader_.string("match");
    for (const auto& [name, value] : reader_.map("labels"))
      rule.labels.emplace_back(name.text(), value.text());
    if (!reader_.finish()) failed_ = true;
    if (!failed_) check(rule, scheme);
    return failed_ ? std::nullopt : std::optional(std::move(rule));
  }

 private:
  std::string key(std::string_view name) const { return spelled(name, spelling_); }

  void fail(const std::string& at, std::string message) {
    failed_ = true;
    reader_.error(at, std::move(message));
  }

  void read_action(RelabelRule& rule) {
    const auto word = reader_.optional_string("action");
    if (!word) return;
    if (const auto action = parse_action(*word)) {
      rule.action = *action;
      return;
    }
    const auto meant = nearest(to_lower(*word), action_words());
    fail("action", "unknown action \"" + *word + "\"" +
                       (meant.empty() ? "" : "; did you mean \"" + std::string(meant) + "\"?"));
  }

  // Null is the empty expression, unlike an absent key; a list is joined by `|`.
  void read_regex(RelabelRule& rule) {
    const Node node = reader_.child("regex");
    if (node.is_absent()) return;
    if (node.is_sequence()) {
      std::vector<std::string> parts;
      for (const Node& item : node.items()) {
        if (!item.is_scalar()) return fail("regex", "expected a list of expressions");
        parts.emplace_back(item.text());
      }
      rule.regex = join(parts, "|");
    } else if (node.is_scalar() || node.is_null()) {
      rule.regex = node.text();
    } else {
      fail("regex", "expected an expression or a list of them");
    }
  }

  // By hand: it may be anything up to 2^64 - 1.
  void read_modulus(RelabelRule& rule) {
    const auto text = reader_.optional_string("modulus");
    if (!text) return;
    const char* end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, rule.modulus);
    if (parsed.ec != std::errc() || parsed.ptr != end || rule.modulus == 0)
      fail("modulus", "expected a whole number from 1 to 18446744073709551615");
  }

  void read_condition(RelabelRule& rule) {
    const Node node = reader_.child("if");
    if (node.is_empty()) return;
    const auto items = node.is_sequence() ? node.items() : std::vector<Node>{node};
    for (const Node& item : items) {
      if (!item.is_scalar()) return fail("if", "expected a series selector or a list of them");
      rule.condition.emplace_back(item.text());
    }
  }

  void check(const RelabelRule& rule, model::NameValidation scheme) {
    if (const auto fault = check_rule(rule, scheme)) return fail(key(fault->key), fault->message);
    if (const auto compiled = RuleSet::compile({&rule, 1}, scheme); !compiled) {
      // "[0]: regex: message"
      const std::string_view message = std::string_view(compiled.error().message).substr(5);
      const std::size_t colon = message.find(": ");
      fail(std::string(message.substr(0, colon)), std::string(message.substr(colon + 2)));
    }
  }

  config::Reader reader_;
  Spelling spelling_;
  bool failed_ = false;
};

}  // namespace

std::vector<RelabelRule> read_rules(const Node& list, config::Report& report,
                                    const std::string& path, Spelling spelling,
                                    model::NameValidation scheme) {
  std::vector<RelabelRule> out;
  if (list.is_empty()) return out;
  if (!list.is_sequence()) {
    report.error(list.mark(), path, "expected a list of relabeling rules");
    return out;
  }
  const auto items = list.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string at = path + "[" + std::to_string(i) + "]";
    if (!items[i].is_map()) {
      report.error(items[i].mark(), at, "expected a relabeling rule");
      continue;
    }
    if (auto rule = RuleReader(items[i], report, at, spelling).read(scheme))
      out.push_back(std::move(*rule));
  }
  return out;
}

}  // namespace agent::relabel
