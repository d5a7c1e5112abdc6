#!/usr/bin/env python3
"""Runs a conformance runner and compares what fails with a list of known exceptions.

usage: run_with_exceptions.py EXCEPTIONS RUNNER AGENT VECTORS...

EXCEPTIONS: one `NAME: reason` a line; blank lines and lines that start with # do not count. Fails when a vector
fails that is not listed, and when a listed one passes: then its line has to go.
"""
import re
import subprocess
import sys


def known(path):
    out = {}
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            name, colon, reason = line.partition(": ")
            if not colon or not reason.strip():
                sys.exit(f"{path}:{number}: a reason is missing")
            out[name] = reason.strip()
    return out


def main():
    exceptions = known(sys.argv[1])
    done = subprocess.run([sys.executable, *sys.argv[2:]], stdout=subprocess.PIPE, text=True)
    lines = done.stdout.splitlines()
    if not lines or not re.fullmatch(r"\d+ passed, \d+ failed", lines[-1]):
        sys.exit("the runner did not finish:\n" + done.stdout)
    print(done.stdout, end="")
    failed = {m.group(1) for line in lines if (m := re.match(r"FAIL (?:[\w-]+ )?(\S+)", line))}
    new = sorted(failed - set(exceptions))
    gone = sorted(set(exceptions) - failed)
    for name in new:
        print(f"fails and is not listed: {name}")
    for name in gone:
        print(f"passes now; take its line out of {sys.argv[1]}: {name}")
    print(f"{len(failed & set(exceptions))} known exceptions")
    return 1 if new or gone else 0


if __name__ == "__main__":
    sys.exit(main())
