#include "agent/admin/table.h"

#include "agent/admin/html.h"

namespace agent::admin {

std::string tag(std::string_view css, std::string_view text) {
  return "<span class=\"" + std::string(css) + "\">" + escape(text) + "</span>";
}
std::string cell(const std::string& html) { return "<td>" + html + "</td>"; }
std::string number(std::uint64_t value) {
  return "<td class=\"n" + std::string(value == 0 ? " zero" : "") + "\">" + format_count(value) +
         "</td>";
}
std::string failure(const std::string& text) {
  return text.empty() ? "" : "<div class=\"error\">" + escape(text) + "</div>";
}

std::string section(const std::string& id, const std::string& title, std::size_t count,
                    const std::string& empty, const std::string& head, const std::string& rows,
                    const std::string& note) {
  std::string out = "<section id=\"" + id + "\"><h2>" + title + " <small>" + format_count(count) +
                    "</small></h2>";
  if (count == 0) return out + "<p class=\"empty\">" + empty + "</p></section>";
  out += "<div class=\"scroll\"><table><thead><tr>" + head + "</tr></thead><tbody>" + rows +
         "</tbody></table></div>";
  return out + note + "</section>";
}

std::string left_out(std::size_t count, const std::string& where) {
  if (count <= kMaxRows) return {};
  return "<p class=\"note\">The first " + format_count(kMaxRows) + " of " + format_count(count) +
         ". All of them: <a href=\"" + where + "\">" + where + "</a></p>";
}

}  // namespace agent::admin
