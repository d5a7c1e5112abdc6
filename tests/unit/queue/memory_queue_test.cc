#include "agent/queue/memory_queue.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "agent/base/random.h"

namespace agent::queue {
namespace {

using model::Push;

Block make_block(const std::string& payload, std::uint32_t records = 1,
                 const std::string& tenant = "") {
  Block block;
  block.tenant = tenant;
  block.payload = std::make_shared<const std::string>(payload);
  block.records = records;
  return block;
}

// What one block of that payload counts for.
std::uint64_t bytes_of(const std::string& payload, const std::string& tenant = "") {
  MemoryQueue queue(1U << 30U, WhenFull::Block, [](auto, const Block&) {});
  (void)queue.push(make_block(payload, 1, tenant));
  return queue.bytes();
}

struct Dropped {
  std::vector<std::string> payloads;
  MemoryQueue::OnDropped recorder() {
    return [this](MemoryQueue::BlockId, const Block& block) { payloads.push_back(*block.payload); };
  }
};

std::vector<std::string> take_all(MemoryQueue& queue) {
  std::vector<std::string> out;
  while (const auto item = queue.take())
    out.push_back(*item->payload);
  return out;
}

using Payloads = std::vector<std::string>;

TEST(MemoryQueue, TakesUpToTheLimitAndNotAByteMore) {
  const std::uint64_t one = bytes_of("aaaa");
  const struct {
    const char* name;
    std::uint64_t limit;
    Push second;
  } cases[] = {
      {"at the limit", 2 * one, Push::Taken},
      {"one byte short", 2 * one - 1, Push::Full},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Dropped dropped;
    MemoryQueue queue(c.limit, WhenFull::Block, dropped.recorder());
    EXPECT_EQ(queue.push(make_block("aaaa")), Push::Taken);
    Block second = make_block("bbbb", 7);
    EXPECT_EQ(queue.push(std::move(second)), c.second);
    // Full leaves the block as it was.
    EXPECT_EQ(second.payload != nullptr, c.second == Push::Full);
    EXPECT_TRUE(dropped.payloads.empty());
  }
}

TEST(MemoryQueue, FullMeansWhatWasConfigured) {
  const struct {
    const char* name;
    WhenFull when_full;
    Push answer;
    Payloads dropped;
    Payloads kept;
  } cases[] = {
      {"block", WhenFull::Block, Push::Full, {}, {"a", "b"}},
      {"reject", WhenFull::Reject, Push::Full, {}, {"a", "b"}},
      {"drop_oldest", WhenFull::DropOldest, Push::Taken, {"a"}, {"b", "c"}},
      {"drop_newest", WhenFull::DropNewest, Push::Taken, {"c"}, {"a", "b"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Dropped dropped;
    MemoryQueue queue(2 * bytes_of("a"), c.when_full, dropped.recorder());
    (void)queue.push(make_block("a"));
    (void)queue.push(make_block("b"));
    EXPECT_EQ(queue.push(make_block("c")), c.answer);
    EXPECT_EQ(dropped.payloads, c.dropped);
    EXPECT_EQ(queue.records(), 2U);
    EXPECT_EQ(take_all(queue), c.kept);
  }
}

TEST(MemoryQueue, DropOldestSparesWhatIsBeingSent) {
  Dropped dropped;
  MemoryQueue queue(2 * bytes_of("a"), WhenFull::DropOldest, dropped.recorder());
  (void)queue.push(make_block("a"));
  (void)queue.push(make_block("b"));
  const auto sending = queue.take();
  ASSERT_TRUE(sending);
  EXPECT_EQ(queue.push(make_block("c")), Push::Taken);
  EXPECT_EQ(dropped.payloads, Payloads{"b"});
  EXPECT_EQ(*queue.ack(sending->id).payload, "a");
}

TEST(MemoryQueue, NothingIsDroppedInVainForABlockThatCannotFit) {
  Dropped dropped;
  MemoryQueue queue(3 * bytes_of("a"), WhenFull::DropOldest, dropped.recorder());
  (void)queue.push(make_block("a"));
  (void)queue.push(make_block("b"));
  ASSERT_TRUE(queue.take());
  const std::string large(3 * bytes_of("a"), 'l');
  EXPECT_EQ(queue.push(make_block(large)), Push::Taken);
  EXPECT_EQ(dropped.payloads, Payloads{large});
  EXPECT_EQ(queue.blocks(), 2U);
}

TEST(MemoryQueue, ABlockLargerThanTheQueueIsTakenWhenNothingElseStays) {
  const std::string large(1000, 'l');
  Dropped dropped;
  MemoryQueue blocking(10, WhenFull::Block, dropped.recorder());
  EXPECT_EQ(blocking.push(make_block(large)), Push::Taken);
  EXPECT_EQ(blocking.push(make_block("x")), Push::Full);

  MemoryQueue dropping(bytes_of("a"), WhenFull::DropOldest, dropped.recorder());
  (void)dropping.push(make_block("a"));
  EXPECT_EQ(dropping.push(make_block(large)), Push::Taken);
  EXPECT_EQ(dropped.payloads, Payloads{"a"});
  EXPECT_EQ(take_all(dropping), Payloads{large});
}

TEST(MemoryQueue, TheCallbackOfADropMayUseTheQueue) {
  std::unique_ptr<MemoryQueue> queue;
  int drops = 0;
  queue = std::make_unique<MemoryQueue>(2 * bytes_of("a"), WhenFull::DropOldest,
                                        [&](auto, const Block&) {
                                          if (++drops == 1) (void)queue->push(make_block("again"));
                                        });
  (void)queue->push(make_block("a"));
  (void)queue->push(make_block("b"));
  (void)queue->push(make_block("c"));
  EXPECT_EQ(drops, 3);  // "a", then "b" and "c" for the longer "again"
  EXPECT_EQ(take_all(*queue), Payloads{"again"});
}

TEST(MemoryQueue, WhatIsGivenBackIsNextAgain) {
  MemoryQueue queue(1U << 20U, WhenFull::Block, [](auto, const Block&) {});
  for (const char* name : {"a", "b", "c"})
    (void)queue.push(make_block(name));
  const auto a = queue.take();
  const auto b = queue.take();
  ASSERT_TRUE(a && b);
  queue.give_back(b->id);
  queue.give_back(a->id);
  EXPECT_EQ(take_all(queue), (Payloads{"a", "b", "c"}));
}

TEST(MemoryQueue, TenantsTakeTurns) {
  MemoryQueue queue(1U << 20U, WhenFull::Block, [](auto, const Block&) {});
  for (const char* name : {"a1", "a2", "a3", "b1", "b2", "c1"})
    (void)queue.push(make_block(name, 1, std::string(1, name[0])));
  EXPECT_EQ(take_all(queue), (Payloads{"a1", "b1", "c1", "a2", "b2", "a3"}));
}

TEST(MemoryQueue, TakesOnlyFromTenantsThatMaySend) {
  MemoryQueue queue(1U << 20U, WhenFull::Block, [](auto, const Block&) {});
  for (const char* name : {"a1", "b1", "a2", "b2"})
    (void)queue.push(make_block(name, 1, std::string(1, name[0])));
  const auto not_a = [](const std::string& tenant) { return tenant != "a"; };
  Payloads taken;
  while (const auto item = queue.take(not_a)) {
    taken.push_back(*item->payload);
    queue.ack(item->id);
  }
  EXPECT_EQ(taken, (Payloads{"b1", "b2"}));
  EXPECT_TRUE(queue.holds("a"));
  EXPECT_FALSE(queue.holds("b"));
  EXPECT_EQ(take_all(queue), (Payloads{"a1", "a2"}));
}

TEST(MemoryQueue, OneTenantsBacklogLeavesRoomForOthers) {
  const std::string payload(100, 'x');
  const std::uint64_t size = bytes_of(payload, "a");
  MemoryQueue queue(4 * size, WhenFull::Block, nullptr);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(queue.push(make_block(payload, 1, "a")), Push::Taken);
  EXPECT_EQ(queue.push(make_block(payload, 1, "a")), Push::Full);
  EXPECT_EQ(queue.push(make_block(payload, 1, "b")), Push::Taken) << "the quarter on top";
  EXPECT_EQ(queue.push(make_block(payload, 1, "b")), Push::Full) << "it has one inside";
  EXPECT_EQ(queue.push(make_block(payload, 1, "c")), Push::Full) << "the quarter is used";
  const auto is_b = [](const std::string& tenant) { return tenant == "b"; };
  queue.ack(queue.take(is_b)->id);
  EXPECT_EQ(queue.push(make_block(payload, 1, "c")), Push::Taken);
}

TEST(MemoryQueue, TheOldestOfAllTenantsMakesRoom) {
  Dropped dropped;
  MemoryQueue queue(3 * bytes_of("b1", "b"), WhenFull::DropOldest, dropped.recorder());
  for (const char* name : {"b1", "a1", "b2", "a2", "a3"})
    (void)queue.push(make_block(name, 1, std::string(1, name[0])));
  EXPECT_EQ(dropped.payloads, (Payloads{"b1", "a1"}));
}

TEST(MemoryQueue, SplitPutsThePartsInItsPlace) {
  MemoryQueue queue(1U << 20U, WhenFull::Block, [](auto, const Block&) {});
  (void)queue.push(make_block("ab", 5));
  (void)queue.push(make_block("c", 1));
  const auto item = queue.take();
  ASSERT_TRUE(item);
  EXPECT_EQ(queue.peek(item->id).records, 5U);
  std::vector<Block> parts;
  parts.push_back(make_block("a", 2));
  parts.push_back(make_block("b", 3));
  const auto ids = queue.split(item->id, std::move(parts));
  ASSERT_EQ(ids.size(), 2U);
  EXPECT_EQ(queue.records(), 6U);
  const auto first = queue.take();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->id, ids[0]);
  EXPECT_EQ(take_all(queue), (Payloads{"b", "c"}));
}

TEST(MemoryQueueDeathTest, PartsThatLoseARecordAreOurBug) {
  MemoryQueue queue(1U << 20U, WhenFull::Block, [](auto, const Block&) {});
  (void)queue.push(make_block("ab", 5));
  const auto item = queue.take();
  EXPECT_DEATH((void)queue.split(item->id, {}), "nothing_lost");
  EXPECT_DEATH((void)queue.ack(item->id + 1), "is_out");
}

// The queue as one would write it without thinking of speed.
class Model {
 public:
  struct Slot {
    std::string payload;
    std::uint32_t records;
    bool out;
    std::string tenant;
  };
  std::vector<Slot> slots;
  std::uint64_t limit;
  WhenFull when_full;
  Payloads dropped;
  std::string last_tenant;

  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const Slot& slot : slots)
      sum += bytes_of(slot.payload, slot.tenant);
    return sum;
  }
  // The first that is not out, of the first tenant after the last one that has one.
  std::vector<Slot>::iterator next() {
    std::vector<std::string> ready;
    for (const Slot& slot : slots)
      if (!slot.out) ready.push_back(slot.tenant);
    std::sort(ready.begin(), ready.end());
    const auto after = std::upper_bound(ready.begin(), ready.end(), last_tenant);
    const std::string tenant = ready.empty() ? "" : after == ready.end() ? ready.front() : *after;
    return std::find_if(slots.begin(), slots.end(),
                        [&](const Slot& slot) { return !slot.out && slot.tenant == tenant; });
  }
  bool fits(std::uint64_t more, const std::string& tenant) const {
    const bool has_others_only =
        (when_full == WhenFull::Block || when_full == WhenFull::Reject) &&
        std::none_of(slots.begin(), slots.end(), [&](const Slot& s) { return s.tenant == tenant; });
    return slots.empty() || bytes() + more <= limit + (has_others_only ? limit / 4 : 0);
  }

