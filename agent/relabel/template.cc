#include "agent/relabel/template.h"

#include <algorithm>
#include <optional>

#include <re2/re2.h>

namespace agent::relabel {
namespace {

struct Reference {
  std::string_view name;
  std::size_t size = 0;  // of the whole reference, `$` included
};

// Length of the name that `text` begins with: letters of any script, digits, underscores.
std::size_t name_length(std::string_view text) {
  static const RE2 name(R"([\pL\p{Nd}_]+)", RE2::Quiet);
  re2::StringPiece match;
  const re2::StringPiece piece(text.data(), text.size());
  return name.Match(piece, 0, piece.size(), RE2::ANCHOR_START, &match, 1) ? match.size() : 0;
}

// The reference at the `$` that `text` begins with; nullopt where that `$` is only a character.
std::optional<Reference> reference_at(std::string_view text) {
  const bool braces = text.size() > 1 && text[1] == '{';
  const std::size_t begin = braces ? 2 : 1;
  const std::size_t length = name_length(text.substr(begin));
  if (length == 0) return std::nullopt;
  const Reference out{text.substr(begin, length), begin + length + (braces ? 1 : 0)};
  if (braces && (out.size > text.size() || text[out.size - 1] != '}')) return std::nullopt;
  return out;
}

// The number that `name` is; -1 where it is none (leading zeros make it a name, as in Go).
int group_number(std::string_view name) {
  if (name.size() > 8 || (name.size() > 1 && name[0] == '0')) return -1;
  int number = 0;
  for (const char c : name) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

Template::Template(std::string_view text, const GroupNames& groups, LabelReferences references) {
  while (!text.empty()) {
    const auto plain =
        std::min({text.size(), text.find('$'),
                  references == LabelReferences::Yes ? text.find("{{") : std::string_view::npos});
    add_text(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (text[0] == '{') {
      const std::size_t end = text.find("}}");
      if (end == std::string_view::npos) {
        add_text(text);
        break;
      }
      parts_.push_back({Kind::Label, std::string(text.substr(2, end - 2)), {}});
      text.remove_prefix(end + 2);
    } else if (text.substr(0, 2) == "$$") {
      add_text("$");
      text.remove_prefix(2);
    } else if (const auto reference = reference_at(text)) {
      add_group(reference->name, groups);
      text.remove_prefix(reference->size);
    } else {
      add_text("$");
      text.remove_prefix(1);
    }
  }
}

void Template::add_text(std::string_view text) {
  if (text.empty()) return;
  if (parts_.empty() || parts_.back().kind != Kind::Text) parts_.emplace_back();
  parts_.back().text += text;
}

void Template::add_group(std::string_view name, const GroupNames& groups) {
  Part part{Kind::Group, {}, {}};
  const int number = group_number(name);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (number >= 0 ? i != static_cast<std::size_t>(number) : groups[i] != name) continue;
    part.groups.push_back(static_cast<int>(i));
    groups_needed_ = std::max(groups_needed_, i + 1);
  }
  if (!part.groups.empty()) parts_.push_back(std::move(part));
}

std::string Template::expand(std::span<const std::string_view> captures,
                             const model::LabelSet& labels) const {
  std::string out;
  for (const Part& part : parts_) {
    if (part.kind == Kind::Text) out += part.text;
    if (part.kind == Kind::Label) out += labels.get(part.text);
    for (const int group : part.groups) {
      const auto index = static_cast<std::size_t>(group);
      if (index >= captures.size() || captures[index].data() == nullptr) continue;
      out += captures[index];
      break;
    }
  }
  return out;
}

std::string Template::literal_part(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto reference = text[0] == '$' ? reference_at(text) : std::nullopt;
    if (!reference) out += text[0];
    text.remove_prefix(reference ? reference->size : 1);
  }
  return out;
}

}  // namespace agent::relabel
