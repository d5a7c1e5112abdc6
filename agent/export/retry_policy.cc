#include "agent/export/retry_policy.h"

#include <charconv>
#include <ctime>
#include <limits>
#include <optional>
#include <string>

#include "agent/base/strings.h"

namespace agent::exporter {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kLongestRetryAfter = 10min;
// Somebody has to mend a token or a URL: no use in asking more often.
constexpr Duration kOperatorDelay = 30s;
constexpr Duration kConfigGrace = 5min;
constexpr std::size_t kMessageBytes = 256;
constexpr std::size_t kAnswerBytes = 16U << 10U;
constexpr std::uint64_t kAllRecords = std::numeric_limits<std::uint64_t>::max();

// At most 256 bytes of valid UTF-8, cut between characters.
std::string for_people(std::string_view text) {
  std::string out = replace_invalid_utf8(trim(text).substr(0, kMessageBytes));
  if (out.size() <= kMessageBytes) return out;
  std::size_t cut = kMessageBytes;
  while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0U) == 0x80U)
    --cut;
  out.resize(cut);
  return out;
}

std::string describe(const net::ClientResponse& response) {
  std::string head = "HTTP " + std::to_string(response.status);
  const std::string_view body = trim(response.body);
  if (body.empty()) return head;
  return for_people(head + ": " + std::string(body.substr(0, kMessageBytes)));
}

std::string describe(const net::GrpcReply& reply) {
  std::string head = net::to_string(reply.code);
  return for_people(reply.message.empty() ? head : head + ": " + reply.message);
}

Outcome retry(std::string reason, std::string message, Duration at_least = {}) {
  Outcome out;
  out.kind = Outcome::Kind::Retry;
  out.reason = std::move(reason);
  out.message = std::move(message);
  out.at_least = at_least;
  return out;
}

Outcome about_records(Outcome out, const net::ClientResponse& response) {
  out.judges_records = true;
  out.answer = trim(response.body).substr(0, kAnswerBytes);
  return out;
}

// The backend works, but will never take this block as it is.
Outcome refused(Outcome::Kind kind, std::string reason, std::string message) {
  Outcome out;
  out.kind = kind;
  out.reason = std::move(reason);
  out.message = std::move(message);
  out.data_error = true;
  return out;
}

Outcome delivered_except(std::uint64_t rejected, std::string message) {
  Outcome out;
  out.kind = Outcome::Kind::Delivered;
  out.rejected = rejected;
  if (rejected > 0) out.reason = "backend_rejected";
  out.message = std::move(message);
  return out;
}

// Loki stores the valid entries of a request that it answers with 400, and says for each stream
// "total ignored: N out of M". nullopt: it does not say.
std::optional<std::uint64_t> loki_ignored(std::string_view body) {
  constexpr std::string_view kMark = "total ignored: ";
  std::optional<std::uint64_t> sum;
  for (auto at = body.find(kMark); at != std::string_view::npos; at = body.find(kMark, at)) {
    at += kMark.size();
    std::uint64_t count = 0;
    const char* end = body.data() + body.size();
    const auto parsed = std::from_chars(body.data() + at, end, count);
    constexpr std::string_view kNext = " out of ";
    if (parsed.ec != std::errc() ||
        !std::string_view(parsed.ptr, static_cast<std::size_t>(end - parsed.ptr))
             .starts_with(kNext))
      continue;
    const std::uint64_t before = sum.value_or(0);
    sum = count > kAllRecords - before ? kAllRecords : before + count;
  }
  return sum;
}

bool is_server_trouble(Protocol protocol, int status) {
  if (protocol == Protocol::OtlpHttp) return status >= 502 && status <= 504;
  return status >= 500 && status <= 599;
}

bool waits_for_operator(const RetryOptions& options, int status) {
  if (status == 401 || status == 403)
    return options.protocol != Protocol::OtlpHttp || options.retry_auth_errors;
  return status == 404 && options.protocol != Protocol::OtlpHttp;
}

Outcome judge_success(const RetryOptions& options, const net::ClientResponse& response) {
  if (options.protocol != Protocol::LokiPush || response.status != 260)
    return delivered_except(0, "");
  // Loki's word for: ingestion is blocked on purpose, nothing of it was stored.
  Outcome out = delivered_except(kAllRecords, describe(response));
  out.blocked = true;
  return out;
}

Outcome judge_bad_request(const RetryOptions& options, const net::ClientResponse& response) {
  if (options.protocol == Protocol::LokiPush) {
    if (const auto ignored = loki_ignored(response.body))
      return about_records(delivered_except(*ignored, describe(response)), response);
  }
  // One bad span must not take the others along, nor one bad line. Whoever refuses all of a push
  // (a proxy, a body that cannot be read, a Loki that does not count) is asked again for less;
  // what Loki has stored all the same, it takes for the repeat that it is.
  const auto kind =
      options.protocol == Protocol::RemoteWrite ? Outcome::Kind::Drop : Outcome::Kind::Split;
  return about_records(refused(kind, "http_400", describe(response)), response);
}

