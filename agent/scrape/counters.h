#pragma once
// What scraping counts. Nothing here grows with targets or series.
#include "agent/selfmon/ledger.h"

namespace agent::scrape {

struct Counters {
  selfmon::Counter& in;       ///< of the ledger, source "scrape"
  selfmon::Drops& dropped;    ///< of the ledger, before the fan-out
  selfmon::Counter& scrapes;  ///< finished ones, good or bad
  selfmon::Counter& failed;
  selfmon::Counter& stale_markers;
};

/// The ledger's counters and those of scrapes made in `scope`.
inline Counters make_counters(const selfmon::Scope& scope, selfmon::Counter& in,
                              selfmon::Drops& dropped) {
  return {in, dropped, scope.counter("scrapes_total", "Scrapes that ended, good or bad."),
          scope.counter("scrapes_failed_total", "Scrapes that ended with up 0."),
          scope.counter("scrape_stale_markers_total", "Stale markers made.")};
}

}  // namespace agent::scrape
