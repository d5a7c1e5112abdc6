#include "agent/codec/otlp_assembler.h"

namespace agent::codec {

void Assembler::write(std::string& out) const {
  out.reserve(out.size() + size_);
  for (const Piece& piece : pieces_) {
    if (piece.number != 0) {
      append_varint(
          out, (std::uint64_t{piece.number} << 3U) | static_cast<std::uint64_t>(WireType::Length));
      append_varint(out, piece.size);
    } else if (piece.data != nullptr) {
      out.append(piece.data, piece.size);
    } else {
      out.append(text_, piece.offset, piece.size);
    }
  }
}

}  // namespace agent::codec
