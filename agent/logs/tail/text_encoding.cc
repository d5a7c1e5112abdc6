#include "agent/logs/tail/text_encoding.h"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include <iconv.h>

#include "agent/base/check.h"
#include "agent/logs/tail/encoding_names.h"

namespace agent::logs {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
// No character grows more: one byte becomes at most U+FFFD.
constexpr std::size_t kMostGrowth = 3;

class Iconv {
 public:
  Iconv(const char* to, const char* from) : handle_(::iconv_open(to, from)) {}
  Iconv(const Iconv&) = delete;
  Iconv& operator=(const Iconv&) = delete;
  ~Iconv() {
    if (usable()) ::iconv_close(handle_);
  }
  bool usable() const { return handle_ != iconv_t(-1); }  // NOLINT(performance-no-int-to-ptr)
  // Gives out a character that waits for one to combine with; back to the initial shift state.
  void flush(char*& out, std::size_t& room) { ::iconv(handle_, nullptr, nullptr, &out, &room); }
  // 0 when all of `in` is taken, else errno.
  int convert(std::string_view& in, char*& out, std::size_t& room) {
    char* from = const_cast<char*>(in.data());  // iconv's signature; it writes nothing there
    std::size_t left = in.size();
    const std::size_t result = ::iconv(handle_, &from, &left, &out, &room);
    in = in.substr(in.size() - left);
    return result == static_cast<std::size_t>(-1) ? errno : 0;
  }

 private:
  iconv_t handle_;
};

}  // namespace

struct LineDecoder::State {
  State(std::string_view converter, selfmon::Counter& counter)
      : iconv("UTF-8", converter.data()),
        replaced(counter),
        shifts(converter.starts_with("ISO-2022")) {}
  Iconv iconv;
  selfmon::Counter& replaced;
  bool shifts;  // has shift states, which outlast a broken character
  std::string newline;
  std::size_t unit = 1;
  /// Of an encoding whose characters are one byte each: what each byte means ("": nothing). Not
  /// only faster: iconv would compose some characters with their marks, which changes the text.
  std::vector<std::string> table;

  void make_table();
  std::string_view decode_bytes(std::string_view line, model::Arena& arena) const;
};

void LineDecoder::State::make_table() {
  std::vector<std::string> out(256);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const char byte = static_cast<char>(i);
    std::string_view in(&byte, 1);
    char text[16];
    char* at = text;
    std::size_t room = sizeof text;
    const int error = iconv.convert(in, at, room);
    if (error != 0 && error != EILSEQ) return;  // the start of a longer character
    iconv.flush(at, room);
    out[i].assign(text, static_cast<std::size_t>(at - text));
  }
  table = std::move(out);
}

std::string_view LineDecoder::State::decode_bytes(std::string_view line,
                                                  model::Arena& arena) const {
  const std::size_t size = line.size() * kMostGrowth;
  char* const begin = arena.allocate(size);
  char* out = begin;
  for (const char byte : line) {
    const std::string& known = table[static_cast<unsigned char>(byte)];
    if (known.empty()) replaced.add();
    const std::string_view text = known.empty() ? kReplacement : known;
    out = std::copy(text.begin(), text.end(), out);
  }
  const auto used = static_cast<std::size_t>(out - begin);
  arena.give_back(size - used);
  return {begin, used};
}

LineDecoder::LineDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
LineDecoder::~LineDecoder() = default;

Result<std::unique_ptr<LineDecoder>> LineDecoder::open(const char* converter,
                                                       selfmon::Counter& replaced) {
  auto state = std::make_unique<State>(converter, replaced);
  Iconv back(converter, "UTF-8");
  char text[16];
  char* out = text;
  std::size_t room = sizeof text;
  std::string_view newline = "\n";
  if (!state->iconv.usable() || !back.usable() || back.convert(newline, out, room) != 0)
    return Error{ErrorKind::Config, std::string("the C library of this system cannot decode ") +
                                        converter + " (its gconv modules are missing)"};
  state->newline.assign(text, static_cast<std::size_t>(out - text));
  state->unit = state->newline.size();
  if (state->unit == 1) state->make_table();
  return std::unique_ptr<LineDecoder>(new LineDecoder(std::move(state)));
}

