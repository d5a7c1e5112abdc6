"""Files through stages to a Loki-shaped sink: rotation, truncation, restarts, a dead backend; nothing lost, nothing twice."""
import datetime
import json
import os
import signal
import time

import harness
from harness import free_port, get_json, post, wait_for


def cri(line, stream="stdout", flag="F", at=None):
    stamp = (at or datetime.datetime.now(datetime.timezone.utc)).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
    return f"{stamp} {stream} {flag} {line}\n"


class LogsTail(harness.Case):
    def config(self, sink_url, stages="        - cri: {}\n", extra=""):
        return f"""
server: {{listen_address: '127.0.0.1:{{admin}}'}}
state_dir: {self.folder}/state
{extra}
logs:
  positions: {{filename: {self.folder}/positions.yaml, sync_period: 200ms}}
  target_config: {{sync_period: 500ms}}
  clients: [{{url: '{sink_url}/loki/api/v1/push', batchwait: 100ms, backoff_config: {{min_period: 50ms, max_period: 300ms}}}}]
  scrape_configs:
    - job_name: test
      static_configs:
        - targets: [localhost]
          labels: {{job: shop, __path__: '{self.folder}/logs/*.log'}}
      pipeline_stages:
{stages}"""

    def lines(self, sink):
        return [r["line"] for r in self.records(sink)]

    def records(self, sink):
        text = harness.get(sink.url + "/records?signal=logs&limit=100000")[1].decode()
        return [json.loads(row) for row in text.splitlines() if row]

    def append(self, name, *lines):
        path = self.folder / "logs" / name
        path.parent.mkdir(exist_ok=True)
        with open(path, "a") as file:
            file.write("".join(lines))
        return path

    def test_rotation_truncation_and_order(self):
        sink = self.sink("--records", "100000")
        path = self.append("a.log", *[cri(f"line {i}") for i in range(100)])
        agent = self.agent(self.config(sink.url))
        wait_for("100 lines", lambda: len(self.lines(sink)) == 100)
        os.rename(path, self.folder / "logs" / "a.log.1")
        self.append("a.log.1", *[cri(f"line {i}") for i in range(100, 120)])
        self.append("a.log", *[cri(f"line {i}") for i in range(120, 200)])
        wait_for("both generations", lambda: len(self.lines(sink)) >= 200)
        os.truncate(path, 0)
        time.sleep(1)
        self.append("a.log", *[cri(f"line {i}") for i in range(200, 230)])
        wait_for("lines after the truncation", lambda: len(self.lines(sink)) >= 230)
        lines = self.lines(sink)
        self.assertEqual(sorted(lines), sorted(f"line {i}" for i in range(230)))
        # The time comes from the CRI line, the stream label from it too.
        record = self.records(sink)[0]
        self.assertEqual(record["labels"]["stream"], "stdout")
        self.assertEqual(record["labels"]["job"], "shop")
        self.assertEqual(record["labels"]["filename"], str(path))
        self.ledger(agent)
        self.assert_audit(agent)
        self.assertEqual(agent.stop(), 0)

    def test_restart_goes_on_where_it_was(self):
        sink = self.sink("--records", "100000")
        self.append("a.log", *[cri(f"first {i}") for i in range(50)])
        agent = self.agent(self.config(sink.url))
        wait_for("50 lines", lambda: len(self.lines(sink)) == 50)
        self.assertEqual(agent.stop(), 0)
        self.assertIn("a.log", (self.folder / "positions.yaml").read_text())
        self.append("a.log", *[cri(f"second {i}") for i in range(50)])
        agent = self.agent(self.config(sink.url), name="again")
        wait_for("100 lines", lambda: len(self.lines(sink)) >= 100)
        time.sleep(0.5)
        self.assertEqual(len(self.lines(sink)), len(set(self.lines(sink))))
        self.assertEqual(len(self.lines(sink)), 100)
        self.assertEqual(agent.stop(), 0)

    def test_dead_backend_loses_nothing(self):
        port = free_port()
        self.append("a.log", *[cri(f"line {i}") for i in range(200)])
        agent = self.agent(self.config(f"http://127.0.0.1:{port}"))
        wait_for("records that are held", lambda: self.ledger(agent)[("logs", "client[0]")]["held"] == 200
                 if ("logs", "client[0]") in self.ledger(agent) else any(
                     e["held"] == 200 for (s, _), e in self.ledger(agent).items() if s == "logs"))
        # Positions stay: nothing was delivered.
        positions = (self.folder / "positions.yaml")
        self.assertFalse(positions.exists() and '"' in positions.read_text() and 'a.log: "0"' not in positions.read_text())
        sink = self.start([harness.BINARY, "sink", "--listen", f"127.0.0.1:{port}", "--records", "100000"], "late-sink")
        sink.url = f"http://127.0.0.1:{port}"
        wait_for("the backlog", lambda: len(self.lines(sink)) == 200)
        entry = next(e for (s, _), e in self.ledger(agent).items() if s == "logs")
        self.assertEqual(entry["delivered"], 200)
        self.assertEqual(agent.stop(), 0)

    def test_refusals_are_retried_or_counted(self):
        sink = self.sink("--records", "100000")
        agent = self.agent(self.config(sink.url))
        self.assertEqual(post(sink.url + "/mode?status=429&next=2&retry_after=1")[0], 200)
        self.append("a.log", *[cri(f"slow {i}") for i in range(10)])
        wait_for("lines after 429", lambda: len(self.lines(sink)) == 10)
        self.assertEqual(post(sink.url + "/mode?status=422&next=1")[0], 200)
        self.append("a.log", *[cri(f"refused {i}") for i in range(7)])

        def dropped():
            entry = next(e for (s, _), e in self.ledger(agent).items() if s == "logs")
            return entry["dropped"].get("http_422") == 7 and entry
        wait_for("7 dropped with http_422", dropped)
        self.append("a.log", cri("after"))
        wait_for("the next line", lambda: "after" in self.lines(sink))
        self.assertEqual(agent.stop(), 0)

    def test_kill_9_repeats_at_most_what_was_in_flight(self):
        sink = self.sink("--records", "100000")
        total = 0
        for round_number in range(5):
            self.append("a.log", *[cri(f"line {i}") for i in range(total, total + 300)])
            total += 300
            agent = self.agent(self.config(sink.url), name=f"round{round_number}")
            time.sleep(0.05 * round_number)
            agent.child.kill()
            agent.child.wait()
        agent = self.agent(self.config(sink.url), name="last")
        wait_for("every line", lambda: len(set(self.lines(sink))) == total)
        self.assertEqual(set(self.lines(sink)), {f"line {i}" for i in range(total)})
        self.assertEqual(agent.stop(), 0)

    def test_a_line_that_is_no_json_goes_on(self):
        sink = self.sink("--records", "1000")
        stages = ("        - cri: {}\n        - json: {expressions: {level: level}}\n        - labels: {level: }\n")
        self.append("a.log", cri('{"level":"warn"}'), cri("not json {"), cri('{"level":"info"}'))
        agent = self.agent(self.config(sink.url, stages))
        wait_for("3 lines", lambda: len(self.lines(sink)) == 3)
        levels = {r["line"]: r["labels"].get("level") for r in self.records(sink)}
        self.assertEqual(levels, {'{"level":"warn"}': "warn", "not json {": None, '{"level":"info"}': "info"})
        self.assertEqual(agent.stop(), 0)


if __name__ == "__main__":
    harness.main()
