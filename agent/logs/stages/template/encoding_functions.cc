// Hashes and encodings.
#include <array>
#include <optional>

#include "agent/base/hash.h"
#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/runtime.h"

namespace agent::logs::templates {
namespace {

// ---- hashes

template <Digest Kind>
Value digest_of(Runtime& run, Arguments arguments) {
  return run.step_over(arguments[0].text()) ? run.text(HexDigest(Kind, arguments[0].text()).text())
                                            : Value();
}

// Of both texts, one behind the other.
template <Digest Kind>
Value salted_digest_of(Runtime& run, Arguments arguments) {
  if (!run.step_over(arguments[0].text()) || !run.step_over(arguments[1].text())) return {};
  std::string& both = run.scratch();
  both += arguments[0].text();
  both += arguments[1].text();
  return run.text(HexDigest(Kind, both).text());
}

// The checksum of RFC 1950, in decimal.
Value adler32sum(Runtime& run, Arguments arguments) {
  constexpr std::uint32_t kBase = 65'521;
  std::uint32_t low = 1;
  std::uint32_t high = 0;
  for (const char c : arguments[0].text()) {
    low = (low + static_cast<unsigned char>(c)) % kBase;
    high = (high + low) % kBase;
  }
  return run.text(std::to_string(high << 16U | low));
}

// ---- base 64 and base 32, RFC 4648

struct Base {
  std::string_view name;
  std::string_view digits;
  unsigned bits;        // of one digit
  std::size_t quantum;  // digits in a full group
};

constexpr Base kBase64{"base64", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                       6, 4};
constexpr Base kBase32{"base32", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5, 8};

void encode(std::string& out, std::string_view bytes, const Base& base) {
  std::uint32_t held = 0;
  unsigned count = 0;
  const std::uint32_t mask = (1U << base.bits) - 1;
  for (const char c : bytes) {
    held = held << 8U | static_cast<unsigned char>(c);
    for (count += 8; count >= base.bits; count -= base.bits)
      out += base.digits[held >> (count - base.bits) & mask];
  }
  if (count > 0) out += base.digits[held << (base.bits - count) & mask];
  while (out.size() % base.quantum != 0)
    out += '=';
}

bool is_break(char c) { return c == '\r' || c == '\n'; }

// Whether a last group may have that many digits.
bool may_end_with(std::size_t digits, const Base& base) {
  return digits > 0 && digits * base.bits % 8 < base.bits;
}

// The padding from `at` on, behind that many digits of the last group: nothing else may follow.
// nullopt: all is well; else the place of the error.
std::optional<std::size_t> check_padding(std::string_view text, std::size_t at, std::size_t digits,
                                         const Base& base) {
  if (!may_end_with(digits, base)) return at;
  for (std::size_t wanted = base.quantum - digits; wanted > 0; ++at) {
    if (at == text.size()) return at;
    if (is_break(text[at])) continue;
    if (text[at] != '=') return at - 1;
    --wanted;
  }
  while (at < text.size() && is_break(text[at]))
    ++at;
  return at == text.size() ? std::nullopt : std::optional(at);
}

// nullopt: all of `text` is in `out`; else the place of the error, as Go counts it.
std::optional<std::size_t> decode(std::string& out, std::string_view text, const Base& base) {
  std::uint64_t held = 0;
  unsigned count = 0;
  std::size_t digits = 0;  // of the open group
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (is_break(c)) continue;
    if (c == '=') return check_padding(text, at, digits, base);
    const std::size_t value = base.digits.find(c);
    if (value == std::string_view::npos) return at;
    held = held << base.bits | value;
    count += base.bits;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(held >> count & 0xFFU);
    }
    digits = (digits + 1) % base.quantum;
  }
  return digits == 0 ? std::nullopt : std::optional(text.size() - digits);
}

template <const Base& Kind>
Value encoded(Runtime& run, Arguments arguments) {
  std::string& out = run.scratch();
  encode(out, arguments[0].text(), Kind);
  return run.text(out);
}

// What is malformed gives the words of the error, as sprig does.
template <const Base& Kind>
Value decoded(Runtime& run, Arguments arguments) {
  std::string& out = run.scratch();
  if (const auto bad = decode(out, arguments[0].text(), Kind))
    out = "illegal " + std::string(Kind.name) + " data at input byte " + std::to_string(*bad);
  return run.text(out);
}

constexpr Function kFunctions[] = {
    {"Hash", "ss", &salted_digest_of<Digest::Sha3>},
    {"Sha2Hash", "ss", &salted_digest_of<Digest::Sha256>},
    {"adler32sum", "s", &adler32sum},
    {"b32dec", "s", &decoded<kBase32>},
    {"b32enc", "s", &encoded<kBase32>},
    {"b64dec", "s", &decoded<kBase64>},
    {"b64enc", "s", &encoded<kBase64>},
    {"sha1sum", "s", &digest_of<Digest::Sha1>},
    {"sha256sum", "s", &digest_of<Digest::Sha256>},
    {"sha512sum", "s", &digest_of<Digest::Sha512>},
};

}  // namespace

std::span<const Function> encoding_functions() { return kFunctions; }

}  // namespace agent::logs::templates
