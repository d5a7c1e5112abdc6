#pragma once
// A parsed YAML document as an immutable tree with places. yaml-cpp stays in node.cc.
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/result.h"
#include "agent/config/report.h"

namespace agent::config {

/// One node of a document. Cheap to copy; keeps the whole document alive. A default Node is absent
/// (kind Absent). Scalars keep the characters of the file: nothing goes through a number or a
/// boolean (metrics.md 1.2).
class Node {
 public:
  enum class Kind { Absent, Null, Scalar, Sequence, Map };
  struct Data;

  Node() = default;
  explicit Node(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

  Kind kind() const;
  bool is_absent() const { return kind() == Kind::Absent; }
  bool is_null() const { return kind() == Kind::Null; }
  /// Absent, or written as nothing (`key:`, `~`, `null`).
  bool is_empty() const { return is_absent() || is_null(); }
  bool is_scalar() const { return kind() == Kind::Scalar; }
  bool is_sequence() const { return kind() == Kind::Sequence; }
  bool is_map() const { return kind() == Kind::Map; }

  /// Text of a scalar; "" for other kinds.
  std::string_view text() const;
  /// True for a scalar in quotes: it is text even where it looks like a number.
  bool quoted() const;
  /// Place of the node in its file.
  Mark mark() const;

  /// Elements of a sequence; none for other kinds.
  std::vector<Node> items() const;
  /// Keys (scalars, with their own places) and values of a map in the order of the file. Duplicate
  /// keys never get here.
  std::vector<std::pair<Node, Node>> entries() const;
  /// Value of `key` in a map; an absent Node where there is none.
  Node get(std::string_view key) const;

 private:
  std::shared_ptr<const Data> data_;
};

/// Reads all documents of a YAML text (`---`). Merge keys (`<<`) are applied. A key given twice,
/// more than 1,000,000 nodes or 128 levels, and an alias bomb (aliases that add more than 100,000
/// nodes or 4 MiB of text): an error in `report`, and what could be read is returned. Bytes that
/// are no YAML, or text behind the end of a document: an error, and no document. `file` is used in
/// marks.
std::vector<Node> parse_documents(std::string_view text, const std::string& file, Report& report);

/// One document; for tests and small texts. Null document: a null Node. Errors: Config.
Result<Node> parse(std::string_view text, const std::string& file = "<text>");

/// A scalar that stands in no file: `origin` ("-server.http-listen-port") is its place.
Node scalar_node(std::string text, std::string origin);

/// `base` with `value` at `path`, a list of keys; maps that are not there are made. "*" stands for
/// every element of a list. What a key of the path leads to is replaced where it is no map (or
/// list, for "*"). Places stay as they are.
Node with_value(const Node& base, std::span<const std::string> path, const Node& value);

/// The same text for the same content, wherever and however it was written (key order counts): what
/// "unchanged" means at a reload.
std::string canonical_text(const Node& node);

}  // namespace agent::config
