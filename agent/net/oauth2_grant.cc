#include "agent/net/oauth2_grant.h"

#include <charconv>
#include <cmath>
#include <map>

#include "agent/base/base64.h"
#include "agent/base/strings.h"
#include "agent/codec/json.h"

namespace agent::net {
namespace {

constexpr std::uint64_t kMaxAnswerBytes = 1U << 20U;
constexpr std::size_t kMaxWordsBytes = 200;
// Longer than any agent runs; what is beyond would overflow a Duration.
constexpr double kLongestLifetimeSeconds = 1e9;

// The members of an answer that count, all as texts.
struct Answer {
  std::string token;
  std::string type;
  std::string expires_in;
  std::string error;
  std::string description;
};

std::string text_of(const codec::JsonValue& object, std::string_view name) {
  const codec::JsonValue* value = object.get(name);
  if (value == nullptr) return {};
  if (!value->is(codec::JsonValue::Kind::Number)) return std::string(value->text());
  std::string out;
  codec::append_decimal(out, value->number());
  return out;
}

Answer read_form(std::string_view body) {
  const auto field = [&](std::string_view name) { return query_value(body, name).value_or(""); };
  return {field("access_token"), field("token_type"), field("expires_in"), field("error"),
          field("error_description")};
}

// Told apart by their first byte: content types are not to be relied on.
Answer read_answer(std::string_view body) {
  if (!body.starts_with('{')) return read_form(body);
  codec::JsonPool pool;
  const auto json = codec::parse_json(body, pool);
  if (!json) return {};
  const auto field = [&](std::string_view name) { return text_of(*json, name); };
  return {field("access_token"), field("token_type"), field("expires_in"), field("error"),
          field("error_description")};
}

// The server's own words, for people: short, one line, valid UTF-8.
std::string words_of(const Answer& answer) {
  std::string out = answer.error;
  if (!out.empty() && !answer.description.empty()) out += ": ";
  out += answer.description;
  out = replace_invalid_utf8(std::string_view(out).substr(0, kMaxWordsBytes));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return out;
}

std::optional<Duration> lifetime_of(const std::string& expires_in) {
  double seconds = 0;
  const char* end = expires_in.data() + expires_in.size();
  const auto parsed = std::from_chars(expires_in.data(), end, seconds);
  // 0 is how many servers write "it does not end".
  if (parsed.ec != std::errc() || parsed.ptr != end || !(seconds > 0)) return std::nullopt;
  return std::chrono::seconds(std::llround(std::min(seconds, kLongestLifetimeSeconds)));
}

// As the type is written in a header; servers write it in any case.
std::string type_of(const std::string& type) {
  if (type.empty() || equals_ignoring_case(type, "bearer")) return "Bearer";
  return type;
}

}  // namespace

ClientRequest make_token_request(const model::OAuth2Config& config, const ClientIdentity& client,
                                 ClientProof proof) {
  // What is configured by name comes last: even grant_type may be another.
  std::map<std::string, std::string> form = {{"grant_type", "client_credentials"}};
  if (!config.scopes.empty()) form["scope"] = join(config.scopes, " ");
  ClientRequest request;
  if (proof == ClientProof::Header) {
    const std::string pair = encode_form(client.id) + ":" + encode_form(client.secret);
    request.headers.add("Authorization", "Basic " + encode_base64(pair, Base64Padding::Equals));
  } else {
    form["client_id"] = client.id;
    if (!client.secret.empty()) form["client_secret"] = client.secret;
  }
  for (const auto& [name, value] : config.endpoint_params)
    form[name] = value;

  std::string body;
  for (const auto& [name, value] : form) {
    if (!body.empty()) body += '&';
    body += encode_form(name) + "=" + encode_form(value);
  }
  request.method = "POST";
  request.url = config.token_url;
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.headers.add("Accept", "application/json");
  request.body = std::make_shared<const std::string>(std::move(body));
  request.max_response_bytes = kMaxAnswerBytes;
  return request;
}

Result<AccessToken> read_token_answer(const ClientResponse& answer) {
  constexpr int kServerTrouble = 500;
  constexpr int kTooMany = 429;
  const Answer read = read_answer(trim(answer.body));
  const std::string words = words_of(read);
  if (answer.status < 200 || answer.status > 299) {
    const bool trouble = answer.status >= kServerTrouble || answer.status == kTooMany;
    return Error{trouble ? ErrorKind::Network : ErrorKind::Rejected,
                 "HTTP " + std::to_string(answer.status) + (words.empty() ? "" : ": ") + words};
  }
  // Some refuse with status 200.
  if (!read.error.empty()) return Error{ErrorKind::Rejected, words};
  if (read.token.empty()) return Error{ErrorKind::Input, "the answer holds no access_token"};
  return AccessToken{type_of(read.type) + " " + read.token, lifetime_of(read.expires_in)};
}

}  // namespace agent::net
