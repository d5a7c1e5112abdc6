#include "agent/export/loki_refusal.h"

#include <algorithm>
#include <ctime>
#include <optional>
#include <set>
#include <utility>

#include "agent/base/rfc3339.h"
#include "agent/base/strings.h"
#include "agent/codec/compression.h"
#include "agent/codec/loki_entry.h"
#include "agent/codec/loki_push.h"

namespace agent::exporter {
namespace {

constexpr std::size_t kMostLetters = 100;  // of one request
constexpr std::size_t kMostLineBytes = 16U << 10U;
constexpr std::size_t kMostAnswerBytes = 1U << 10U;
constexpr std::uint64_t kLargestRequest = 256ULL << 20U;

// ---- the answer

// Go's Time.String: "2006-01-02 15:04:05.999999999 +0000 UTC".
std::optional<Timestamp> parse_go_time_text(std::string_view text) {
  const std::string copy(text);
  std::tm parts{};
  const char* rest = ::strptime(copy.c_str(), "%Y-%m-%d %H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  std::int64_t nanos = 0;
  if (*rest == '.') {
    ++rest;
    for (std::int64_t unit = 100'000'000; *rest >= '0' && *rest <= '9'; ++rest, unit /= 10)
      nanos += unit * (*rest - '0');
  }
  const std::int64_t local = ::timegm(&parts);
  std::tm zone{};
  if (::strptime(rest, " %z", &zone) == nullptr) return std::nullopt;
  constexpr std::int64_t kMost = 9'200'000'000;  // seconds that a Timestamp holds
  const std::int64_t seconds = local - zone.tm_gmtoff;
  if (seconds > kMost || seconds < -kMost) return std::nullopt;
  return Timestamp(std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanos));
}

// What stands in `text` from `from` to the first of `ends`; to its end where there is none.
std::string_view until(std::string_view text, std::size_t from,
                       std::initializer_list<std::string_view> ends) {
  std::size_t end = text.size();
  for (const auto mark : ends)
    end = std::min(end, text.find(mark, from));
  return text.substr(from, end - from);
}

// The stream that is named at or after `from`.
std::string_view stream_after(std::string_view answer, std::size_t from) {
  constexpr std::string_view kMark = "for stream: ";
  const auto at = answer.find(kMark, from);
  if (at == std::string_view::npos) return {};
  std::string_view stream = trim(until(answer, at + kMark.size(), {"\n"}));
  if (stream.ends_with(',')) stream.remove_suffix(1);
  return stream;
}

// ---- the request

struct Entry {
  std::string_view labels;
  codec::LokiEntryView entry;
};

Result<std::vector<Entry>> read_entries(std::string_view request, std::size_t most) {
  const auto streams = codec::walk_loki_push(request);
  if (!streams) return streams.error();
  std::vector<Entry> out;
  for (const auto& stream : *streams) {
    for (const auto bytes : stream.entries) {
      if (out.size() == most) return out;
      auto entry = codec::read_loki_entry(bytes);
      if (!entry) return entry.error();
      out.push_back({stream.labels, std::move(*entry)});
    }
  }
  return out;
}

// ---- letters

void add_member(std::string& out, std::string_view name, std::string_view value) {
  out += ',';
  out += json_quote(name);
  out += ':';
  out += json_quote(value);
}

std::string head_of(const queue::Block& block, const Outcome& outcome, const Refusal& refusal,
                    std::string_view answer) {
  std::string out = "{\"time\":" + json_quote(format_rfc3339(refusal.now));
  add_member(out, "destination", refusal.destination);
  if (!block.tenant.empty()) add_member(out, "tenant", block.tenant);
  add_member(out, "reason", outcome.reason);
  add_member(out, "answer", answer.substr(0, kMostAnswerBytes));
  return out;
}

void add_identity(std::string& out, Timestamp timestamp, std::string_view labels) {
  add_member(out, "timestamp", format_rfc3339(timestamp));
  add_member(out, "labels", labels);
}

DeadLetter letter_of(std::string head, const Entry& refused) {
  const codec::LokiEntryView& entry = refused.entry;
  add_identity(head, entry.timestamp, refused.labels);
  add_member(head, "line", entry.line.substr(0, kMostLineBytes));
  if (entry.line.size() > kMostLineBytes)
    head += ",\"line_bytes\":" + std::to_string(entry.line.size());
  if (!entry.metadata.empty()) {
    head += ",\"metadata\":{";
    std::string members;
    for (const auto& pair : entry.metadata)
      add_member(members, pair.name, pair.value);
    head += members.substr(1) + "}";
  }
  return {head + "}", 1};
}

DeadLetter nameless(std::string head, std::uint64_t records) {
  return {std::move(head) + ",\"records\":" + std::to_string(records) + "}", records};
}

// The entries of a request by what an answer says of them.
class NamedEntries {
 public:
  NamedEntries(const std::vector<Entry>& entries, const std::vector<IgnoredEntry>& ignored)
      : ignored_(ignored) {
    std::set<Timestamp> times;
    for (const IgnoredEntry& each : ignored)
      times.insert(each.timestamp);
    for (const Entry& each : entries)
      if (times.contains(each.entry.timestamp)) candidates_.push_back(&each);
  }

