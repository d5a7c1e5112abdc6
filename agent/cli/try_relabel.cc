#include <cstdio>
#include <iostream>
#include <string>

#include "agent/base/files.h"
#include "agent/base/strings.h"
#include "agent/cli/cli.h"
#include "agent/cli/command.h"
#include "agent/codec/json_labels.h"
#include "agent/config/node.h"
#include "agent/config/reader.h"
#include "agent/relabel/read_rules.h"
#include "agent/relabel/rule_set.h"

namespace agent::cli {
namespace {

Result<relabel::RuleSet> load_rules(const std::string& file) {
  const auto text = read_file(file);
  if (!text) return text.error();
  config::Report report;
  const auto documents = config::parse_documents(*text, file, report);
  std::vector<model::RelabelRule> rules;
  for (const auto& document : documents) {
    config::Reader reader(document, config::Keys::Strict, report);
    const auto read =
        relabel::read_rules(reader.child("relabel_configs"), report,
                            reader.path_of("relabel_configs"), relabel::Spelling::SnakeCase);
    rules.insert(rules.end(), read.begin(), read.end());
    (void)reader.finish();  // what it finds is in the report
  }
  for (const auto& problem : report.problems())
    std::cerr << to_string(problem) << '\n';
  if (report.has_errors()) return Error{ErrorKind::Config, ""};
  return relabel::RuleSet::compile(rules);
}

}  // namespace

int try_relabel(const TryRelabelArguments& arguments) {
  const auto rules = load_rules(arguments.config_file);
  if (!rules) {
    if (!rules.error().message.empty()) std::cerr << rules.error().message << '\n';
    return kFailure;
  }
  std::size_t number = 0;
  for (std::string line; std::getline(std::cin, line);) {
    ++number;
    if (trim(line).empty()) continue;
    auto labels = codec::parse_json_labels(line);
    if (!labels) {
      std::cerr << "<stdin>:" << number << ": " << labels.error().message << '\n';
      return kFailure;
    }
    const bool kept = rules->apply(*labels);
    std::cout << (kept ? codec::json_labels(*labels) : "null") << '\n';
  }
  std::cout.flush();
  return std::cout.good() ? kOk : kFailure;
}

}  // namespace agent::cli
