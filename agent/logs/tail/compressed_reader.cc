#include "agent/logs/tail/compressed_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace agent::logs {
namespace {

constexpr std::size_t kInputBytes = 64UL * 1024;
constexpr std::size_t kSliceBytes = 256UL * 1024;
constexpr std::size_t kLongestMagic = 4;
// Who compresses a file writes without such pauses.
constexpr Duration kQuiet = std::chrono::seconds(5);
// A file that is written all the time is read again this often.
constexpr Duration kLongestWait = std::chrono::minutes(1);

}  // namespace

struct CompressedReader::Pass {
  explicit Pass(PassLimit& limit) : passes(limit) { --passes.free; }
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;
  ~Pass() { ++passes.free; }
  std::string_view unused() const { return {input.data() + begin, end - begin}; }

  PassLimit& passes;
  std::unique_ptr<codec::Decompressor> decompressor;  // null: the format is not known yet
  std::array<char, kInputBytes> input{};
  std::size_t begin = 0;  // of what the decompressor did not take
  std::size_t end = 0;
  std::uint64_t offset = 0;  // in the file, of what follows
  bool at_end = false;
  Status failure;  // told with the slice after what was made before it
};

CompressedReader::CompressedReader(Config config, UniqueFd fd, PositionRecord start,
                                   Environment environment)
    : config_(std::move(config)),
      fd_(std::move(fd)),
      env_(std::move(environment)),
      record_(std::move(start)),
      assembler_({config_.line_limit_bytes, config_.encoding},
                 {env_.counters.cut_lines, env_.counters.cut_bytes}),
      delayed_until_(env_.clock.steady_now() + config_.decompression.initial_delay),
      taken_lines_(record_.offset),
      slices_({record_.offset, false, record_.size, record_.size}, env_.receipts,
              [this](const ReadMark& end) { commit(end); }) {
  const auto facts = facts_of(fd_.get());
  if (!facts || record_.size == 0) return;
  size_ = facts->size;
  rested_size_ = record_.size;
  committed_bytes_ = record_.size;
  final_ = true;
  state_ = State::Resting;
}

CompressedReader::~CompressedReader() = default;

// ---- when there is something to read

bool CompressedReader::has_news() {
  const auto facts = fd_ ? facts_of(fd_.get()) : Error{};
  if (!facts) return false;
  const SteadyTime now = env_.clock.steady_now();
  if (std::exchange(size_, facts->size) != facts->size) changed_at_ = now;
  return due(now, Tail::Waits);
}

bool CompressedReader::due(SteadyTime now, Tail tail) const {
  if (state_ == State::Delayed) return now >= delayed_until_ || tail == Tail::Ends;
  if (state_ == State::Passing) return true;
  if (!changed() && final_) return false;
  const bool quiet = now >= changed_at_ + kQuiet || tail == Tail::Ends;
  return quiet || (changed() && (rested_size_ == 0 || now >= rested_at_ + kLongestWait));
}

std::optional<SteadyTime> CompressedReader::look_again_at() const {
  if (state_ == State::Delayed) return delayed_until_;
  if (state_ == State::Passing || (!changed() && final_)) return std::nullopt;
  return changed_at_ + kQuiet;
}

std::uint64_t CompressedReader::read_offset() const {
  if (pass_) return pass_->offset - pass_->unused().size();
  return state_ == State::Resting ? rested_size_ : 0;
}

std::uint64_t CompressedReader::unread_bytes() const {
  if (state_ == State::Resting && final_ && !changed()) return 0;
  return std::max<std::uint64_t>(1, size_ - std::min(size_, read_offset()));
}

void CompressedReader::set_path(std::string path) {
  config_.path = std::move(path);
  record_.path = config_.path;
  env_.position_moved(record_);
}

void CompressedReader::close() {
  pass_.reset();
  fd_.reset();
}

// ---- a pass

// False: it has to wait for its turn.
bool CompressedReader::begin_pass() {
  if (env_.passes.free <= 0) return false;
  pass_ = std::make_unique<Pass>(env_.passes);
  state_ = State::Passing;
  lines_ = 0;
  final_ = false;
  assembler_.start_again();
  pass_->failure = check_identity();
  return true;
}

Status CompressedReader::check_identity() {
  const auto facts = facts_of(fd_.get());
  if (!facts) return facts.error();
  size_ = facts->size;
  Fingerprint& known = record_.identity.fingerprint;
  const auto holds = fingerprint_holds(fd_.get(), known);
  if (!holds) return holds.error();
  if (!*holds) forget_content();
  if (known.length == Fingerprint::kLongest || known.length >= size_) return {};
  const auto longer = take_fingerprint(fd_.get());
  if (!longer) return longer.error();
  known = *longer;
  env_.position_moved(record_);
  return {};
}

// Other bytes than the ones we read: no line of them was taken.
void CompressedReader::forget_content() {
  env_.counters.truncations.add();
  slices_.start_again({});
  taken_lines_ = 0;
  committed_bytes_ = 0;
  record_.offset = 0;
  record_.size = 0;
  record_.identity.fingerprint = {};
  env_.position_moved(record_);
}

