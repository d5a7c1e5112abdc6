#include "agent/config/node.h"

#include <algorithm>
#include <sstream>
#include <unordered_map>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "agent/base/strings.h"

namespace agent::config {

struct Node::Data {
  Kind kind = Kind::Null;
  bool quoted = false;
  int line = 0;
  int column = 0;
  std::shared_ptr<const std::string> file;
  std::string text;
  std::vector<Node> items;
  std::vector<std::pair<Node, Node>> entries;
};

namespace {

constexpr std::size_t kMaxNodes = 1'000'000;
constexpr int kMaxDepth = 128;
// What aliases may add to a document. Without them a byte makes at most two nodes (`[?]`) and at
// most two bytes of text (`"\L"`), so the size of the file bounds the rest.
constexpr std::size_t kMaxAliasNodes = 100'000;
constexpr std::size_t kMaxAliasText = std::size_t{4} << 20U;

// Refuses what yaml-cpp takes for one more document although no document starts there: left-over
// tokens as in `[a] b`. With some of them (`!,`) it never advances and yields empty documents
// without end, so this runs before a tree is built.
class DocumentStarts final : public YAML::EventHandler {
 public:
  explicit DocumentStarts(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      lines_.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (last_line_ >= 0 && !starts_document(mark))
      throw YAML::ParserException(mark, "text after the end of the document");
    last_line_ = mark.line;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  // A `---` line, or anything after a `...` line.
  bool starts_document(const YAML::Mark& mark) const {
    if (mark.line <= last_line_ || mark.line >= static_cast<int>(lines_.size())) return false;
    const auto begin = lines_.begin() + last_line_;
    const auto here = lines_.begin() + mark.line;
    return (mark.column == 0 && here->substr(0, 3) == "---") ||
           std::any_of(begin, here, [](auto line) { return line.substr(0, 3) == "..."; });
  }

  std::vector<std::string_view> lines_;
  int last_line_ = -1;
};

void check_document_starts(std::string_view text) {
  std::istringstream in{std::string(text)};
  YAML::Parser parser(in);
  DocumentStarts starts(text);
  while (parser.HandleNextDocument(starts)) {
  }
}

// Copies a yaml-cpp tree into ours and finds what yaml-cpp lets pass.
class Copier {
 public:
  Copier(const std::string& file, std::size_t size, Report& report)
      : file_(std::make_shared<const std::string>(file)),
        max_nodes_(std::min(kMaxNodes, 2 * size + kMaxAliasNodes)),
        text_left_(2 * size + kMaxAliasText),
        report_(report) {}

  Node copy(const YAML::Node& from, int depth = 0) {
    auto data = std::make_shared<Node::Data>();
    data->file = file_;
    data->line = from.Mark().line + 1;
    data->column = from.Mark().column + 1;
    if (refused_ || ++nodes_ > max_nodes_ || depth > kMaxDepth) {
      refuse(from);
      return Node(std::move(data));
    }
    if (from.IsScalar()) {
      if (from.Scalar().size() > text_left_) {
        refuse(from);
        return Node(std::move(data));
      }
      text_left_ -= from.Scalar().size();
      data->kind = Node::Kind::Scalar;
      data->text = from.Scalar();
      data->quoted = from.Tag() == "!" || from.Tag() == "tag:yaml.org,2002:str";
    } else if (from.IsSequence()) {
      data->kind = Node::Kind::Sequence;
      for (const auto& item : from)
        data->items.push_back(copy(item, depth + 1));
    } else if (from.IsMap()) {
      data->kind = Node::Kind::Map;
      copy_map(from, *data, depth);
    }
    return Node(std::move(data));
  }

 private:
  Mark mark_of(const YAML::Node& node) const {
    return {*file_, node.Mark().line + 1, node.Mark().column + 1};
  }

  void refuse(const YAML::Node& at) {
    if (!refused_) report_.error(mark_of(at), "", "the document is too large or nested too deeply");
    refused_ = true;
  }

  // The parser places a value that is not there at the next one that is.
  Node null_at(const YAML::Node& key) const {
    auto data = std::make_shared<Node::Data>();
    data->file = file_;
    data->line = key.Mark().line + 1;
    data->column = key.Mark().column + 1;
    return Node(std::move(data));
  }

  void copy_map(const YAML::Node& from, Node::Data& data, int depth) {
    std::unordered_map<std::string, int> first_line;
    std::vector<YAML::Node> merges;
    for (const auto& entry : from) {
      if (refused_) return;
      if (entry.first.IsScalar() && entry.first.Tag() != "!" && entry.first.Scalar() == "<<") {
        merges.push_back(entry.second);
        continue;
      }
      if (entry.first.IsScalar()) {
        const int line = entry.first.Mark().line + 1;
        const auto [at, fresh] = first_line.emplace(entry.first.Scalar(), line);
        if (!fresh)
          report_.error(mark_of(entry.first), entry.first.Scalar(),
                        "this key is given twice; it stands in line " + std::to_string(at->second) +
                            " already");
        if (!fresh) continue;
      }
      Node key = copy(entry.first, depth + 1);
      Node value = entry.second.IsNull() ? null_at(entry.first) : copy(entry.second, depth + 1);
      data.entries.emplace_back(std::move(key), std::move(value));
    }
    for (const auto& merge : merges)
      apply_merge(merge, data, first_line, depth);
  }