std::string_view LineDecoder::newline() const { return state_->newline; }
std::size_t LineDecoder::unit_bytes() const { return state_->unit; }

std::size_t LineDecoder::find_newline(std::string_view text) const {
  const std::string& newline = state_->newline;
  if (newline.size() == 1) return text.find(newline[0]);
  std::size_t at = text.find(newline);
  while (at != std::string_view::npos && at % state_->unit != 0)
    at = text.find(newline, at + 1);
  return at;
}

std::string_view LineDecoder::decode(std::string_view line, model::Arena& arena, End end) {
  if (!state_->table.empty()) return state_->decode_bytes(line, arena);
  const std::size_t size = line.size() * kMostGrowth + kReplacement.size();
  char* const begin = arena.allocate(size);
  char* out = begin;
  std::size_t room = size;
  while (!line.empty()) {
    const int error = state_->iconv.convert(line, out, room);
    if (error == 0 || error == E2BIG) break;
    if (error == EINVAL && end == End::Cut) break;  // half a character at the end
    if (!state_->shifts) state_->iconv.flush(out, room);
    out += kReplacement.copy(out, room);
    room = size - static_cast<std::size_t>(out - begin);
    // A broken character ends at the next unit, so that what follows is read as what it is.
    line.remove_prefix(error == EINVAL ? line.size() : std::min(state_->unit, line.size()));
    state_->replaced.add();
  }
  state_->iconv.flush(out, room);
  arena.give_back(room);
  return {begin, size - room};
}

// ---- byte order marks

Result<std::unique_ptr<TextEncoding>> TextEncoding::open(std::string_view name,
                                                         selfmon::Counter& replaced) {
  const EncodingName* known = find_encoding(name);
  AGENT_CHECK(known != nullptr);
  if (known->converter == nullptr)
    return Error{ErrorKind::Config, "nothing here decodes " + std::string(name)};
  std::string converter = known->converter;
  auto out = std::make_unique<TextEncoding>();
  out->family_ = converter.starts_with("UTF-16")   ? Family::Utf16
                 : converter.starts_with("UTF-32") ? Family::Utf32
                                                   : Family::Other;
  out->mark_decides_ = converter == "UTF-16" || converter == "UTF-32";
  if (out->mark_decides_) {
    auto little = LineDecoder::open((converter + "LE").c_str(), replaced);
    if (!little) return little.error();
    out->little_ = std::move(*little);
    converter += "BE";  // RFC 2781: without a mark
  }
  auto decoder = LineDecoder::open(converter.c_str(), replaced);
  if (!decoder) return decoder.error();
  out->decoder_ = std::move(*decoder);
  return out;
}

TextEncoding::Choice TextEncoding::choose(std::string_view first_bytes) const {
  if (family_ == Family::Other) return {decoder_.get(), 0};
  using namespace std::string_view_literals;
  const bool wide = family_ == Family::Utf32;
  const std::string_view big = wide ? "\0\0\xFE\xFF"sv : "\xFE\xFF"sv;
  const std::string_view little = wide ? "\xFF\xFE\0\0"sv : "\xFF\xFE"sv;
  if (first_bytes.size() < big.size()) return {};
  if (mark_decides_) {
    if (first_bytes.starts_with(little)) return {little_.get(), little.size()};
    return {decoder_.get(), first_bytes.starts_with(big) ? big.size() : 0};
  }
  const std::string_view own = decoder_->newline().front() == '\n' ? little : big;
  return {decoder_.get(), first_bytes.starts_with(own) ? own.size() : 0};
}

}  // namespace agent::logs
