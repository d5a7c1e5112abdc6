#include "agent/logs/tail/tailer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace agent::logs {
namespace {

// Blocks of a file system are at most that large: holes start and end at blocks.
constexpr std::uint64_t kLargestBlock = 64UL * 1024;

}  // namespace

TailCounters::TailCounters(const selfmon::Scope& scope)
    : cut_lines(scope.counter("lines_cut_total", "Lines longer than the reader's limit.")),
      cut_bytes(scope.counter("cut_bytes_total", "Bytes of cut lines that were skipped.")),
      truncations(scope.counter("file_truncations_total", "Files that were cut or replaced.")),
      hole_bytes(scope.counter("hole_bytes_total", "Bytes of holes in sparse files, skipped.")),
      read_errors(scope.counter("file_read_errors_total", "Files that could not be read.")),
      replaced_characters(scope.counter("replaced_characters_total",
                                        "Characters that could not be decoded, now U+FFFD.")) {}

Tailer::Tailer(Config config, UniqueFd fd, PositionRecord start, model::ReceiptBook& receipts,
               TailCounters& counters, std::function<void(const PositionRecord&)> position_moved)
    : config_(std::move(config)),
      fd_(std::move(fd)),
      counters_(counters),
      position_moved_(std::move(position_moved)),
      record_(std::move(start)),
      read_offset_(record_.offset),
      read_mark_(record_.mark),
      looked_at_(record_.offset),
      mid_line_(record_.mid_line),
      slices_({record_.offset, record_.mid_line, 0, 0, record_.mark}, receipts,
              [this](const ReadMark& end) { commit(end); }) {}

void Tailer::set_path(std::string path) {
  config_.path = std::move(path);
  record_.path = config_.path;
  position_moved_(record_);
}

bool Tailer::set_labels(const model::PinnedLabels& labels, std::uint64_t hash) {
  config_.labels = labels;
  record_.labels_hash = hash;
  position_moved_(record_);
  return true;
}

PositionRecord Tailer::read_position() const {
  PositionRecord out = record_;
  out.offset = read_offset_;
  out.mid_line = mid_line_;
  out.mark = read_mark_;
  return out;
}

bool Tailer::has_news() {
  if (!fd_) return false;
  const auto facts = facts_of(fd_.get());
  if (!facts) return false;
  const std::uint64_t now = facts->size;
  const bool grown = now != std::exchange(seen_size_, now);
  const bool written = facts->modified_ns != std::exchange(seen_modified_ns_, facts->modified_ns);
  if (now < read_offset_) return true;  // size_ stays: it says how much was not read before the cut
  size_ = now;
  record_.size = now;
  if (now == read_offset_) return written && now > 0 && seen_modified_ns_ != checked_modified_ns_;
  return grown || written;
}

bool Tailer::replaced() {
  const auto facts = fd_ ? facts_of(fd_.get()) : Error{};
  if (!facts) return false;
  if (facts->size < read_offset_) return true;
  if (facts->size == 0 || facts->modified_ns == checked_modified_ns_) return false;
  const auto same = check_fingerprints();
  if (same && *same) checked_modified_ns_ = facts->modified_ns;
  return same && !*same;
}

// ---- the file as it is now

Result<bool> Tailer::is_the_same() {
  const auto facts = facts_of(fd_.get());
  if (!facts) return facts.error();
  if (facts->size < read_offset_) return false;
  const bool written = checked_modified_ns_ != facts->modified_ns;
  if (facts->size > read_offset_ || (facts->size > 0 && written)) {
    auto same = check_fingerprints();
    if (!same || !*same) return same;
  }
  checked_modified_ns_ = facts->modified_ns;
  seen_modified_ns_ = facts->modified_ns;
  seen_size_ = facts->size;
  size_ = facts->size;
  record_.size = facts->size;
  return true;
}

Result<bool> Tailer::check_fingerprints() {
  Fingerprint& known = record_.identity.fingerprint;
  auto first = fingerprint_holds(fd_.get(), known);
  if (!first || !*first) return first;
  auto before = mark_holds(fd_.get(), read_offset_, read_mark_);
  if (!before || !*before) return before;
  if (known.length == Fingerprint::kLongest) return true;
  const auto longer = take_fingerprint(fd_.get());
  if (!longer) return longer.error();
  if (*longer != known) {
    known = *longer;
    position_moved_(record_);
  }
  return true;
}

Status Tailer::take_read_mark() {
  const auto mark = take_mark(fd_.get(), read_offset_);
  if (!mark) return mark.error();
  read_mark_ = *mark;
  return {};
}

