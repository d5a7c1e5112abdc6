#include "agent/sink/page.h"

namespace agent::sink {
namespace {

constexpr std::size_t kRecordsShown = 40;

constexpr const char* kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<meta name="viewport" content="width=device-width"><title>dunlin sink</title>
<style>
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
p { margin: .2rem 0 .6rem; } .refused { color: #c33; }
pre { font-size: 12.5px; margin: 0; padding: .7rem; border: 1px solid var(--line); border-radius: 6px;
      background: var(--soft); overflow: auto; max-height: 24rem; }
</style></head><body>
<h1>What has arrived</h1>
<p><a href="stats">counts as JSON</a></p>
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

struct Section {
  Signal signal;
  const char *title, *record, *group;
};
constexpr Section kSections[] = {
    {Signal::Metrics, "Metrics", "samples", "series"},
    {Signal::Logs, "Logs", "entries", "streams"},
    {Signal::Traces, "Traces", "spans", "traces"},
};

}  // namespace

std::string render_page(const Arrivals& arrivals) {
  std::string out = kHead;
  for (const Section& section : kSections) {
    const Totals& totals = arrivals.totals(section.signal);
    const std::string name = to_string(section.signal);
    out += "<h2>" + std::string(section.title) + "</h2>\n<p>" + std::to_string(totals.records) +
           " " + section.record + ", " + std::to_string(arrivals.distinct(section.signal)) + " " +
           section.group + ", " + std::to_string(totals.requests) + " requests";
    if (totals.refused > 0)
      out += ", <span class=\"refused\">" + std::to_string(totals.refused) + " refused</span>";
    out +=
        " (<a href=\"records?signal=" + name + "&amp;limit=500\">records as JSON lines</a>)</p>\n";
    const std::string records = arrivals.records(section.signal, kRecordsShown);
    out +=
        "<pre>" + (records.empty() ? std::string("nothing yet\n") : escaped(records)) + "</pre>\n";
  }
  return out + "</body></html>\n";
}

}  // namespace agent::sink
