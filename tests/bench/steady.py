#!/usr/bin/env python3
"""What the agent costs at a steady rate: CRI lines to ten files, rotated once by renaming, to a sink on loopback.

    tests/bench/steady.py build/release/dunlin [--rate 10] [--seconds 60] [--stages plain|json]

Prints the share of a core (user + system time of the whole process while lines were written) and the resident memory,
and fails where a line is missing or the ledger does not balance. See docs/benchmarks.md.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

FILES = 10
TICK = 0.01
STAGES = {
    "plain": "[{cri: {}}]",
    "json": "[{cri: {}}, {json: {expressions: {status: status, msg: msg, level: level}}}, "
            "{drop: {source: status, value: '200'}}, {labels: {level: }}]",
}
STATUSES = [200, 200, 200, 404, 500]


def line(number):
    status = STATUSES[number % 5]
    text = json.dumps({"ts": 1790000000.5 + number, "level": "info" if status == 200 else "error", "status": status,
                       "msg": f"request {number} of user {number * 7919 % 1000003} was answered", "path": f"/api/v1/items/{number % 977}",
                       "latency_ms": number % 313 / 7, "client": "Mozilla/5.0 (X11; Linux x86_64) Firefox", "trace": f"{number * 2654435761 % 2**64:016x}{number:016x}"})
    return f"2026-11-25T12:00:{number % 60:02d}.{number % 10**9:09d}Z stdout F {text}\n"


def configuration(folder, sink, stages):
    return f"""
server: {{listen_address: '127.0.0.1:0'}}
state_dir: {folder}/state
logs:
  positions: {{filename: {folder}/positions.yaml}}
  clients: [{{url: '{sink}/loki/api/v1/push'}}]
  scrape_configs:
    - job_name: bench
      static_configs: [{{labels: {{job: bench, __path__: '{folder}/logs/*.log'}}}}]
      pipeline_stages: {STAGES[stages]}
"""


def ledger(admin):
    with urllib.request.urlopen(admin + "/-/ledger", timeout=10) as answer:
        return json.load(answer)["entries"][0]


def url_in(path, mark):
    """The first URL behind `mark` in what a process printed."""
    for _ in range(500):
        text = path.read_text()
        if mark in text:
            return text.split(mark, 1)[1].split()[0].rstrip("/")
        time.sleep(0.02)
    sys.exit(f"{path.name}: it did not start:\n{path.read_text()}")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid, key):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split(key + ":")[1].split()[0]) / 1024


def write_lines(folder, rate_mb, seconds, on_half):
    """Writes at the given rate; returns the lines written. The texts are made before, so that this takes little time."""
    lines = [line(i).encode() for i in range(20000)]
    per_tick = rate_mb * 1e6 * TICK / (sum(map(len, lines)) / len(lines))
    files = [open(folder / f"app-{i}.log", "ab", buffering=0) for i in range(FILES)]
    began, written, rotated = time.monotonic(), 0, False
    ticks = int(seconds / TICK)
    for tick in range(ticks):
        due = int((tick + 1) * per_tick)
        at = written % len(lines)
        files[tick % FILES].write(b"".join(lines[at:at + due - written]))
        written += len(lines[at:at + due - written])
        if not rotated and tick * 2 >= ticks:
            rotated = True
            on_half()
            for i, file in enumerate(files):
                file.close()
                os.rename(folder / f"app-{i}.log", folder / f"app-{i}.log.1")
                files[i] = open(folder / f"app-{i}.log", "ab", buffering=0)
        time.sleep(max(0.0, began + (tick + 1) * TICK - time.monotonic()))
    return written, time.monotonic() - began


def measure(arguments, folder, processes):
    (folder / "logs").mkdir()
    for i in range(FILES):
        (folder / "logs" / f"app-{i}.log").touch()

    def start(name, *command):
        out = folder / f"{name}.out"
        processes.append(subprocess.Popen([arguments.binary, *command], stdout=out.open("w"), stderr=subprocess.STDOUT))
        return processes[-1].pid, out

    _, out = start("sink", "sink", "--listen", "127.0.0.1:0", "--records", "0")
    sink = url_in(out, "listens on ")
    (folder / "bench.yaml").write_text(configuration(folder, sink, arguments.stages))
    agent, out = start("agent", "run", "--config", str(folder / "bench.yaml"))
    admin = url_in(out, "url=")
    time.sleep(1)
    half = {}
    before = cpu_seconds(agent)
    written, took = write_lines(folder / "logs", arguments.rate, arguments.seconds,
                                lambda: half.update(rss=memory_mb(agent, "VmRSS")))
    share = (cpu_seconds(agent) - before) / took * 100
    for _ in range(100):
        entry = ledger(admin)
        if entry["in_total"] == written and entry["held"] == 0:
            break
        time.sleep(0.2)
    else:
        sys.exit(f"{written} lines were written; the ledger says {entry}")
    assert entry["balance"] == 0, entry
    print(f"{arguments.stages}: {written} lines in {took:.1f} s, {arguments.rate} MB/s: {share:.2f} % of a core, "
          f"RSS {half['rss']:.1f} MB at half time, {memory_mb(agent, 'VmRSS'):.1f} MB at the end, peak {memory_mb(agent, 'VmHWM'):.1f} MB; "
          f"delivered {entry['delivered']}, dropped by stages {entry['dropped_total']}, missing 0")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--rate", type=float, default=10, help="MB/s")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--stages", choices=STAGES, default="plain")
    arguments = parser.parse_args()
    processes = []
    with tempfile.TemporaryDirectory(prefix="dunlin-steady-") as folder:
        try:
            measure(arguments, pathlib.Path(folder), processes)
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait(30)


if __name__ == "__main__":
    main()
