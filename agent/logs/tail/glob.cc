#include "agent/logs/tail/glob.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "agent/base/strings.h"

namespace agent::logs {
namespace {

constexpr std::size_t kMostAlternatives = 1000;
constexpr int kDeepestFolder = 64;

// ---- characters

std::size_t utf8_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(length, text.size());
}

// One character of a class, its backslash taken off.
std::string_view class_character(std::string_view pattern, std::size_t& i) {
  if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
  const std::string_view out = pattern.substr(i, utf8_length(pattern.substr(i)));
  i += out.size();
  return out;
}

// The class at pattern[0] == '['; `length` is what it takes of the pattern, 0: not closed. UTF-8
// compares bytewise in the order of its code points.
bool class_matches(std::string_view pattern, std::string_view character, std::size_t& length) {
  std::size_t i = 1;
  const bool negated = i < pattern.size() && (pattern[i] == '^' || pattern[i] == '!');
  if (negated) ++i;
  bool found = false;
  const std::size_t first = i;
  while (i < pattern.size() && (pattern[i] != ']' || i == first)) {
    const std::string_view low = class_character(pattern, i);
    std::string_view high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      ++i;
      high = class_character(pattern, i);
    }
    found = found || (low <= character && character <= high);
  }
  length = i < pattern.size() ? i + 1 : 0;
  return found != negated;
}

// Whether the first item of `pattern` (not a star) takes the first character of `text`.
bool item_matches(std::string_view pattern, std::string_view text, std::size_t& item,
                  std::size_t& taken) {
  const std::string_view character = text.substr(0, utf8_length(text));
  item = 1;
  taken = character.size();
  if (pattern[0] == '?') return true;
  if (pattern[0] == '[') return class_matches(pattern, character, item) && item > 0;
  const std::size_t escape = pattern[0] == '\\' && pattern.size() > 1 ? 1 : 0;
  item = escape + 1;
  taken = 1;
  return pattern[escape] == text[0];
}

// Where the class at `i` ends; npos: not closed.
std::size_t end_of_class(std::string_view pattern, std::size_t i) {
  std::size_t length = 0;
  class_matches(pattern.substr(i), "a", length);
  return length == 0 ? std::string_view::npos : i + length;
}

// ---- braces

struct Braces {
  std::size_t open = std::string_view::npos;  // npos: none
  std::size_t close = std::string_view::npos;
  std::vector<std::string_view> choices;
};

// The first top-level braces of `pattern`, split at their commas.
Result<Braces> find_braces(std::string_view pattern) {
  Braces out;
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') {
      ++i;
    } else if (c == '[') {
      const std::size_t end = end_of_class(pattern, i);
      if (end == std::string_view::npos)
        return Error{ErrorKind::Input, "a [ is not closed in \"" + std::string(pattern) + "\""};
      i = end - 1;
    } else if (c == '{' && depth++ == 0) {
      out.open = i;
      start = i + 1;
    } else if (c == ',' && depth == 1) {
      out.choices.push_back(pattern.substr(start, i - start));
      start = i + 1;
    } else if (c == '}' && depth > 0 && --depth == 0) {
      out.choices.push_back(pattern.substr(start, i - start));
      out.close = i;
      return out;
    }
  }
  if (depth > 0)
    return Error{ErrorKind::Input, "a { is not closed in \"" + std::string(pattern) + "\""};
  return out;
}

Result<std::vector<std::string>> resolve_braces(std::string_view pattern) {
  std::vector<std::string> done;
  std::vector<std::string> todo{std::string(pattern)};
  while (!todo.empty()) {
    if (done.size() + todo.size() > kMostAlternatives)
      return Error{ErrorKind::Input,
                   "the braces of \"" + std::string(pattern) + "\" give more than 1000 patterns"};
    const std::string next = std::move(todo.back());
    todo.pop_back();
    const auto braces = find_braces(next);
    if (!braces) return braces.error();
    if (braces->open == std::string_view::npos) {
      done.push_back(next);
      continue;
    }
    for (const auto choice : braces->choices)
      todo.push_back(next.substr(0, braces->open) + std::string(choice) +
                     next.substr(braces->close + 1));
  }
  return done;
}

// ---- paths

bool parts_match(const std::vector<std::string>& pattern, std::size_t p,
                 const std::vector<std::string_view>& path, std::size_t t) {
  // Remembers the last `**` and takes one part more there when what follows does not fit.
  std::size_t deep = pattern.size();
  std::size_t deep_path = 0;
  while (t < path.size()) {
    if (p < pattern.size() && pattern[p] == "**") {
      deep = p++;
      deep_path = t;
    } else if (p < pattern.size() && part_matches(pattern[p], path[t])) {
      ++p;
      ++t;
    } else if (deep < pattern.size()) {
      p = deep + 1;
      t = ++deep_path;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == "**")
    ++p;
  return p == pattern.size();
}

std::string without_escapes(std::string_view part) {
  std::string out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] == '\\' && i + 1 < part.size()) ++i;
    out += part[i];
  }
  return out;
}

bool is_literal(std::string_view part) {
  return part.find_first_of("*?[") == std::string_view::npos;
}

enum class Kind { None, File, Directory };

// `error` stays as it is where there is an answer; a name that leads nowhere is one.
Kind kind_of(const std::string& path, int& error) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return S_ISDIR(info.st_mode) ? Kind::Directory : Kind::File;
  if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP && errno != ENAMETOOLONG) error = errno;
  return Kind::None;
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

