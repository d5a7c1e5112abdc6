#include "agent/logs/stages/template/template.h"

#include "agent/logs/stages/template/parser.h"
#include "agent/logs/stages/template/tree_walk.h"

namespace agent::logs::templates {
namespace {

constexpr std::size_t kKeptOutputBytes = std::size_t{256} * 1024;

}  // namespace

Template::Template() = default;
Template::~Template() = default;
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;

Result<Template> Template::compile(std::string_view text) {
  auto tokens = tokenize(text);
  if (!tokens) return tokens.error();
  auto parsed = Parser(std::move(*tokens)).run();
  if (!parsed) return parsed.error();
  Template out;
  out.definitions_ = std::move(*parsed);
  return out;
}

Evaluator::Evaluator(const Template& compiled)
    : runtime_(std::make_unique<Runtime>()),
      stacks_(std::make_unique<Stacks>()),
      template_(compiled) {}

Evaluator::~Evaluator() = default;

void Evaluator::start_batch() { runtime_->start_batch(); }

std::optional<std::string_view> Evaluator::run(const Fields& fields, Timestamp now) {
  runtime_->start_run(now);
  stacks_->variables.clear();
  stacks_->arguments.clear();
  if (stacks_->out.capacity() > kKeptOutputBytes) stacks_->out = std::string();
  stacks_->out.clear();
  if (!TreeWalk(template_.definitions(), fields, *runtime_, *stacks_).walk()) return std::nullopt;
  return stacks_->out;
}

const Failure& Evaluator::failure() const { return runtime_->failure(); }

}  // namespace agent::logs::templates
