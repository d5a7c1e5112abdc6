#include "agent/logs/stages/template/runtime.h"

namespace agent::logs::templates {
namespace {

constexpr std::size_t kMemoryBytes = std::size_t{16} << 20U;
// Some milliseconds of work.
constexpr std::size_t kRunSteps = 100'000;
constexpr std::size_t kBatchSteps = 2'000'000;
// Expressions and zones that a template makes out of lines do not pile up.
constexpr std::size_t kMaxKept = 64;
constexpr std::size_t kKeptScratchBytes = std::size_t{64} * 1024;

}  // namespace

Runtime::Runtime() : memory_(kMemoryBytes) {}

void Runtime::start_run(Timestamp now) {
  memory_.clear();
  json_pool_.clear();
  if (zones_.size() >= kMaxKept) zones_.clear();
  failed_ = false;
  steps_ = 0;
  now_ = now;
  if (scratch_.capacity() > kKeptScratchBytes) scratch_ = std::string();
  if (items_.capacity() > kKeptScratchBytes / sizeof(Value)) items_ = std::vector<Value>();
}

Value Runtime::fail(std::string_view what) {
  if (!failed_) failure_ = {what, 0, 0};
  failed_ = true;
  return {};
}

bool Runtime::step(std::size_t count) {
  steps_ += count;
  batch_steps_ += count;
  if (steps_ <= kRunSteps && batch_steps_ <= kBatchSteps) return true;
  fail("too much work for one line");
  return false;
}

std::string& Runtime::scratch() {
  scratch_.clear();
  return scratch_;
}

std::vector<Value>& Runtime::items() {
  items_.clear();
  return items_;
}

Value Runtime::text(std::string_view text) {
  if (text.size() > kMaxTextBytes) return fail(kTooLarge);
  char* copy = memory_.array<char>(text.size());
  if (copy == nullptr) return fail(kTooLarge);
  text.copy(copy, text.size());
  return Value::of(std::string_view(copy, text.size()));
}

Value Runtime::list(Type type) {
  auto* copy = memory_.array<Value>(items_.size());
  if (copy == nullptr) return fail(kTooLarge);
  std::uninitialized_copy(items_.begin(), items_.end(), copy);
  return Value::list({copy, items_.size()}, type);
}

Value Runtime::new_dict(Type type) {
  void* room = memory_.take(sizeof(Dict));
  if (room == nullptr) return fail(kTooLarge);
  return Value::dict(*new (room) Dict(), type);
}

bool Runtime::set(Dict& dict, std::string_view name, const Value& value) {
  if (!step(1 + dict.size / 64)) return false;
  if (dict.set(name, value, memory_)) return true;
  fail(kTooLarge);
  return false;
}

Random& Runtime::random() {
  if (random_ == nullptr) random_ = std::make_unique<Random>(Random::from_system());
  return *random_;
}

const Pattern* Runtime::pattern(std::string_view expression) {
  if (const auto known = patterns_.find(expression); known != patterns_.end())
    return known->second.get();
  if (patterns_.size() >= kMaxKept) patterns_.clear();
  auto compiled = Pattern::compile(expression);
  auto& kept = patterns_[std::string(expression)];
  if (compiled) kept = std::move(*compiled);
  return kept.get();
}

const GoLayout& Runtime::layout(std::string_view layout) {
  if (const auto known = layouts_.find(layout); known != layouts_.end()) return known->second;
  if (layouts_.size() >= kMaxKept) layouts_.clear();
  return layouts_.emplace(std::string(layout), GoLayout(layout)).first->second;
}

const Zone* Runtime::zone(std::string_view name) {
  auto known = zones_.find(name);
  if (known == zones_.end()) {
    // Times of this run point to those that are there; the next run begins with none.
    if (zones_.size() >= kMaxKept) return nullptr;
    auto loaded = Zone::load(std::string(name));
    known = zones_.emplace(std::string(name), std::nullopt).first;
    if (loaded) known->second = std::move(*loaded);
  }
  return known->second ? &*known->second : nullptr;
}

}  // namespace agent::logs::templates
