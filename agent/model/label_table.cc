#include "agent/model/label_table.h"

#include <unordered_map>

#include "agent/base/hash.h"
#include "agent/base/strings.h"

namespace agent::model {
namespace {

// One change of one set; the key owns its text, look-ups come with views.
struct ChangeKey {
  const Labels* base;
  std::string name;
  std::string value;
};
struct ChangeView {
  const Labels* base;
  std::string_view name;
  std::string_view value;
};

ChangeView view(const ChangeKey& key) { return {key.base, key.name, key.value}; }
ChangeView view(const ChangeView& key) { return key; }

struct ChangeHash {
  using is_transparent = void;
  std::size_t operator()(const auto& key) const {
    const ChangeView k = view(key);
    return hash64(k.value, hash64(k.name, reinterpret_cast<std::uintptr_t>(k.base)));
  }
};
struct ChangeEqual {
  using is_transparent = void;
  bool operator()(const auto& a, const auto& b) const {
    const ChangeView x = view(a);
    const ChangeView y = view(b);
    return x.base == y.base && x.name == y.name && x.value == y.value;
  }
};

}  // namespace

struct LabelTable::State {
  std::unordered_multimap<std::uint64_t, std::unique_ptr<Labels>> sets;  // by content hash
  std::unordered_map<ChangeKey, const Labels*, ChangeHash, ChangeEqual> changes;
  std::uint32_t sweeps = 0;
};

LabelTable::LabelTable() : state_(std::make_unique<State>()) {}
LabelTable::~LabelTable() = default;

const Labels* LabelTable::intern(const LabelSet& labels) {
  const std::uint64_t hash = hash_of(labels);
  const auto [first, last] = state_->sets.equal_range(hash);
  for (auto at = first; at != last; ++at) {
    if (at->second->set_ == labels) {
      at->second->last_used_ = state_->sweeps;
      return at->second.get();
    }
  }
  auto made = std::make_unique<Labels>();
  made->set_ = labels;
  made->hash_ = hash;
  made->last_used_ = state_->sweeps;
  return state_->sets.emplace(hash, std::move(made))->second.get();
}

const Labels* LabelTable::with(const Labels* base, std::string_view name, std::string_view value) {
  const auto known = state_->changes.find(ChangeView{base, name, value});
  if (known != state_->changes.end()) {
    known->second->last_used_ = state_->sweeps;
    return known->second;
  }
  LabelSet changed = base->set_;
  changed.set(name, value);
  const Labels* result = intern(changed);
  state_->changes.emplace(ChangeKey{base, std::string(name), std::string(value)}, result);
  return result;
}

void LabelTable::sweep(std::size_t keep_at_least) {
  ++state_->sweeps;
  if (state_->sets.size() <= keep_at_least && state_->changes.size() <= 4 * keep_at_least) return;
  // Transitions name sets by address; they are rebuilt on use.
  state_->changes.clear();
  std::erase_if(state_->sets, [&](const auto& item) {
    return item.second->pins_ == 0 && item.second->last_used_ + 1 < state_->sweeps;
  });
}

std::size_t LabelTable::size() const { return state_->sets.size(); }

}  // namespace agent::model
