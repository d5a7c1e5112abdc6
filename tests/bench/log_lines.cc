#include "tests/bench/log_lines.h"

#include <cstdio>

#include "agent/base/random.h"

namespace agent::bench {
namespace {

constexpr const char* kPaths[] = {"/checkout",        "/cart",         "/api/v1/products/list",
                                  "/api/v1/users/me", "/healthz",      "/login",
                                  "/search",          "/static/app.js"};
constexpr const char* kMessages[] = {
    "request completed",      "upstream call finished",         "cache miss, loaded from store",
    "user session refreshed", "payment authorised by provider", "retrying after timeout"};
constexpr const char* kAgents[] = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"};

constexpr const char* kServices[] = {"checkout-7d9f8b6c5-x2x4z", "cart-5f6d7c8b9-kq7wm",
                                     "catalogue-6b7c8d9f5-p9r2t"};

struct Request {
  unsigned status = 200;
  const char* path = "";
  const char* level = "info";
  double milliseconds = 0;
};

Request draw(Random& random) {
  const std::uint64_t dice = random.next() % 1000;
  Request out;
  out.status = dice < 600 ? 200 : dice < 720 ? 404 : dice < 820 ? 302 : dice < 900 ? 500 : 201;
  out.level = out.status >= 500 ? "error" : out.status >= 400 ? "warn" : "info";
  out.path = kPaths[random.next() % std::size(kPaths)];
  out.milliseconds = random.fraction() * 250;
  return out;
}

int write_json(char* to, std::size_t room, const char* time, const Request& request,
               std::uint64_t number, Random& random) {
  return std::snprintf(
      to, room,
      R"({"ts":"%s","level":"%s","status":%u,"msg":"%s seq-%010llu","path":"%s","duration_ms":%.1f,"service":"%s","user":"user-%llu","trace_id":"%016llx%016llx"})",
      time, request.level, request.status, kMessages[random.next() % std::size(kMessages)],
      static_cast<unsigned long long>(number), request.path, request.milliseconds,
      kServices[random.next() % std::size(kServices)],
      static_cast<unsigned long long>(random.next() % 5000),
      static_cast<unsigned long long>(random.next()),
      static_cast<unsigned long long>(random.next()));
}

int write_nginx(char* to, std::size_t room, const Request& request, std::uint64_t number,
                Random& random) {
  return std::snprintf(
      to, room,
      R"(10.%llu.%llu.%llu - user%llu [25/Nov/2026:09:%02llu:%02llu +0000] "GET %s?id=%llu HTTP/1.1" %u %llu "https://shop.example.com%s" "%s" %.3f)",
      static_cast<unsigned long long>(random.next() % 256),
      static_cast<unsigned long long>(random.next() % 256),
      static_cast<unsigned long long>(random.next() % 256),
      static_cast<unsigned long long>(random.next() % 5000),
      static_cast<unsigned long long>(number / 1000 / 60 % 60),
      static_cast<unsigned long long>(number / 1000 % 60), request.path,
      static_cast<unsigned long long>(random.next() % 1'000'000), request.status,
      static_cast<unsigned long long>(random.next() % 50'000), request.path,
      kAgents[random.next() % std::size(kAgents)], request.milliseconds / 1000);
}

}  // namespace

std::string make_log_lines(std::size_t bytes, Content content, std::uint64_t& lines,
                           std::uint64_t& kept) {
  Random random(1);
  std::string out;
  out.reserve(bytes + 1024);
  lines = kept = 0;
  for (std::uint64_t number = 0; out.size() < bytes; ++number) {
    char time[32];
    char text[640];
    std::snprintf(time, sizeof time, "2026-11-25T09:%02llu:%02llu.%03lluZ",
                  static_cast<unsigned long long>(number / 1000 / 60 % 60),
                  static_cast<unsigned long long>(number / 1000 % 60),
                  static_cast<unsigned long long>(number % 1000));
    const Request request = draw(random);
    const int size = content == Content::Json
                         ? write_json(text, sizeof text, time, request, number, random)
                         : write_nginx(text, sizeof text, request, number, random);
    // The runtime's time has nine digits.
    out.append(time, 23);
    out += "456789Z ";
    out += random.next() % 10 != 0 ? "stdout F " : "stderr F ";
    out.append(text, static_cast<std::size_t>(size));
    out += '\n';
    ++lines;
    kept += request.status != 200 ? 1 : 0;
  }
  return out;
}

}  // namespace agent::bench