// ---- reading

Result<Tailer::Window> Tailer::fill(model::LogBatch& batch, std::size_t wanted) {
  const std::size_t size = std::min<std::uint64_t>(wanted, unread_bytes());
  char* buffer = batch.arena.allocate(size);
  std::size_t have = 0;
  while (have < size) {
    const auto at = static_cast<off_t>(read_offset_ + have);
    const ssize_t got = ::pread(fd_.get(), buffer + have, size - have, at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{ErrorKind::Io, "read: " + std::system_category().message(errno)};
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  batch.arena.give_back(size - have);
  looked_at_ = read_offset_ + have;
  return Window{buffer, have, read_offset_ + have >= size_};
}

// How many NUL bytes lie at `offset`, at most one block.
std::uint64_t Tailer::zeros_at(std::uint64_t offset) const {
  char bytes[4096];
  std::uint64_t zeros = 0;
  while (zeros < kLargestBlock) {
    const ssize_t got = ::pread(fd_.get(), bytes, sizeof bytes, static_cast<off_t>(offset + zeros));
    if (got <= 0) return zeros;
    const std::string_view text(bytes, static_cast<std::size_t>(got));
    const std::size_t other = text.find_first_not_of('\0');
    zeros += std::min(other, text.size());
    if (other != std::string_view::npos) return zeros;
  }
  return zeros;
}

// The length of the hole at the read offset, with the zeros that fill the blocks at its two ends;
// 0: there is none.
std::uint64_t Tailer::skip_hole() const {
  const auto at = static_cast<off_t>(read_offset_);
  const off_t hole = ::lseek(fd_.get(), at, SEEK_HOLE);  // the end of the file counts as one
  if (hole < 0 || static_cast<std::uint64_t>(hole) >= size_) return 0;
  const auto before = static_cast<std::uint64_t>(hole) - read_offset_;
  if (before >= kLargestBlock || (before > 0 && zeros_at(read_offset_) < before)) return 0;
  const off_t data = ::lseek(fd_.get(), hole, SEEK_DATA);
  if (data < 0 && errno != ENXIO) return 0;
  if (data < 0) return size_ - read_offset_;
  const auto next = static_cast<std::uint64_t>(data);
  return std::min(size_, next + zeros_at(next)) - read_offset_;
}

// False: the file is too short yet to tell.
Result<bool> Tailer::choose_decoder() {
  if (config_.encoding == nullptr || decoder_ != nullptr) return true;
  char first[TextEncoding::kLongestMark];
  const ssize_t got = ::pread(fd_.get(), first, sizeof first, 0);
  if (got < 0) return Error{ErrorKind::Io, "read: " + std::system_category().message(errno)};
  const auto choice = config_.encoding->choose({first, static_cast<std::size_t>(got)});
  decoder_ = choice.decoder;
  if (decoder_ == nullptr) return false;
  read_offset_ = std::max<std::uint64_t>(read_offset_, choice.mark_bytes);
  // Promtail's offsets are behind the byte 0x0A, wherever that stands in a character.
  const std::uint64_t within = read_offset_ % decoder_->unit_bytes();
  if (within > 0) read_offset_ += decoder_->unit_bytes() - within;
  return true;
}

// The bytes up to and with the newline of a line that was cut.
std::size_t Tailer::skip_rest_of_line(const Window& window, Tail tail) {
  const std::size_t newline = find_newline({window.data, window.size});
  mid_line_ = newline == std::string_view::npos;
  const bool end = tail == Tail::Ends && window.whole;
  const std::size_t skipped = !mid_line_ ? newline + newline_bytes()
                              : end      ? window.size
                                         : window.size - window.size % newline_bytes();
  counters_.cut_bytes.add(mid_line_ ? skipped : newline);
  return skipped;
}

// How much of a line over the limit is handed over: whole characters.
std::size_t Tailer::cut_length(std::string_view line) const {
  const std::size_t limit = line_limit();
  if (decoder_ != nullptr) return limit;
  const auto continues = [&](std::size_t i) {
    return (static_cast<unsigned char>(line[i]) & 0xC0U) == 0x80U;
  };
  std::size_t cut = limit;
  while (cut > 0 && limit - cut < 3 && continues(cut))
    --cut;
  return continues(cut) ? limit : cut;
}

void Tailer::add_line(std::string_view line, model::LogBatch& batch, Timestamp now) {
  if (line.size() > config_.line_limit_bytes) {
    const std::size_t cut = cut_length(line);
    counters_.cut_bytes.add(line.size() - cut);
    return add_cut(line.substr(0, cut), batch, now);
  }
  if (decoder_ != nullptr) line = decoder_->decode(line, batch.arena);
  batch.entries.push_back({now, line, config_.labels.get(), {}, 0});
}

void Tailer::add_cut(std::string_view start, model::LogBatch& batch, Timestamp now) {
  counters_.cut_lines.add();
  if (decoder_ != nullptr) start = decoder_->decode(start, batch.arena, LineDecoder::End::Cut);
  batch.entries.push_back({now, start, config_.labels.get(), {}, 0});
}

// All whole lines of the window; the bytes they take.
std::size_t Tailer::split(const Window& window, model::LogBatch& batch, Timestamp now) {
  std::string_view left(window.data, window.size);
  for (;;) {
    const std::size_t newline = find_newline(left);
    if (newline == std::string_view::npos) return window.size - left.size();
    add_line(left.substr(0, newline), batch, now);
    left.remove_prefix(newline + newline_bytes());
  }
}

Result<std::size_t> Tailer::read_lines(model::LogBatch& batch, Timestamp now, Tail tail) {
  auto window = fill(batch, kSliceBytes);
  if (!window) return window.error();
  const std::size_t taken = split(*window, batch, now);
  if (taken > 0 || window->size == 0) return taken;
  // One line fills the slice: look as far as a line may reach.
  if (!window->whole && window->size <= config_.line_limit_bytes) {
    batch.arena.give_back(window->size);
    window = fill(batch, config_.line_limit_bytes + 1);
    if (!window) return window.error();
    if (const std::size_t long_line = split(*window, batch, now); long_line > 0) return long_line;
  }
  const std::string_view text(window->data, window->size);
  if (text.size() > config_.line_limit_bytes) {
    mid_line_ = true;
    const std::size_t cut = cut_length(text);
    add_cut(text.substr(0, cut), batch, now);
    return cut;
  }
  if (tail == Tail::Waits || !window->whole) return 0U;
  add_line(text, batch, now);
  return text.size();
}

// How far the read offset moves.
Result<std::uint64_t> Tailer::read_on(model::LogBatch& batch, Timestamp now, Tail tail) {
  char first = 0;
  const bool zero =
      ::pread(fd_.get(), &first, 1, static_cast<off_t>(read_offset_)) == 1 && first == 0;
  if (const std::uint64_t hole = zero ? skip_hole() : 0; hole > 0) {
    counters_.hole_bytes.add(hole);
    return hole;
  }
  if (!mid_line_) {
    const auto taken = read_lines(batch, now, tail);
    if (!taken) return taken.error();
    return *taken;
  }
  const auto window = fill(batch, kSliceBytes);
  if (!window) return window.error();
  const std::size_t skipped = skip_rest_of_line(*window, tail);
  batch.arena.clear();
  return skipped;
}

Result<Tailer::Slice> Tailer::read_slice(model::LogBatch& batch, Timestamp now, Tail tail) {
  if (!fd_) return Slice{};
  const auto same = is_the_same();
  if (!same) return same.error();
  if (!*same) return Slice{0, false, true};
  const std::uint64_t start = read_offset_;
  if (unread_bytes() == 0) return Slice{};
  const auto decodable = choose_decoder();
  if (!decodable) return decodable.error();
  if (!*decodable) looked_at_ = size_;
  if (!*decodable && tail == Tail::Ends) read_offset_ = size_;  // too short for any text
  if (!*decodable || unread_bytes() == 0) return Slice{read_offset_ - start, false};
  const auto taken = read_on(batch, now, tail);
  if (!taken) return taken.error();
  read_offset_ += *taken;
  looked_at_ = std::max(looked_at_, read_offset_);
  const std::uint64_t moved = read_offset_ - start;
  if (moved > 0)
    if (const Status marked = take_read_mark(); !marked) return marked.error();
  return Slice{moved, moved > 0 && unread_bytes() > 0};
}

// ---- delivery

void Tailer::open_receipt(model::LogBatch& batch) {
  slices_.open(batch, {read_offset_, mid_line_, 0, 0, read_mark_});
}

void Tailer::commit(const ReadMark& end) {
  const bool moved = record_.offset != end.offset;
  record_.offset = end.offset;
  record_.mid_line = end.mid_line;
  record_.mark = end.before;
  if (moved) position_moved_(record_);
}

}  // namespace agent::logs