Outcome judge_response(const RetryOptions& options, const net::ClientResponse& response,
                       Timestamp now) {
  const int status = response.status;
  if (status >= 200 && status <= 299) return judge_success(options, response);
  if (status == 400) return judge_bad_request(options, response);
  if (status == 413)
    return about_records(refused(Outcome::Kind::Split, "too_large", describe(response)), response);
  const std::string reason = "http_" + std::to_string(status);
  const auto header = response.headers.get("retry-after");
  const Duration asked = header ? parse_retry_after(*header, now) : Duration::zero();
  if (status == 429 && options.retry_on_429) {
    Outcome out = retry(reason, describe(response), asked);
    out.data_error = true;
    out.concerns = Outcome::Concerns::Tenant;
    return out;
  }
  if (is_server_trouble(options.protocol, status)) return retry(reason, describe(response), asked);
  if (waits_for_operator(options, status)) {
    Outcome out = retry(reason, describe(response), std::max(asked, kOperatorDelay));
    if (status != 404) out.concerns = Outcome::Concerns::Tenant;
    if (status == 404 && options.protocol == Protocol::RemoteWrite) out.keep_for = kConfigGrace;
    return out;
  }
  Outcome out = refused(Outcome::Kind::Drop, reason, describe(response));
  return status == 422 ? about_records(std::move(out), response) : out;
}

bool is_retryable(net::GrpcCode code) {
  switch (code) {
    case net::GrpcCode::Cancelled:
    case net::GrpcCode::DeadlineExceeded:
    case net::GrpcCode::Aborted:
    case net::GrpcCode::OutOfRange:
    case net::GrpcCode::Unavailable:
    case net::GrpcCode::DataLoss:
      return true;
    default:
      return false;
  }
}

// Whole seconds: a date in the year 9999 does not fit in nanoseconds.
std::optional<std::chrono::seconds> parse_http_date(std::string_view text) {
  const std::string copy(text);
  for (const char* format :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    std::tm parts{};
    const char* end = ::strptime(copy.c_str(), format, &parts);
    if (end != nullptr && *end == '\0') return std::chrono::seconds(::timegm(&parts));
  }
  return std::nullopt;
}

}  // namespace

Outcome judge_http(const RetryOptions& options, const Result<net::ClientResponse>& answer,
                   Timestamp now) {
  if (answer) return judge_response(options, *answer, now);
  const Error& error = answer.error();
  // No answer at all says nothing about the data: it is kept. A URL or a secret file that does not
  // work, or a token server that refuses us, is mended by people.
  const bool ours = error.kind == ErrorKind::Config || error.kind == ErrorKind::Io ||
                    error.kind == ErrorKind::Rejected;
  return retry(to_string(error.kind), for_people(error.message),
               ours ? kOperatorDelay : Duration::zero());
}

Outcome judge_grpc(const net::GrpcReply& reply, const RetryOptions& options) {
  using net::GrpcCode;
  if (reply.code == GrpcCode::Ok) return delivered_except(0, "");
  const std::string reason = "grpc_" + std::to_string(static_cast<int>(reply.code));
  const std::string message = describe(reply);
  const Duration hint = reply.retry_delay.value_or(Duration::zero());
  const Duration asked =
      hint < Duration::zero() || hint > kLongestRetryAfter ? Duration::zero() : hint;
  if (reply.from_transport || is_retryable(reply.code)) return retry(reason, message, asked);
  switch (reply.code) {
    case GrpcCode::ResourceExhausted: {
      // Without a hint it means "too large", or a rate below the size of this batch.
      if (!reply.retry_delay) return refused(Outcome::Kind::Split, reason, message);
      Outcome out = retry(reason, message, asked);
      out.data_error = true;
      return out;
    }
    case GrpcCode::InvalidArgument:
      return refused(Outcome::Kind::Split, reason, message);
    case GrpcCode::Unauthenticated:
    case GrpcCode::PermissionDenied:
      if (options.retry_auth_errors) return retry(reason, message, std::max(asked, kOperatorDelay));
      return refused(Outcome::Kind::Drop, reason, message);
    default:
      return refused(Outcome::Kind::Drop, reason, message);
  }
}

Duration parse_retry_after(std::string_view value, Timestamp now) {
  const std::string_view text = trim(value);
  if (text.empty()) return Duration::zero();
  Duration wait = Duration::zero();
  if (text.find_first_not_of("0123456789") == std::string_view::npos) {
    std::uint32_t seconds = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), seconds).ec != std::errc())
      return Duration::zero();
    wait = std::chrono::seconds(seconds);
  } else if (const auto date = parse_http_date(text)) {
    const auto from = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
    if (*date <= from || *date - from > kLongestRetryAfter) return Duration::zero();
    wait = *date - now.time_since_epoch();
  }
  return wait > kLongestRetryAfter ? Duration::zero() : wait;
}

}  // namespace agent::exporter
