"""A real systemd journal, written by systemd-journal-remote: read, followed, gone on with, and survived when it is damaged."""
import json
import os
import pathlib
import subprocess
import sys
import time

import harness
from harness import get, wait_for

REMOTE = "/lib/systemd/systemd-journal-remote"
if not pathlib.Path(REMOTE).exists():
    sys.exit(f"FAILED: {REMOTE} is not installed (scripts/install-packages --test installs it)")


class LogsJournal(harness.Case):
    def setUp(self):
        super().setUp()
        self.journal = self.folder / "journal"
        self.journal.mkdir()
        self.sequence = 0

    def append(self, count, file="test.journal", age=10, **fields):
        """Adds entries "hello N"; N goes on from call to call."""
        start = int((time.time() - age) * 1e6)
        text = ""
        for i in range(self.sequence, self.sequence + count):
            entry = {"__REALTIME_TIMESTAMP": start + i, "__MONOTONIC_TIMESTAMP": 1000 + i, "_BOOT_ID": "ab" * 16,
                     "_MACHINE_ID": "cd" * 16, "_HOSTNAME": "h", "MESSAGE": f"hello {i}", "PRIORITY": i % 8,
                     "_SYSTEMD_UNIT": f"u{i % 2}.service", **fields}
            text += "".join(f"{name}={value}\n" for name, value in entry.items() if value is not None) + "\n"
        self.sequence += count
        subprocess.run([REMOTE, f"--output={self.journal / file}", "-"], input=text.encode(), check=True,
                       stderr=subprocess.DEVNULL, timeout=harness.PATIENCE)

    def config(self, sink_url, options="", rules=""):
        return f"""
server: {{listen_address: '127.0.0.1:{{admin}}'}}
state_dir: {self.folder}/state
logs:
  positions: {{filename: {self.folder}/positions.yaml, sync_period: 200ms}}
  clients: [{{url: '{sink_url}/loki/api/v1/push', batchwait: 100ms}}]
  scrape_configs:
    - job_name: journal
      journal: {{path: '{self.journal}', labels: {{job: systemd}}, {options}}}
      relabel_configs:
        - {{source_labels: [__journal__systemd_unit], target_label: unit}}
        - {{source_labels: [__journal_priority_keyword], target_label: level}}
        {rules}
"""

    def records(self, sink):
        text = get(sink.url + "/records?signal=logs&limit=100000")[1].decode()
        return [json.loads(row) for row in text.splitlines() if row]

    def lines(self, sink):
        return [record["line"] for record in self.records(sink)]

    def logs_entry(self, agent):
        return next(entry for (signal, _), entry in self.ledger(agent).items() if signal == "logs")

    def metric(self, agent, name):
        text = get(agent.admin + "/metrics")[1].decode()
        return sum(float(row.rsplit(" ", 1)[1]) for row in text.splitlines() if row.startswith(name))

    def cpu_seconds(self, agent):
        parts = pathlib.Path(f"/proc/{agent.child.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

    def test_reads_follows_and_goes_on_after_a_restart(self):
        self.append(50)
        sink = self.sink("--records", "1000")
        agent = self.agent(self.config(sink.url))
        wait_for("50 entries", lambda: len(self.lines(sink)) == 50)
        self.append(10)
        wait_for("what was appended", lambda: len(self.lines(sink)) == 60)
        by_line = {record["line"]: record for record in self.records(sink)}
        self.assertEqual(by_line["hello 3"]["labels"], {"job": "systemd", "unit": "u1.service", "level": "error"})
        wait_for("the saved cursor", lambda: "cursor-journal" in (self.folder / "positions.yaml").read_text())
        self.assertEqual(self.metric(agent, "dunlin_journal_target_lines_total"), 60)
        self.assertEqual(self.logs_entry(agent)["in"], {"journal": 60})
        self.assert_audit(agent)
        self.assertEqual(agent.stop(), 0)
        self.append(10)
        agent = self.agent(self.config(sink.url), name="again")
        wait_for("what came meanwhile", lambda: len(self.lines(sink)) == 70)
        time.sleep(0.5)
        self.assertEqual(sorted(self.lines(sink)), sorted(f"hello {i}" for i in range(70)))
        self.assertEqual(self.metric(agent, "dunlin_journal_missing_entries_total"), 0)
        self.assertEqual(agent.stop(), 0)

    def test_matches_json_and_age(self):
        self.append(1, age=3 * 3600)
        self.append(8)
        self.append(1, MESSAGE=None)
        sink = self.sink("--records", "1000")
        agent = self.agent(self.config(sink.url, "json: true, max_age: 2h, matches: _SYSTEMD_UNIT=u1.service"))
        wait_for("5 entries", lambda: len(self.lines(sink)) == 5)
        objects = [json.loads(line) for line in self.lines(sink)]
        self.assertEqual({o["_SYSTEMD_UNIT"] for o in objects}, {"u1.service"})
        self.assertEqual({o.get("MESSAGE") for o in objects}, {"hello 1", "hello 3", "hello 5", "hello 7", None})
        self.assertEqual(list(objects[0]), sorted(objects[0]))
        self.assertEqual(agent.stop(), 0)

    def test_entries_without_a_message_or_dropped_are_counted(self):
        self.append(2, MESSAGE=None)
        self.append(2)
        sink = self.sink("--records", "1000")
        agent = self.agent(self.config(sink.url, rules="- {source_labels: [unit], regex: u1.service, action: drop}"))
        wait_for("1 entry", lambda: self.lines(sink) == ["hello 2"])
        entry = self.logs_entry(agent)
        self.assertEqual(entry["in"], {"journal": 4})
        self.assertEqual(entry["dropped"], {"parse_error": 2, "relabel_drop": 1})
        self.assertEqual(self.metric(agent, 'dunlin_journal_target_parsing_errors_total{error="no_message"'), 2)
        self.assertEqual(agent.stop(), 0)

    def test_damage_and_vacuum_are_skipped_without_a_spin(self):
        self.append(300, file="a.journal", age=100)
        self.append(300, file="b.journal", age=50)
        damaged = self.journal / "a.journal"
        data = bytearray(damaged.read_bytes())
        at = data.index(b"MESSAGE=hello 150")
        data[at - 64:at + 4096] = b"\xa5" * (4096 + 64)
        damaged.write_bytes(data)
        sink = self.sink("--records", "10000")
        agent = self.agent(self.config(sink.url))
        good = {f"hello {i}" for i in range(300, 600)}
        wait_for("the journal that is whole", lambda: good <= set(self.lines(sink)))
        # A journal whose head says nothing sensible, and one that goes away under the reader.
        (self.journal / "c.journal").write_bytes(b"\xa5" * 65536)
        damaged.unlink()
        self.append(20, file="d.journal", age=1)
        good = {f"hello {i}" for i in range(300, 620)}
        wait_for("the newest entries", lambda: good <= set(self.lines(sink)))
        before = self.cpu_seconds(agent)
        time.sleep(2)
        self.assertLess(self.cpu_seconds(agent) - before, 0.4)
        lines = self.lines(sink)
        self.assertEqual(len(lines), len(set(lines)))
        read = sum(f"hello {i}" in lines for i in range(300))
        self.assertLess(read, 300)
        self.assertEqual(self.metric(agent, "dunlin_journal_missing_entries_total"), 300 - read)
        self.assert_audit(agent)
        self.assertEqual(agent.stop(), 0)


if __name__ == "__main__":
    harness.main()
