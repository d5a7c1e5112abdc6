#include "agent/logs/tail/tailer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace agent::logs {
namespace {

selfmon::Counter& lost(const selfmon::Scope& scope, const char* reason) {
  return scope.counter("lost_bytes_total", model::LabelSet{{"reason", reason}},
                       "Bytes of files that went away before they were read.");
}

}  // namespace

TailCounters::TailCounters(const selfmon::Scope& scope)
    : cut_lines(scope.counter("lines_cut_total", "Lines longer than the reader's limit.")),
      cut_bytes(scope.counter("cut_bytes_total", "Bytes of cut lines that were skipped.")),
      truncations(scope.counter("file_truncations_total", "Files that were cut or replaced.")),
      lost_truncated_bytes(lost(scope, "truncated")),
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
      mid_line_(record_.mid_line),
      slices_({record_.offset, record_.mid_line}, receipts,
              [this](const ReadMark& end) { commit(end); }) {}

void Tailer::set_path(std::string path) {
  config_.path = std::move(path);
  record_.path = config_.path;
  position_moved_(record_);
}

bool Tailer::has_news() {
  if (!fd_) return false;
  const auto facts = facts_of(fd_.get());
  if (!facts) return false;
  const std::uint64_t now = facts->size;
  const bool changed = now != std::exchange(seen_size_, now);
  if (now < read_offset_) return true;  // size_ stays: it says how much was not read before the cut
  size_ = now;
  return changed && now > read_offset_;
}

// ---- the file as it is now

Status Tailer::refresh() {
  const auto facts = facts_of(fd_.get());
  if (!facts) return facts.error();
  const std::uint64_t before = std::exchange(size_, facts->size);
  seen_size_ = size_;
  if (size_ < read_offset_) {
    if (before > read_offset_) counters_.lost_truncated_bytes.add(before - read_offset_);
    start_again();
  }
  return size_ > read_offset_ ? check_fingerprint() : Status();
}

Status Tailer::check_fingerprint() {
  Fingerprint& known = record_.identity.fingerprint;
  const auto holds = fingerprint_holds(fd_.get(), known);
  if (!holds) return holds.error();
  if (!*holds) start_again();
  if (known.length == Fingerprint::kLongest || known.length >= size_) return {};
  const auto longer = take_fingerprint(fd_.get());
  if (!longer) return longer.error();
  known = *longer;
  position_moved_(record_);
  return {};
}

// Other bytes than the ones we read: what is under way of the old ones says nothing about the new.
void Tailer::start_again() {
  counters_.truncations.add();
  slices_.start_again({});
  decoder_ = nullptr;
  read_offset_ = 0;
  mid_line_ = false;
  record_.identity.fingerprint = {};
  record_.offset = 0;
  record_.mid_line = false;
  position_moved_(record_);
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
  return Window{buffer, have, read_offset_ + have >= size_};
}

// Where the next byte lies in a hole: the length of that hole.
std::uint64_t Tailer::skip_hole() {
  const off_t data = ::lseek(fd_.get(), static_cast<off_t>(read_offset_), SEEK_DATA);
  if (data < 0 && errno != ENXIO) return 0;  // the file system does not tell
  const std::uint64_t next = data < 0 ? size_ : static_cast<std::uint64_t>(data);
  return next > read_offset_ ? next - read_offset_ : 0;
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

void Tailer::add_line(std::string_view line, model::LogBatch& batch, Timestamp now) {
  if (line.size() > config_.line_limit_bytes) {
    counters_.cut_bytes.add(line.size() - line_limit());
    return add_cut(line.substr(0, line_limit()), batch, now);
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
    add_cut(text.substr(0, line_limit()), batch, now);
    return line_limit();
  }
  if (tail == Tail::Waits || !window->whole) return 0U;
  add_line(text, batch, now);
  return text.size();
}

Result<Tailer::Slice> Tailer::read_slice(model::LogBatch& batch, Timestamp now, Tail tail) {
  if (!fd_) return Slice{};
  if (const Status fresh = refresh(); !fresh) return fresh.error();
  const std::uint64_t start = read_offset_;
  if (unread_bytes() == 0) return Slice{};
  const auto decodable = choose_decoder();
  if (!decodable) return decodable.error();
  if (!*decodable && tail == Tail::Ends) read_offset_ = size_;  // too short for any text
  if (!*decodable || unread_bytes() == 0) return Slice{read_offset_ - start, false};
  char first = 0;
  const bool zero =
      ::pread(fd_.get(), &first, 1, static_cast<off_t>(read_offset_)) == 1 && first == 0;
  if (const std::uint64_t hole = zero ? skip_hole() : 0; hole > 0) {
    counters_.hole_bytes.add(hole);
    read_offset_ += hole;
  } else if (mid_line_) {
    const auto window = fill(batch, kSliceBytes);
    if (!window) return window.error();
    read_offset_ += skip_rest_of_line(*window, tail);
    batch.arena.clear();
  } else {
    const auto taken = read_lines(batch, now, tail);
    if (!taken) return taken.error();
    read_offset_ += *taken;
  }
  const std::uint64_t moved = read_offset_ - start;
  return Slice{moved, moved > 0 && unread_bytes() > 0};
}

// ---- delivery

void Tailer::open_receipt(model::LogBatch& batch) {
  slices_.open(batch, {read_offset_, mid_line_});
}

void Tailer::commit(const ReadMark& end) {
  const bool moved = record_.offset != end.offset;
  record_.offset = end.offset;
  record_.mid_line = end.mid_line;
  if (moved) position_moved_(record_);
}

}  // namespace agent::logs