Status CompressedReader::refill() {
  Pass& pass = *pass_;
  const std::string_view unused = pass.unused();
  std::copy(unused.begin(), unused.end(), pass.input.begin());
  pass.begin = 0;
  pass.end = unused.size();
  ssize_t got = 0;
  do {
    got = ::pread(fd_.get(), pass.input.data() + pass.end, pass.input.size() - pass.end,
                  static_cast<off_t>(pass.offset));
  } while (got < 0 && errno == EINTR);
  if (got < 0) return Error{ErrorKind::Io, "read: " + std::system_category().message(errno)};
  pass.at_end = got == 0;
  pass.end += static_cast<std::size_t>(got);
  pass.offset += static_cast<std::uint64_t>(got);
  return {};
}

Status CompressedReader::choose_format() {
  auto format = config_.decompression.format;
  if (!format) format = codec::compression_of(pass_->unused());
  if (!format) return Error{ErrorKind::Input, "the first bytes are those of no known compression"};
  pass_->decompressor = codec::make_decompressor(*format);
  return {};
}

// What there is to decompress; false: nothing more.
Result<bool> CompressedReader::provide_input() {
  Pass& pass = *pass_;
  const bool wants_magic = pass.decompressor == nullptr && pass.unused().size() < kLongestMagic;
  while ((pass.unused().empty() || wants_magic) && !pass.at_end) {
    if (Status read = refill(); !read) return read.error();
    if (pass.unused().size() >= kLongestMagic) break;
  }
  if (pass.decompressor != nullptr) return true;
  if (pass.unused().empty()) return false;
  if (Status known = choose_format(); !known) return known.error();
  return true;
}

// One step of the decompressor; false: nothing more comes out.
bool CompressedReader::advance(std::span<char> out, std::size_t& made) {
  Pass& pass = *pass_;
  const auto more = provide_input();
  if (!more) pass.failure = more.error();
  if (!more || !*more) return false;
  const auto step = pass.decompressor->step(pass.unused(), out.subspan(made));
  if (!step) {
    pass.failure = step.error();
    return false;
  }
  pass.begin += step->taken;
  made += step->made;
  const bool stands_still = step->taken == 0 && step->made == 0;
  return !stands_still || (pass.unused().empty() && !pass.at_end);
}

// Fills `out` as far as the file goes; the bytes made. An error is told when there are none.
Result<std::size_t> CompressedReader::fill(std::span<char> out, End& end) {
  Pass& pass = *pass_;
  std::size_t made = 0;
  while (pass.failure && made < out.size() && advance(out, made)) {
  }
  if (!pass.failure && made == 0) return pass.failure.error();
  if (pass.failure && made < out.size()) {
    const bool complete = pass.decompressor != nullptr && pass.decompressor->complete();
    end = complete || pass.offset == 0 ? End::Complete : End::CutOff;
  }
  return made;
}

Result<FileReader::Slice> CompressedReader::read_slice(model::LogBatch& batch, Timestamp now,
                                                       Tail tail) {
  if (!fd_ || !due(env_.clock.steady_now(), tail)) return Slice{};
  if (state_ == State::Resting && !changed()) return end_of_cut_off(batch, now);
  if (!pass_ && !begin_pass()) return Slice{0, true};
  const std::uint64_t before = read_offset();
  const auto on_line = [&](std::string_view line) { take_line(line, batch, now); };
  const std::span<char> out(batch.arena.allocate(kSliceBytes), kSliceBytes);
  End end = End::None;
  const auto made = fill(out, end);
  if (!made) {
    if (made.error().kind == ErrorKind::Io) {
      try_later();
    } else {
      assembler_.finish(batch.arena, on_line);
      rest(true);
    }
    return made.error();
  }
  assembler_.feed({out.data(), *made}, batch.arena, on_line);
  if (end == End::Complete) assembler_.finish(batch.arena, on_line);
  const std::uint64_t moved = read_offset() - before;
  if (end != End::None) rest(end == End::Complete);
  if (end == End::CutOff && tail == Tail::Ends) return end_of_cut_off(batch, now);
  return Slice{moved, state_ == State::Passing};
}

// Nobody wrote the rest.
Result<FileReader::Slice> CompressedReader::end_of_cut_off(model::LogBatch& batch, Timestamp now) {
  assembler_.finish(batch.arena, [&](std::string_view line) { take_line(line, batch, now); });
  final_ = true;
  return Error{ErrorKind::Input, "the compressed data is cut off"};
}

void CompressedReader::take_line(std::string_view line, model::LogBatch& batch, Timestamp now) {
  if (++lines_ <= taken_lines_) return;
  if (line.ends_with('\r')) line.remove_suffix(1);
  batch.entries.push_back({now, line, config_.labels.get(), {}, 0});
}

void CompressedReader::rest(bool final) {
  rested_size_ = pass_->at_end ? pass_->offset : size_;
  pass_.reset();
  state_ = State::Resting;
  final_ = final;
  rested_at_ = env_.clock.steady_now();
  changed_at_ = rested_at_;
}

// The file is good; it is the disk that is not.
void CompressedReader::try_later() {
  pass_.reset();
  state_ = State::Delayed;
  delayed_until_ = env_.clock.steady_now() + kLongestWait;
}

// ---- delivery

ReadMark CompressedReader::mark() const {
  const bool done = state_ == State::Resting && final_;
  return {taken_lines_, false, read_offset(), done ? rested_size_ : 0};
}

void CompressedReader::open_receipt(model::LogBatch& batch) {
  taken_lines_ = std::max(taken_lines_, lines_);
  slices_.open(batch, mark());
}

void CompressedReader::commit(const ReadMark& end) {
  record_.offset = end.offset;
  record_.size = end.finished_bytes;
  committed_bytes_ = end.bytes;
  env_.position_moved(record_);
}

}  // namespace agent::logs
