#!/usr/bin/env python3
"""Fails when a folder of agent/ includes its own level or above, or when an include does not start at the root."""
import pathlib
import re
import sys

LEVELS = [["base"], ["model", "selfmon", "config"], ["loop", "codec", "relabel"], ["queue", "net"],
          ["discovery", "scrape", "logs", "traces", "export"], ["pipeline", "admin", "sink"], ["app"], ["cli"]]
# A sideways arrow with its reason.
ALLOWED = {
    ("selfmon", "model"): "the ledger's snapshot and metric labels are model types",
}


def main(root):
    level = {name: number for number, names in enumerate(LEVELS) for name in names}
    bad = []
    for path in sorted(pathlib.Path(root, "agent").rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        parts = path.relative_to(root).parts
        folder = parts[1] if len(parts) > 2 else "main"
        for number, line in enumerate(path.read_text().splitlines(), 1):
            m = re.match(r'\s*#include "([^"]+)"', line)
            if not m:
                continue
            where = f"{path.relative_to(root)}:{number}"
            target = m.group(1).split("/")
            if target[0] != "agent" or len(target) < 3:
                bad.append(f"{where}: {m.group(1)} does not start at agent/")
                continue
            if folder in ("main", target[1]) or (folder, target[1]) in ALLOWED:
                continue
            if level[target[1]] >= level[folder]:
                bad.append(f"{where}: {folder} (level {level[folder]}) includes {target[1]} (level {level[target[1]]})")
    print("\n".join(bad) or "all includes point downwards")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
