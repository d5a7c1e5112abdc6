#pragma once
// Lines out of bytes that come in pieces and cannot be read again.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "agent/logs/tail/text_encoding.h"
#include "agent/model/arena.h"
#include "agent/selfmon/metrics.h"

namespace agent::logs {

/// Splits at newlines, decodes, and cuts lines over the limit: their rest is skipped as it comes.
/// Holds the start of the line under way, at most the limit of it.
class LineAssembler {
 public:
  struct Config {
    std::size_t limit_bytes = 1 << 20;
    const TextEncoding* encoding = nullptr;  ///< null: bytes go on as they are
  };
  /// All outlive this.
  struct Counters {
    selfmon::Counter& cut_lines;
    selfmon::Counter& cut_bytes;
  };
  /// Gets each line, in the arena of the piece that ended it.
  using OnLine = std::function<void(std::string_view line)>;

  LineAssembler(const Config& config, const Counters& counters)
      : config_(config), counters_(counters) {}

  /// `piece` lies in `arena`.
  void feed(std::string_view piece, model::Arena& arena, const OnLine& on_line);
  /// Nothing more comes: what is held is the last line.
  void finish(model::Arena& arena, const OnLine& on_line);
  /// Another text from now on.
  void start_again();

 private:
  bool choose_decoder(std::string_view& piece, model::Arena& arena);
  bool complete_unit(std::string_view& piece, model::Arena& arena, const OnLine& on_line);
  void hold(std::string_view text, model::Arena& arena, const OnLine& on_line);
  void end_line(std::string_view line, model::Arena& arena, const OnLine& on_line);
  void cut(std::string_view start, model::Arena& arena, const OnLine& on_line);
  std::size_t unit() const { return decoder_ == nullptr ? 1 : decoder_->unit_bytes(); }
  std::size_t limit() const { return config_.limit_bytes - config_.limit_bytes % unit(); }

  Config config_;
  Counters counters_;
  LineDecoder* decoder_ = nullptr;  // null: none, or too few bytes yet to choose one
  std::string held_;
  bool skips_ = false;  // the line under way was cut
};

}  // namespace agent::logs
