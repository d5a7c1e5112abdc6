#pragma once
// The agent's own log: one line an event on stderr, logfmt or JSON. A Logger is handed to who needs
// one; there is no global. ERROR: data lost or an operator must act. WARN: unexpected, recovered.
// INFO: lifecycle. DEBUG: per operation.
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace agent {

enum class LogLevel { Debug, Info, Warn, Error };
enum class LogFormat { Logfmt, Json };

/// One key=value of a log line.
struct LogField {
  std::string_view key;
  std::string value;
};

/// Writes log lines. Any thread.
class Logger {
 public:
  using Fields = std::initializer_list<LogField>;
  /// Where finished lines go; tests hand in their own.
  class Output {
   public:
    Output() = default;
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    virtual ~Output() = default;
    virtual void write(LogLevel level, const std::string& line) = 0;
  };

  /// To stderr.
  explicit Logger(LogLevel level = LogLevel::Info, LogFormat format = LogFormat::Logfmt);
  Logger(LogLevel level, LogFormat format, std::unique_ptr<Output> output);
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;
  ~Logger();

  void set_level(LogLevel level);
  bool enabled(LogLevel level) const;

  void debug(std::string_view message, Fields fields = {}) {
    log(LogLevel::Debug, message, fields);
  }
  void info(std::string_view message, Fields fields = {}) { log(LogLevel::Info, message, fields); }
  void warn(std::string_view message, Fields fields = {}) { log(LogLevel::Warn, message, fields); }
  void error(std::string_view message, Fields fields = {}) {
    log(LogLevel::Error, message, fields);
  }

  /// At most one line a minute for each `key`; the next one that comes through says how many were
  /// held back.
  void limited(LogLevel level, std::string_view key, std::string_view message, Fields fields = {});

 private:
  void log(LogLevel level, std::string_view message, Fields fields);
  struct State;
  std::unique_ptr<State> state_;
};

/// "debug", "info", "warn" or "warning", "error" (any case); false otherwise.
bool parse_log_level(std::string_view text, LogLevel& out);

}  // namespace agent
