#include "agent/base/log.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <unordered_map>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "agent/base/clock.h"
#include "agent/base/strings.h"

namespace agent {
namespace {

constexpr auto kRepeatInterval = std::chrono::minutes(1);
constexpr std::size_t kMaxRepeatKeys = 4096;

const char* name_of(LogLevel level) {
  constexpr const char* kNames[] = {"debug", "info", "warn", "error"};
  return kNames[static_cast<int>(level)];
}

std::string utc_now() {
  const auto now = std::chrono::system_clock::now();
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char day[32];
  const std::size_t length = std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
  return std::string(day, length) + "." + std::to_string(1000 + ms % 1000).substr(1) + "Z";
}

bool needs_quotes(std::string_view value) {
  // Control characters too: a log line must not be able to move somebody's cursor.
  const auto special = [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' || c == '\x7f';
  };
  return value.empty() || std::any_of(value.begin(), value.end(), special) || !is_valid_utf8(value);
}

std::string logfmt_line(LogLevel level, std::string_view message, Logger::Fields fields) {
  std::string line = "ts=" + utc_now() + " level=" + name_of(level) + " msg=" + json_quote(message);
  for (const auto& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    line += needs_quotes(field.value) ? json_quote(field.value) : field.value;
  }
  return line;
}

std::string json_line(LogLevel level, std::string_view message, Logger::Fields fields) {
  std::string line = R"({"ts":")" + utc_now() + R"(","level":")" + name_of(level) + R"(","msg":)" +
                     json_quote(message);
  for (const auto& field : fields)
    line += "," + json_quote(field.key) + ":" + json_quote(field.value);
  return line + "}";
}

class StderrOutput final : public Logger::Output {
 public:
  StderrOutput() : logger_("dunlin", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_pattern("%v");
    logger_.flush_on(spdlog::level::info);
  }
  void write(LogLevel /*level*/, const std::string& line) override { logger_.info(line); }

 private:
  spdlog::logger logger_;
};

struct Repeat {
  SteadyTime last;
  std::uint64_t held_back = 0;
};

}  // namespace

struct Logger::State {
  std::atomic<LogLevel> level;
  LogFormat format{};
  std::unique_ptr<Output> output;
  std::mutex mutex;  // guards repeats
  std::unordered_map<std::string, Repeat, StringHash, std::equal_to<>> repeats;
};

Logger::Logger(LogLevel level, LogFormat format)
    : Logger(level, format, std::make_unique<StderrOutput>()) {}

Logger::Logger(LogLevel level, LogFormat format, std::unique_ptr<Output> output)
    : state_(std::make_unique<State>()) {
  state_->level = level;
  state_->format = format;
  state_->output = std::move(output);
}

Logger::~Logger() = default;

void Logger::set_level(LogLevel level) { state_->level = level; }

bool Logger::enabled(LogLevel level) const {
  return level >= state_->level.load(std::memory_order_relaxed);
}

void Logger::log(LogLevel level, std::string_view message, Fields fields) {
  if (!enabled(level)) return;
  state_->output->write(level, state_->format == LogFormat::Json
                                   ? json_line(level, message, fields)
                                   : logfmt_line(level, message, fields));
}

void Logger::limited(LogLevel level, std::string_view key, std::string_view message,
                     Fields fields) {
  if (!enabled(level)) return;
  std::uint64_t held_back = 0;
  {
    const std::lock_guard lock(state_->mutex);
    const SteadyTime now = std::chrono::steady_clock::now();
    if (state_->repeats.size() > kMaxRepeatKeys) state_->repeats.clear();
    auto [at, first] = state_->repeats.try_emplace(std::string(key), Repeat{now, 0});
    if (!first && now - at->second.last < kRepeatInterval) {
      ++at->second.held_back;
      return;
    }
    held_back = at->second.held_back;
    at->second = {now, 0};
  }
  if (held_back == 0) return log(level, message, fields);
  log(level, std::string(message) + " (" + std::to_string(held_back) + " more in the last minutes)",
      fields);
}

bool parse_log_level(std::string_view text, LogLevel& out) {
  const std::string name = to_lower(text);
  for (const LogLevel level : {LogLevel::Debug, LogLevel::Info, LogLevel::Warn, LogLevel::Error}) {
    if (name == name_of(level)) {
      out = level;
      return true;
    }
  }
  if (name != "warning") return false;
  out = LogLevel::Warn;
  return true;
}

}  // namespace agent