  // Keys of the map itself win over merged ones, earlier merges over later ones (YAML 1.1 merge
  // keys).
  void apply_merge(const YAML::Node& merge, Node::Data& data,
                   std::unordered_map<std::string, int>& known, int depth) {
    if (merge.IsSequence() && depth <= kMaxDepth) {  // a list may contain itself: `<<: &a [*a]`
      for (const auto& item : merge) {
        if (refused_ || ++nodes_ > max_nodes_) return refuse(merge);
        apply_merge(item, data, known, depth + 1);
      }
      return;
    }
    const Node merged = copy(merge, depth + 1);
    if (!merged.is_map()) {
      report_.error(mark_of(merge), "<<", "a merge key wants a map or a list of maps");
      return;
    }
    for (const auto& [key, value] : merged.entries())
      if (known.emplace(std::string(key.text()), 0).second) data.entries.emplace_back(key, value);
  }

  std::shared_ptr<const std::string> file_;
  std::size_t max_nodes_;
  std::size_t text_left_;
  Report& report_;
  std::size_t nodes_ = 0;
  bool refused_ = false;
};

}  // namespace

Node::Kind Node::kind() const { return data_ ? data_->kind : Kind::Absent; }
std::string_view Node::text() const {
  return data_ ? std::string_view(data_->text) : std::string_view();
}
bool Node::quoted() const { return data_ && data_->quoted; }
Mark Node::mark() const { return data_ ? Mark{*data_->file, data_->line, data_->column} : Mark{}; }
std::vector<Node> Node::items() const { return data_ ? data_->items : std::vector<Node>(); }
std::vector<std::pair<Node, Node>> Node::entries() const {
  return data_ ? data_->entries : std::vector<std::pair<Node, Node>>();
}

Node Node::get(std::string_view key) const {
  if (data_)
    for (const auto& [name, value] : data_->entries)
      if (name.is_scalar() && name.text() == key) return value;
  return {};
}

Node scalar_node(std::string text, std::string origin) {
  auto data = std::make_shared<Node::Data>();
  data->kind = Node::Kind::Scalar;
  data->text = std::move(text);
  data->file = std::make_shared<const std::string>(std::move(origin));
  return Node(std::move(data));
}

Node with_value(const Node& base, std::span<const std::string> path, const Node& value) {
  if (path.empty()) return value;
  auto data = std::make_shared<Node::Data>();
  const Mark place = base.is_absent() ? value.mark() : base.mark();
  data->file = std::make_shared<const std::string>(place.file);
  data->line = place.line;
  data->column = place.column;
  if (path.front() == "*") {
    data->kind = Node::Kind::Sequence;
    for (const Node& item : base.items())
      data->items.push_back(with_value(item, path.subspan(1), value));
    return Node(std::move(data));
  }
  data->kind = Node::Kind::Map;
  data->entries = base.entries();
  const auto known = std::find_if(data->entries.begin(), data->entries.end(), [&](const auto& e) {
    return e.first.is_scalar() && e.first.text() == path.front();
  });
  if (known != data->entries.end()) {
    known->second = with_value(known->second, path.subspan(1), value);
  } else {
    data->entries.emplace_back(scalar_node(path.front(), value.mark().file),
                               with_value({}, path.subspan(1), value));
  }
  return Node(std::move(data));
}

std::string canonical_text(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::Absent:
    case Node::Kind::Null:
      return "~";
    case Node::Kind::Scalar:
      return json_quote(node.text());
    case Node::Kind::Sequence: {
      std::string out = "[";
      for (const Node& item : node.items())
        out += canonical_text(item) + ",";
      return out + "]";
    }
    case Node::Kind::Map: {
      std::string out = "{";
      for (const auto& [key, value] : node.entries())
        out += canonical_text(key) + ":" + canonical_text(value) + ",";
      return out + "}";
    }
  }
  return {};
}

namespace {

// yaml-cpp's words do not tell what people mostly did; a tab is not to be seen either.
std::string hint_for(std::string_view text, int line, const std::string& problem) {
  const auto lines = split(text, '\n');
  const auto starts_with_tab = [](std::string_view one) {
    const auto first = one.find_first_not_of(' ');
    return first != std::string_view::npos && one[first] == '\t';
  };
  for (int at = std::max(line - 1, 0); at <= line + 1 && at < static_cast<int>(lines.size()); ++at)
    if (starts_with_tab(lines[static_cast<std::size_t>(at)]))
      return "; line " + std::to_string(at + 1) + " is indented with a tab, YAML takes spaces only";
  if (problem.find("map") == std::string::npos) return {};
  return "; is this line, or the one before it, indented right?";
}

}  // namespace

std::vector<Node> parse_documents(std::string_view text, const std::string& file, Report& report) {
  std::vector<Node> out;
  if (!is_valid_utf8(text)) {
    report.error({file, 1, 1}, "", "the file is not UTF-8 text");
    return out;
  }
  try {
    check_document_starts(text);
    for (const auto& document : YAML::LoadAll(std::string(text)))
      out.push_back(Copier(file, text.size(), report).copy(document));
  } catch (const YAML::Exception& failed) {
    report.error({file, failed.mark.line + 1, failed.mark.column + 1}, "",
                 "not YAML: " + failed.msg + hint_for(text, failed.mark.line, failed.msg));
  }
  return out;
}

Result<Node> parse(std::string_view text, const std::string& file) {
  Report report;
  auto documents = parse_documents(text, file, report);
  if (const Status ok = report.status(); !ok) return ok.error();
  if (documents.empty()) return Node(std::make_shared<Node::Data>());
  return documents.front();
}

}  // namespace agent::config
