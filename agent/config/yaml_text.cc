#include "agent/config/yaml_text.h"

#include <algorithm>

#include "agent/base/strings.h"
#include "agent/config/reader.h"

namespace agent::config {
namespace {

constexpr std::string_view kSecret = "<secret>";

bool contains_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](auto part) { return text.find(part) != std::string_view::npos; });
}

// Whether values of `key` below the map `parent` are secret.
bool is_secret(std::string_view parent, std::string_view key) {
  const std::string name = to_lower(key);
  if (name.ends_with("_file") || name.ends_with("_url")) return false;
  if (parent == "headers" || parent == "endpoint_params")
    return contains_any(name,
                        {"assertion", "auth", "cookie", "key", "password", "secret", "token"});
  // A header for a proxy is there to authenticate.
  if (name == "proxy_connect_header") return true;
  if (name == "key") return parent == "tls_config";
  return contains_any(name, {"password", "secret", "credentials", "connection_string"}) ||
         name.ends_with("token") || name.ends_with("api_key");
}

// A URL's user info is as secret as a password.
std::string without_user_info(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) return std::string(text);
  const auto start = scheme + 3;
  const auto end = std::min(text.find_first_of("/?#", start), text.size());
  const auto at = text.substr(start, end - start).rfind('@');
  if (at == std::string_view::npos) return std::string(text);
  return std::string(text.substr(0, start)) + std::string(kSecret) +
         std::string(text.substr(start + at));
}

bool is_plain(std::string_view text) {
  if (text.empty() || text == "~" || text == "null") return false;
  if (text.find_first_of("\n\t\"'\\#{}[],&*!|>%@`") != std::string_view::npos) return false;
  if (text.find(": ") != std::string_view::npos || text.ends_with(':')) return false;
  return text.front() != ' ' && text.back() != ' ' && text.front() != '?' &&
         !(text.front() == '-' && (text.size() == 1 || text[1] == ' '));
}

class Writer {
 public:
  std::string write(const Node& node) {
    value(node, 0, "", false);
    return std::move(out_);
  }

 private:
  // Behind "key:" or "-", or at the start.
  void value(const Node& node, std::size_t indent, std::string_view parent, bool secret) {
    if (node.is_map() && !node.entries().empty()) return map(node, indent, parent, secret);
    if (node.is_sequence() && !node.items().empty()) return sequence(node, indent, parent, secret);
    if (!out_.empty()) out_ += ' ';
    if (node.is_map()) {
      out_ += "{}";
    } else if (node.is_sequence()) {
      out_ += "[]";
    } else {
      scalar(node, secret);
    }
    out_ += '\n';
  }

  void scalar(const Node& node, bool secret) {
    if (node.is_empty()) {
      out_ += "null";
    } else if (secret && !node.text().empty()) {
      out_ += kSecret;
    } else {
      const std::string text = without_user_info(node.text());
      const bool text_in_quotes =
          node.quoted() && (looks_like_number_or_boolean(scalar_node(text, "")) || text.empty());
      out_ += is_plain(text) && !text_in_quotes ? text : json_quote(text);
    }
  }

  void map(const Node& node, std::size_t indent, std::string_view parent, bool secret) {
    bool first = true;
    for (const auto& [key, content] : node.entries()) {
      start_line(indent, std::exchange(first, false));
      const std::string name(key.text());
      out_ += is_plain(name) ? name : json_quote(name);
      out_ += ':';
      // What stages extract may be named like a secret, and is none.
      const bool stages = in_stages_;
      in_stages_ = stages || name == "pipeline_stages";
      value(content, indent + 2, name, !in_stages_ && (secret || is_secret(parent, name)));
      in_stages_ = stages;
    }
  }

  void sequence(const Node& node, std::size_t indent, std::string_view parent, bool secret) {
    bool first = true;
    for (const Node& item : node.items()) {
      start_line(indent, std::exchange(first, false));
      out_ += '-';
      after_dash_ = true;
      value(item, indent + 2, parent, secret);
      after_dash_ = false;
    }
  }

  // The first line of what stands in a list goes on behind its dash.
  void start_line(std::size_t indent, bool first) {
    if (first && std::exchange(after_dash_, false)) {
      out_ += ' ';
      return;
    }
    if (first && !out_.empty() && out_.back() != '\n') out_ += '\n';
    out_.append(indent, ' ');
  }

  std::string out_;
  bool after_dash_ = false;
  bool in_stages_ = false;
};

}  // namespace

std::string masked_yaml(const Node& node) { return Writer().write(node); }

}  // namespace agent::config