  Push push(const std::string& payload, std::uint32_t records, const std::string& tenant) {
    const std::uint64_t needed = bytes_of(payload, tenant);
    if (!fits(needed, tenant)) {
      if (when_full == WhenFull::Block || when_full == WhenFull::Reject) return Push::Full;
      Model after = *this;
      while (when_full == WhenFull::DropOldest && !after.fits(needed, tenant)) {
        const auto oldest = std::find_if(after.slots.begin(), after.slots.end(),
                                         [](const Slot& slot) { return !slot.out; });
        if (oldest == after.slots.end()) break;
        after.dropped.push_back(oldest->payload);
        after.slots.erase(oldest);
      }
      if (!after.fits(needed, tenant)) {
        dropped.push_back(payload);
        return Push::Taken;
      }
      *this = after;
    }
    slots.push_back({payload, records, false, tenant});
    return Push::Taken;
  }
};

void step(Random& random, int number, MemoryQueue& queue, Model& model,
          std::vector<std::pair<MemoryQueue::BlockId, std::string>>& out) {
  const auto out_slot = [&](const std::string& payload) {
    return std::find_if(model.slots.begin(), model.slots.end(),
                        [&](const Model::Slot& slot) { return slot.payload == payload; });
  };
  const std::uint64_t action = random.next() % 5;
  if (action <= 1) {
    const std::string payload =
        std::to_string(number) + "/" + std::string(random.next() % 400, 'x');
    const auto records = static_cast<std::uint32_t>(random.next() % 9 + 2);
    const std::string tenant(random.next() % 3, 't');
    ASSERT_EQ(queue.push(make_block(payload, records, tenant)),
              model.push(payload, records, tenant));
  } else if (action == 2) {
    const auto item = queue.take();
    const auto wanted = model.next();
    ASSERT_EQ(item.has_value(), wanted != model.slots.end());
    if (!item) return;
    ASSERT_EQ(*item->payload, wanted->payload);
    wanted->out = true;
    model.last_tenant = wanted->tenant;
    out.emplace_back(item->id, wanted->payload);
  } else if (!out.empty()) {
    const auto at = out.begin() + static_cast<std::ptrdiff_t>(random.next() % out.size());
    const auto [id, payload] = *at;
    out.erase(at);
    const auto slot = out_slot(payload);
    if (action == 3) {
      ASSERT_EQ(*queue.ack(id).payload, payload);
      model.slots.erase(slot);
    } else if (slot->records < 2 || random.next() % 2 == 0) {
      queue.give_back(id);
      slot->out = false;
    } else {
      const Model::Slot whole = *slot;
      const auto at_slot = model.slots.erase(slot);
      model.slots.insert(at_slot, {{whole.payload + "L", 1, false, whole.tenant},
                                   {whole.payload + "R", whole.records - 1, false, whole.tenant}});
      std::vector<Block> parts;
      parts.push_back(make_block(whole.payload + "L", 1, whole.tenant));
      parts.push_back(make_block(whole.payload + "R", whole.records - 1, whole.tenant));
      (void)queue.split(id, std::move(parts));
    }
  }
}

TEST(MemoryQueue, BehavesAsTheModelUnderRandomActions) {
  for (const WhenFull when_full :
       {WhenFull::Block, WhenFull::DropOldest, WhenFull::DropNewest, WhenFull::Reject}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      SCOPED_TRACE("when_full " + std::to_string(static_cast<int>(when_full)) + " seed " +
                   std::to_string(seed));
      Random random(seed);
      Dropped dropped;
      MemoryQueue queue(1500, when_full, dropped.recorder());
      Model model{{}, 1500, when_full, {}, {}};
      std::vector<std::pair<MemoryQueue::BlockId, std::string>> out;
      for (int number = 0; number < 300; ++number) {
        step(random, number, queue, model, out);
        if (HasFatalFailure()) return;
        ASSERT_EQ(queue.blocks(), model.slots.size());
        ASSERT_EQ(queue.bytes(), model.bytes());
        ASSERT_EQ(dropped.payloads, model.dropped);
        std::uint64_t records = 0;
        for (const auto& slot : model.slots)
          records += slot.records;
        ASSERT_EQ(queue.records(), records);
      }
    }
  }
}

}  // namespace
}  // namespace agent::queue
