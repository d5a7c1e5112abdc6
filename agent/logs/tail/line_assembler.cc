#include "agent/logs/tail/line_assembler.h"

#include <algorithm>

namespace agent::logs {

void LineAssembler::start_again() {
  decoder_ = nullptr;
  held_.clear();
  skips_ = false;
}

// False: the text is too short yet to tell how it is encoded.
bool LineAssembler::choose_decoder(std::string_view& piece, model::Arena& arena) {
  if (config_.encoding == nullptr || decoder_ != nullptr) return true;
  held_ += piece;
  piece = {};
  const auto choice =
      config_.encoding->choose(std::string_view(held_).substr(0, TextEncoding::kLongestMark));
  decoder_ = choice.decoder;
  if (decoder_ == nullptr) return false;
  piece = arena.copy(std::string_view(held_).substr(choice.mark_bytes));
  held_.clear();
  return true;
}

// Lets what is held end on the boundary of a character; false: the piece is too short for it.
bool LineAssembler::complete_unit(std::string_view& piece, model::Arena& arena,
                                  const OnLine& on_line) {
  const std::size_t over = held_.size() % unit();
  if (over == 0) return true;
  const std::size_t missing = std::min(unit() - over, piece.size());
  held_ += piece.substr(0, missing);
  piece.remove_prefix(missing);
  if (held_.size() % unit() != 0) return false;
  if (std::string_view(held_).substr(held_.size() - unit()) != decoder_->newline()) return true;
  held_.resize(held_.size() - unit());
  const std::string_view line = arena.copy(held_);
  held_.clear();
  end_line(line, arena, on_line);
  return true;
}

void LineAssembler::feed(std::string_view piece, model::Arena& arena, const OnLine& on_line) {
  if (!choose_decoder(piece, arena) || !complete_unit(piece, arena, on_line)) return;
  for (;;) {
    const std::size_t newline =
        decoder_ == nullptr ? piece.find('\n') : decoder_->find_newline(piece);
    if (newline == std::string_view::npos) return hold(piece, arena, on_line);
    std::string_view line = piece.substr(0, newline);
    if (!held_.empty()) {
      hold(line, arena, on_line);  // which may cut it
      line = skips_ ? std::string_view() : arena.copy(held_);
      held_.clear();
    }
    end_line(line, arena, on_line);
    piece.remove_prefix(newline + unit());
  }
}

void LineAssembler::finish(model::Arena& arena, const OnLine& on_line) {
  if (!held_.empty() && (decoder_ != nullptr || config_.encoding == nullptr))
    end_line(arena.copy(held_), arena, on_line);
  start_again();
}

void LineAssembler::end_line(std::string_view line, model::Arena& arena, const OnLine& on_line) {
  if (skips_) {
    counters_.cut_bytes.add(line.size());
    skips_ = false;
    return;
  }
  if (line.size() > config_.limit_bytes) {
    counters_.cut_bytes.add(line.size() - limit());
    return cut(line.substr(0, limit()), arena, on_line);
  }
  on_line(decoder_ == nullptr ? line : decoder_->decode(line, arena));
}

// The line goes on with the next piece.
void LineAssembler::hold(std::string_view text, model::Arena& arena, const OnLine& on_line) {
  if (!skips_) {
    const std::size_t room = config_.limit_bytes - std::min(config_.limit_bytes, held_.size());
    held_ += text.substr(0, room);
    if (text.size() <= room) return;
    text.remove_prefix(room);
    // The end of what is cut off may be half a character, which then stays held.
    held_ += text;
    counters_.cut_bytes.add(held_.size() - limit());
    cut(arena.copy(std::string_view(held_).substr(0, limit())), arena, on_line);
    skips_ = true;
  } else {
    held_ += text;
    counters_.cut_bytes.add(text.size());
  }
  held_.erase(0, held_.size() - held_.size() % unit());
}

void LineAssembler::cut(std::string_view start, model::Arena& arena, const OnLine& on_line) {
  counters_.cut_lines.add();
  on_line(decoder_ == nullptr ? start : decoder_->decode(start, arena, LineDecoder::End::Cut));
}

}  // namespace agent::logs
