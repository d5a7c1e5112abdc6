"""What a Loki may answer: one bad entry of a thousand, one tenant that is always too fast; nothing else suffers."""
import json
import random
import socket
import stat
import time

import harness
from fake_loki import Loki, ignore, refuse
from harness import wait_for


# The line begins with its time, so that every entry has one of its own.
STAMPED = "{regex: {expression: '^(?P<at>[0-9]+)'}}, {timestamp: {source: at, format: UnixMs}}"


class LokiAnswers(harness.Case):
    def config(self, url, client="", tenants=(), stages=""):
        jobs = ""
        for name in tenants or ("",):
            stages = f"{{tenant: {{value: {name}}}}}" if name else stages
            jobs += f"""
    - job_name: job-{name}
      static_configs: [{{targets: [localhost], labels: {{app: shop, __path__: '{self.folder}/logs/{name or 'app'}.log'}}}}]
      pipeline_stages: [{stages}]"""
        return f"""
server: {{listen_address: '127.0.0.1:{{admin}}'}}
state_dir: {self.folder}/state
logs:
  positions: {{filename: {self.folder}/positions.yaml}}
  target_config: {{sync_period: 500ms}}
  clients: [{{name: loki, url: '{url}', backoff_config: {{min_period: 50ms, max_period: 300ms}}{client}}}]
  scrape_configs:{jobs}
"""

    def two_clients(self, url, dead_url):
        return f"""
server: {{listen_address: '127.0.0.1:{{admin}}'}}
state_dir: {self.folder}/state
shutdown_timeout: 6s
logs:
  positions: {{filename: {self.folder}/positions.yaml}}
  target_config: {{sync_period: 500ms}}
  clients:
    - {{name: loki, url: '{url}', batchwait: 200ms}}
    - {{name: dead, url: '{dead_url}', batchwait: 200ms, timeout: 1s}}
  scrape_configs:
    - job_name: app
      static_configs: [{{targets: [localhost], labels: {{app: shop, __path__: '{self.folder}/logs/app.log'}}}}]
"""

    def append(self, name, *lines):
        path = self.folder / "logs" / f"{name}.log"
        path.parent.mkdir(exist_ok=True)
        with open(path, "a") as file:
            file.write("".join(line + "\n" for line in lines))

    def entry(self, agent):
        return self.ledger(agent)[("logs", "loki")]

    def letters(self):
        path = self.folder / "state" / "dead-letters.jsonl"
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        return [json.loads(row) for row in path.read_text().splitlines()]

    def one_bad_of_a_thousand(self, answer, reason, words):
        now = int(time.time() * 1000)
        lines = [f"{now + i} line" for i in range(1000)]
        bad = lines[567] = lines[567] + " BAD"
        self.append("app", *lines)
        with Loki(answer) as loki:
            agent = self.agent(self.config(loki.url, stages=STAMPED))
            wait_for("a settled ledger", lambda: self.entry(agent)["held"] == 0 and self.entry(agent)["in_total"] == 1000)
            entry = self.entry(agent)
            self.assertEqual((entry["delivered"], entry["dropped"]), (999, {reason: 1}))
            self.assertEqual(sorted(loki.lines()), sorted(set(lines) - {bad}))
            wait_for("the dead letter", lambda: (self.folder / "state" / "dead-letters.jsonl").exists())
            letter, = self.letters()
            self.assertEqual((letter["line"], letter["reason"], letter["destination"]), (bad, reason, "loki"))
            self.assertIn(words, letter["answer"])
            self.assertIn('app="shop"', letter["labels"])
            seconds = int(bad.split()[0]) // 1000
            self.assertTrue(letter["timestamp"].startswith(time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(seconds))),
                            letter["timestamp"])
            self.assert_audit(agent)
            self.assertEqual(agent.stop(), 0)
            return loki.requests

    def test_a_400_that_counts_is_final(self):
        requests = self.one_bad_of_a_thousand(ignore("BAD", "entry too far behind"), "backend_rejected",
                                              "entry too far behind")
        self.assertEqual(sum(number for _, number, _ in requests), 1000)  # nothing was sent twice

    def test_a_400_that_does_not_count_is_searched(self):
        requests = self.one_bad_of_a_thousand(refuse("BAD", "error parsing: line is not to my taste"), "http_400",
                                              "not to my taste")
        self.assertLessEqual(len(requests), 2 + 2 * 10)

    def test_many_bad_lines_are_all_found(self):
        self.append("app", *[f"{'BAD' if i % 90 == 7 else 'good'} {i}" for i in range(900)])
        with Loki(refuse("BAD", "no")) as loki:
            agent = self.agent(self.config(loki.url))
            wait_for("a settled ledger", lambda: self.entry(agent)["delivered"] == 890)
            self.assertEqual(self.entry(agent)["dropped"], {"http_400": 10})
            self.assertEqual(len(set(loki.lines())), 890)
            self.assert_audit(agent)
            self.assertEqual(agent.stop(), 0)
            self.assertEqual(len(self.letters()), 10)

    def test_a_tenant_that_is_too_fast_holds_up_nobody(self):
        slow = {"on": True}

        def answer(tenant, entries):
            if tenant == "a" and slow["on"]:
                slow["number"] = slow.get("number", 0) + 1
                return 429, "Ingestion rate limit exceeded", {"Retry-After": "1"} if slow["number"] % 2 else {}, []
            return 204, "", {}, entries

        self.append("a")
        self.append("b")
        with Loki(answer) as loki:
            agent = self.agent(self.config(loki.url, ", batchwait: 200ms", ("a", "b")))
            for i in range(50):
                now = time.time()
                self.append("a", f"{i} {now}")
                self.append("b", f"{i} {now}")
                time.sleep(0.1)
            wait_for("every line of b", lambda: len(loki.lines("b")) == 50)
            with loki.lock:
                delays = [when - float(line.split()[1]) for tenant, line, when in loki.stored if tenant == "b"]
            self.assertLess(max(delays), 2)
            self.assertEqual(loki.lines("a"), [])
            self.assertEqual(self.entry(agent)["held"], 50)
            slow["on"] = False
            wait_for("every line of a", lambda: len(loki.lines("a")) == 50)
            for tenant in "ab":
                self.assertEqual([int(line.split()[0]) for line in loki.lines(tenant)], list(range(50)))
            entry = self.entry(agent)
            self.assertEqual((entry["delivered"], entry["dropped"]), (100, {}))
            self.assert_audit(agent)
            self.assertEqual(agent.stop(), 0)

    def test_a_tenant_whose_backlog_fills_the_outbox_holds_up_nobody(self):
        slow = {"on": True}

        def answer(tenant, entries):
            return (429, "too fast", {}, []) if tenant == "a" and slow["on"] else (204, "", {}, entries)

        self.append("a", *(f"{i} {random.randbytes(500).hex()}" for i in range(2000)))
        self.append("b")
        with Loki(answer) as loki:
            agent = self.agent(self.config(loki.url, ", batchwait: 50ms, batchsize: 20000, queue: {max_bytes: 200KB}", ("a", "b")))
            wait_for("a full outbox", lambda: 150 < self.entry(agent)["held"] < 2000)
            for i in range(50):
                self.append("b", f"{i} {time.time()}")
                wait_for("a line of b", lambda: len(loki.lines("b")) == i + 1)
            self.assertEqual(loki.lines("a"), [])
            slow["on"] = False
            wait_for("every line of a", lambda: len(loki.lines("a")) == 2000)
            self.assertEqual([int(line.split()[0]) for line in loki.lines("a")], list(range(2000)))
            self.assert_audit(agent)
            self.assertEqual(agent.stop(), 0)

    def test_a_client_that_never_answers_delays_nobody(self):
        self.append("app")
        with Loki() as loki, socket.create_server(("127.0.0.1", 0)) as black_hole:
            agent = self.agent(self.two_clients(loki.url, f"http://127.0.0.1:{black_hole.getsockname()[1]}/push"))
            for i in range(50):
                self.append("app", f"{i} {time.time()}")
                time.sleep(0.1)
            wait_for("every line", lambda: len(loki.lines()) == 50)
            with loki.lock:
                delays = [when - float(line.split()[1]) for _, line, when in loki.stored]
            self.assertLess(max(delays), 2)
            self.assertEqual([int(line.split()[0]) for line in loki.lines()], list(range(50)))
            ledger = self.ledger(agent)
            self.assertEqual(ledger[("logs", "loki")]["delivered"], 50)
            self.assertEqual(ledger[("logs", "dead")]["held"], 50)
            self.assert_audit(agent)
            agent.stop(timeout=20)

    def test_rate_limited_batches_may_be_dropped(self):
        full = {"left": 1}

        def answer(_, entries):
            if full["left"]:
                full["left"] -= 1
                return 429, "too fast", {}, []
            return 204, "", {}, entries

        self.append("app", "one", "two")
        with Loki(answer) as loki:
            agent = self.agent(self.config(loki.url, ", batchwait: 200ms, drop_rate_limited_batches: true"))
            wait_for("the drop", lambda: self.entry(agent)["dropped"] == {"http_429": 2})
            self.append("app", "three")
            wait_for("the next line", lambda: loki.lines() == ["three"])
            self.assertIn('dropped_entries_total{', harness.get(agent.admin + "/metrics")[1].decode())
            self.assertIn('reason="rate_limited"', harness.get(agent.admin + "/metrics")[1].decode())
            self.assertFalse((self.folder / "state" / "dead-letters.jsonl").exists())
            self.assert_audit(agent)
            self.assertEqual(agent.stop(), 0)


if __name__ == "__main__":
    harness.main()
