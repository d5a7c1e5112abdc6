#include "agent/logs/stages/scan_pattern.h"

#include <algorithm>
#include <cstring>

namespace agent::logs {
namespace {

constexpr std::size_t kBudgetFactor = 16;
constexpr std::size_t kBudgetBase = 1024;

}  // namespace

// Whether the run at `index` can only be as long as it can be. Nothing behind it may begin with a
// byte of its class: not the next step, nor those behind it while the ones between may be empty.
// And a lazy run must not find that nothing is left to match.
bool ScanPattern::is_forced(std::size_t index) const {
  const Step& run = steps_[index];
  for (std::size_t next = index + 1; next < steps_.size(); ++next) {
    const Step& step = steps_[next];
    if (step.kind == Step::Kind::Literal)
      return !run.set[static_cast<unsigned char>(step.literal[0])];
    if (step.kind != Step::Kind::Run) continue;
    for (std::size_t byte = 0; byte < run.set.size(); ++byte)
      if (run.set[byte] && step.set[byte]) return false;
    if (step.least > 0) return true;
  }
  return at_end_ || !run.is_lazy;
}

bool ScanPattern::is_deterministic() const {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const bool varies = steps_[i].kind == Step::Kind::Run && steps_[i].least != steps_[i].most;
    if (varies && !is_forced(i)) return false;
  }
  return true;
}

std::size_t ScanPattern::run_length(const Step& step, std::string_view rest) const {
  const std::size_t most = std::min(step.most, rest.size());
  if (step.excluded >= 0) {
    const void* end = std::memchr(rest.data(), step.excluded, most);
    return end == nullptr ? most
                          : static_cast<std::size_t>(static_cast<const char*>(end) - rest.data());
  }
  std::size_t length = 0;
  while (length < most && step.set[static_cast<unsigned char>(rest[length])])
    ++length;
  return length;
}

bool ScanPattern::match_at(std::size_t start, Attempt& attempt) const {
  std::string_view rest = attempt.text.substr(start);
  const auto set_group = [&](std::size_t group, const char* begin, const char* end) {
    if (group < attempt.groups.size())
      attempt.groups[group] = {begin, static_cast<std::size_t>(end - begin)};
  };
  for (const Step& step : steps_) {
    switch (step.kind) {
      case Step::Kind::Literal:
        if (!rest.starts_with(step.literal)) return false;
        rest.remove_prefix(step.literal.size());
        break;
      case Step::Kind::Run: {
        const std::size_t length = run_length(step, rest);
        attempt.budget -= std::min(attempt.budget, length + 1);
        rest.remove_prefix(length);
        if (&step == &steps_[first_]) attempt.run_end = attempt.text.size() - rest.size();
        if (length < step.least) return false;
        break;
      }
      case Step::Kind::GroupBegin:
        set_group(step.group, rest.data(), rest.data());
        break;
      case Step::Kind::GroupEnd:
        if (step.group < attempt.groups.size())
          set_group(step.group, attempt.groups[step.group].data(), rest.data());
        break;
    }
  }
  if (at_end_ && !rest.empty()) return false;
  set_group(0, attempt.text.data() + start, rest.data());
  return true;
}

// Behind a start where nothing matched. What follows the first run was looked at from the run's
// end, and would be again from every start inside of it.
std::size_t ScanPattern::next_start(std::size_t start, const Attempt& attempt) const {
  if (first_ == steps_.size()) return start + 1;
  const Step& step = steps_[first_];
  const bool swallows = step.kind == Step::Kind::Run && step.least <= 1 && step.most == SIZE_MAX;
  return swallows ? std::max(start + 1, attempt.run_end + 1) : start + 1;
}

ScanPattern::Outcome ScanPattern::find(std::string_view text, std::size_t from,
                                       std::span<std::string_view> groups) const {
  if (text.data() == nullptr) text = "";  // an empty match has a place
  Attempt attempt{text, groups, kBudgetFactor * text.size() + kBudgetBase, 0};
  if (at_begin_) return from == 0 && match_at(0, attempt) ? Outcome::Match : Outcome::NoMatch;
  const std::string_view literal =
      first_ < steps_.size() && steps_[first_].kind == Step::Kind::Literal
          ? std::string_view(steps_[first_].literal)
          : std::string_view();
  for (std::size_t start = from; start <= text.size(); start = next_start(start, attempt)) {
    if (!literal.empty()) {
      const void* found =
          ::memmem(text.data() + start, text.size() - start, literal.data(), literal.size());
      if (found == nullptr) return Outcome::NoMatch;
      start = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    }
    if (match_at(start, attempt)) return Outcome::Match;
    if (attempt.budget == 0) return Outcome::GaveUp;
  }
  return Outcome::NoMatch;
}

}  // namespace agent::logs