struct Name {
  std::string name;
  bool real_directory = false;  // not through a link
};

std::vector<Name> names_in(const std::string& folder, int& error) {
  std::vector<Name> out;
  const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.empty() ? "." : folder.c_str()));
  if (!open && errno != ENOENT && errno != ENOTDIR) error = errno;
  if (!open) return out;
  for (;;) {
    errno = 0;
    // A stream of our own: readdir() shares nothing with other threads here.
    const dirent* entry = ::readdir(open.get());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr && errno != 0) error = errno;
    if (entry == nullptr) return out;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    bool directory = entry->d_type == DT_DIR;
    if (entry->d_type == DT_UNKNOWN) {
      struct stat info {};
      directory = ::fstatat(::dirfd(open.get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
                  S_ISDIR(info.st_mode);
    }
    out.push_back({std::string(name), directory});
  }
}

// What walks find.
struct Finds {
  std::set<std::string> files;
  std::set<std::string> directories;
  std::map<std::string, int> unlisted;

  Kind kind(const std::string& path) {
    int error = 0;
    const Kind out = kind_of(path, error);
    if (error != 0) unlisted.emplace(folder_of(path), error);
    return out;
  }
  std::vector<Name> names(const std::string& folder) {
    int error = 0;
    auto out = names_in(folder, error);
    if (error != 0) unlisted.emplace(folder, error);
    return out;
  }
};

// Walks one alternative over the disk.
class Walk {
 public:
  Walk(const std::vector<std::string>& parts, Finds& finds) : parts_(parts), finds_(finds) {}

  /// `folder` ends with a slash, or is empty for the working folder.
  void run(const std::string& folder, std::size_t part, int depth) {
    if (part == parts_.size() || depth > kDeepestFolder) return;
    const bool last = part + 1 == parts_.size();
    const std::string& pattern = parts_[part];
    if (pattern == "**") return run_deep(folder, part, depth);
    if (is_literal(pattern)) {
      if (last) finds_.directories.insert(folder);
      return take(folder + without_escapes(pattern), part, depth);
    }
    if (last) finds_.directories.insert(folder);
    for (const auto& entry : finds_.names(folder))
      if (part_matches(pattern, entry.name)) take(folder + entry.name, part, depth);
  }

 private:
  void run_deep(const std::string& folder, std::size_t part, int depth) {
    const bool last = part + 1 == parts_.size();
    if (last) finds_.directories.insert(folder);
    run(folder, part + 1, depth);
    for (const auto& entry : finds_.names(folder)) {
      const std::string path = folder + entry.name;
      if (entry.real_directory && depth < kDeepestFolder) run_deep(path + "/", part, depth + 1);
      if (last && !entry.real_directory && finds_.kind(path) == Kind::File)
        finds_.files.insert(path);
    }
  }

  void take(const std::string& path, std::size_t part, int depth) {
    const Kind kind = finds_.kind(path);
    const bool last = part + 1 == parts_.size();
    if (last && kind == Kind::File) finds_.files.insert(path);
    if (!last && kind == Kind::Directory) run(path + "/", part + 1, depth + 1);
  }

  const std::vector<std::string>& parts_;
  Finds& finds_;
};

}  // namespace

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}

bool part_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    std::size_t item = 0;
    std::size_t taken = 0;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && item_matches(pattern.substr(p), text.substr(t), item, taken)) {
      p += item;
      t += taken;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

Result<Glob> Glob::compile(std::string_view pattern) {
  if (pattern.empty()) return Error{ErrorKind::Input, "the path is empty"};
  if (pattern.find('\0') != std::string_view::npos)
    return Error{ErrorKind::Input, "the path holds a NUL byte"};
  Glob out;
  out.pattern_ = pattern;
  const auto alternatives = resolve_braces(pattern);
  if (!alternatives) return alternatives.error();
  for (const auto& alternative : *alternatives) {
    // Empty parts in the middle ("a//b") and "**" right after "**" say nothing.
    std::vector<std::string> kept;
    for (const auto part : split(alternative, '/'))
      if (kept.empty() || (!part.empty() && !(part == "**" && kept.back() == "**")))
        kept.emplace_back(part);
    out.alternatives_.push_back(std::move(kept));
  }
  return out;
}

bool Glob::matches(std::string_view path) const {
  if (path == pattern_) return true;
  const auto parts = split(path, '/');
  return std::any_of(alternatives_.begin(), alternatives_.end(),
                     [&](const auto& pattern) { return parts_match(pattern, 0, parts, 0); });
}

Glob::Found Glob::expand() const {
  Finds finds;
  if (finds.kind(pattern_) == Kind::File) return {{pattern_}, {folder_of(pattern_)}, {}};
  finds.unlisted.clear();  // the walk comes by as well, where that path is meant
  for (const auto& parts : alternatives_) {
    // An absolute path starts with an empty part.
    const bool absolute = parts.size() > 1 && parts[0].empty();
    Walk(parts, finds).run(absolute ? "/" : "", absolute ? 1 : 0, 0);
  }
  return {{finds.files.begin(), finds.files.end()},
          {finds.directories.begin(), finds.directories.end()},
          std::move(finds.unlisted)};
}

}  // namespace agent::logs
