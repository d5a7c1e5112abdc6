#pragma once
// Builds a message out of slices of another one: nothing is copied before the end, lengths are
// written last.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/codec/otlp_wire.h"

namespace agent::codec {

/// A list of slices and nested messages. Reused by clear(), it stops allocating. The bytes that
/// slices point at must outlive write().
class Assembler {
 public:
  /// A nested message that is open.
  struct Mark {
    std::size_t piece = 0;
    std::uint64_t size_before = 0;
    std::size_t text_before = 0;
  };

  void clear() {
    pieces_.clear();
    text_.clear();
    size_ = 0;
  }
  /// Fields as they stand. Neighbours are joined.
  void copy(std::string_view fields) {
    size_ += fields.size();
    if (!pieces_.empty() && pieces_.back().data != nullptr &&
        pieces_.back().data + pieces_.back().size == fields.data()) {
      pieces_.back().size += fields.size();
      return;
    }
    pieces_.push_back({fields.data(), fields.size(), 0, 0});
  }
  /// A field whose content is copied now.
  void add_text(std::uint32_t number, std::string_view content) {
    const std::size_t begin = text_.size();
    append_bytes_field(text_, number, content);
    pieces_.push_back({nullptr, text_.size() - begin, 0, begin});
    size_ += text_.size() - begin;
  }
  /// Opens message field `number`; close() or undo() it.
  Mark open(std::uint32_t number) {
    const Mark mark{pieces_.size(), size_, text_.size()};
    pieces_.push_back({nullptr, 0, number, 0});
    size_ = 0;
    return mark;
  }
  void close(const Mark& mark) {
    Piece& head = pieces_[mark.piece];
    head.size = size_;
    // The tags of OTLP's envelopes take one byte; varint_size keeps this right for any.
    size_ += mark.size_before + varint_size(std::uint64_t{head.number} << 3U) + varint_size(size_);
  }
  /// As if the message had never been opened.
  void undo(const Mark& mark) {
    pieces_.resize(mark.piece);
    text_.resize(mark.text_before);
    size_ = mark.size_before;
  }
  /// Bytes that write() will append; inside an open message its content so far.
  std::uint64_t size() const { return size_; }
  void write(std::string& out) const;

 private:
  struct Piece {
    const char* data = nullptr;  // null: text_ from `offset`, or the head of a message
    std::size_t size = 0;
    std::uint32_t number = 0;  // not 0: the head of a message of `size` bytes
    std::size_t offset = 0;
  };
  std::vector<Piece> pieces_;
  std::string text_;
  std::uint64_t size_ = 0;
};

}  // namespace agent::codec