  // None is added where the answer means an entry of another request, or one more than there are.
  void add_letter(const IgnoredEntry& ignored, std::string head, std::vector<DeadLetter>& out) {
    const auto means = [&](const IgnoredEntry& other, const Entry& entry) {
      return entry.entry.timestamp == other.timestamp &&
             (other.stream.empty() || entry.labels == other.stream);
    };
    const auto of_time = std::count_if(candidates_.begin(), candidates_.end(),
                                       [&](const Entry* each) { return means(ignored, *each); });
    const auto named =
        std::count_if(ignored_.begin(), ignored_.end(), [&](const IgnoredEntry& each) {
          return each.timestamp == ignored.timestamp && each.stream == ignored.stream;
        });
    const auto free = std::find_if(candidates_.begin(), candidates_.end(), [&](const Entry* each) {
      return means(ignored, *each) && !taken_.contains(each);
    });
    if (free == candidates_.end()) return;
    taken_.insert(*free);
    if (of_time > named) {
      // One of several of that time, and the answer does not say which.
      add_identity(head, ignored.timestamp, (*free)->labels);
      head += ",\"candidates\":" + std::to_string(of_time) + "}";
      out.push_back({std::move(head), 1});
    } else {
      out.push_back(letter_of(std::move(head), **free));
    }
  }

 private:
  const std::vector<IgnoredEntry>& ignored_;
  std::vector<const Entry*> candidates_;
  std::set<const Entry*> taken_;
};

}  // namespace

std::vector<IgnoredEntry> read_ignored_entries(std::string_view answer) {
  constexpr std::string_view kTime = "entry with timestamp ";
  constexpr std::string_view kReason = " ignored, reason: '";
  std::vector<IgnoredEntry> out;
  for (auto at = answer.find(kTime); at != std::string_view::npos; at = answer.find(kTime, at)) {
    at += kTime.size();
    const std::string_view time = until(answer, at, {kReason, "\n"});
    const auto timestamp = parse_go_time_text(time);
    if (!timestamp || !answer.substr(at + time.size()).starts_with(kReason)) continue;
    at += time.size() + kReason.size();
    const std::string_view reason = until(answer, at, {"',\n", "' for stream: "});
    at += reason.size();
    out.push_back({*timestamp, reason, stream_after(answer, at)});
  }
  return out;
}

Result<std::vector<DeadLetter>> make_dead_letters(const queue::Block& block, const Outcome& outcome,
                                                  const Refusal& refusal) {
  const auto request = codec::snappy_uncompress(*block.payload, kLargestRequest);
  if (!request) return request.error();
  const bool all = refusal.records >= block.records;
  const auto entries = read_entries(*request, all ? kMostLetters : block.records);
  if (!entries) return entries.error();
  std::vector<DeadLetter> out;
  const auto head = [&](std::string_view answer) {
    return head_of(block, outcome, refusal, answer);
  };
  if (all) {
    for (const Entry& entry : *entries)
      out.push_back(letter_of(head(outcome.answer), entry));
  } else {
    const auto all_ignored = read_ignored_entries(outcome.answer);
    NamedEntries named(*entries, all_ignored);
    for (const IgnoredEntry& ignored : all_ignored) {
      if (out.size() == std::min<std::uint64_t>(refusal.records, kMostLetters)) break;
      named.add_letter(ignored, head(ignored.reason), out);
    }
  }
  const std::uint64_t refused = std::min<std::uint64_t>(refusal.records, block.records);
  if (out.size() < refused) out.push_back(nameless(head(outcome.answer), refused - out.size()));
  return out;
}

}  // namespace agent::exporter
