"""Targets that answer, lie, stall and vanish: each shows its own state, and the others are not disturbed."""
import gzip
import json
import math
import struct
import subprocess
import time

import harness
from harness import get, get_json, wait_for

STALE = 0x7FF0000000000002


class MetricsTargets(harness.Case):
    def samples(self, sink):
        text = get(sink.url + "/records?signal=metrics&limit=100000")[1].decode()
        return [json.loads(row) for row in text.splitlines() if row]

    def of(self, sink, name, job):
        return [s for s in self.samples(sink) if s["labels"]["__name__"] == name and s["labels"].get("job") == job]

    def test_bad_targets_are_down_with_a_reason_and_good_ones_go_on(self):
        sink = self.sink("--records", "100000")

        def never(handler):
            time.sleep(8)

        def squeezed(handler):
            body = gzip.compress(b"# TYPE temperature gauge\ntemperature{room=\"lab\"} 21.5\n# EOF\n")
            handler.send_response(200)
            handler.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
            handler.send_header("Content-Encoding", "gzip")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        routes = {"/good": (200, "text/plain; version=0.0.4", b"orders_total 7\n"), "/gzip": squeezed,
                  "/garbage": (200, "text/plain", b"this is { no page\n"), "/error": (500, "text/plain", b"broken\n"),
                  "/never": never, "/html": (200, "text/html", b"<html>")}
        with harness.Pages(routes) as pages:
            jobs = "".join(f"    - {{job_name: {path[1:]}, metrics_path: {path}, static_configs: [{{targets: ['127.0.0.1:{pages.port}']}}]}}\n"
                           for path in routes)
            agent = self.agent(f"""
server: {{listen_address: '127.0.0.1:{{admin}}'}}
state_dir: none
metrics:
  global: {{scrape_interval: 2s}}
  scrape_configs:
{jobs}
  remote_write: [{{url: '{sink.url}/api/v1/write', queue_config: {{batch_send_deadline: 100ms}}}}]
""")
            wait_for("ups of all", lambda: all(self.of(sink, "up", path[1:]) for path in routes))
            for path in routes:
                up = {s["value"] for s in self.of(sink, "up", path[1:])}
                self.assertEqual(up, {1.0} if path in ("/good", "/gzip") else {0.0}, path)
            wait_for("three good scrapes", lambda: len(self.of(sink, "orders_total", "good")) >= 3)
            self.assertTrue(self.of(sink, "temperature", "gzip"))
            targets = {t["scrapePool"]: t for t in get_json(agent.admin + "/api/v1/targets")["data"]["activeTargets"]}
            self.assertEqual(targets["good"]["health"], "up")
            for bad, word in (("garbage", "line 1"), ("error", "500"), ("never", "time"), ("html", "text/html")):
                self.assertEqual(targets[bad]["health"], "down")
                self.assertIn(word, targets[bad]["lastError"])
            self.assert_audit(agent)
            self.assertEqual(agent.stop(), 0)

    def test_a_series_that_vanishes_gets_a_stale_marker(self):
        sink = self.sink("--records", "100000")
        with harness.Pages({"/metrics": (200, "text/plain", b"a 1\nb 2\n")}) as pages:
            agent = self.agent(f"""
server: {{listen_address: '127.0.0.1:{{admin}}'}}
state_dir: none
metrics:
  global: {{scrape_interval: 2s}}
  scrape_configs: [{{job_name: j, static_configs: [{{targets: ['127.0.0.1:{pages.port}']}}]}}]
  remote_write: [{{url: '{sink.url}/api/v1/write', queue_config: {{batch_send_deadline: 50ms}}}}]
""")
            wait_for("b", lambda: self.of(sink, "b", "j"))
            pages.routes["/metrics"] = (200, "text/plain", b"a 1\n")
            wait_for("a stale b", lambda: any(s["stale"] for s in self.of(sink, "b", "j")))
            self.assertFalse(any(s["stale"] for s in self.of(sink, "a", "j")))
            self.assertEqual(agent.stop(), 0)

    def test_try_scrape_reads_a_page_from_its_address(self):
        with harness.Pages({"/metrics": (200, "text/plain", b'a{b="c"} 1\n'), "/bad": (200, "text/plain", b"a 1\nb x\n")}) as pages:
            url = f"http://127.0.0.1:{pages.port}"

            def scrape(path):
                return subprocess.run([harness.BINARY, "try", "scrape", "--format", "prometheus", url + path], capture_output=True, text=True,
                                      timeout=20)
            done = scrape("/metrics")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["labels"], {"b": "c"})
            self.assertIn("text/plain", pages.requests[0][1]["Accept"])
            for path, words in (("/bad", f"{url}/bad:2:3: "), ("/none", "HTTP 404")):
                done = scrape(path)
                self.assertEqual(done.returncode, 1, done)
                self.assertIn(words, done.stderr)

    def test_file_discovery_follows_its_file(self):
        sink = self.sink("--records", "100000")
        with harness.Pages({"/metrics": (200, "text/plain", b"a 1\n")}) as pages:
            groups = self.write("targets/shop.yml", f"- targets: ['127.0.0.1:{pages.port}']\n  labels: {{team: red}}\n")
            agent = self.agent(f"""
server: {{listen_address: '127.0.0.1:{{admin}}'}}
state_dir: none
metrics:
  global: {{scrape_interval: 2s}}
  scrape_configs:
    - job_name: files
      file_sd_configs: [{{files: [targets/*.yml]}}]
      relabel_configs: [{{source_labels: [team], regex: (.+), target_label: squad, replacement: 'squad-$1'}}]
      metric_relabel_configs: [{{source_labels: [__name__], regex: b, action: drop}}]
  remote_write: [{{url: '{sink.url}/api/v1/write', queue_config: {{batch_send_deadline: 50ms}}}}]
""")
            wait_for("a from red", lambda: any(s["labels"].get("squad") == "squad-red" for s in self.of(sink, "a", "files")))
            groups.write_text(groups.read_text().replace("red", "blue"))
            wait_for("a from blue", lambda: any(s["labels"].get("squad") == "squad-blue" for s in self.of(sink, "a", "files")))
            groups.write_text("- nonsense\n")
            time.sleep(3)
            self.assertIn(b"squad-blue", get(agent.admin + "/api/v1/targets")[1])
            self.assertEqual(agent.stop(), 0)


if __name__ == "__main__":
    harness.main()
