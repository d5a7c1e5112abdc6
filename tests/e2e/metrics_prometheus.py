"""A real node_exporter, scraped by the agent and written to a real Prometheus: what Prometheus answers equals the page."""
import math
import re
import time
import urllib.parse
import urllib.request

import harness
from harness import free_port, get, get_json, need, wait_for

SERIES = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def parse_page(text):
    """An independent, slow reader of the text format: {sorted label tuple: value}. Enough for node_exporter's page."""
    out = {}
    types = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            types[name] = kind
        if not line or line.startswith("#"):
            continue
        name, inside, value = SERIES.match(line).groups()
        labels = {k: re.sub(r'\\[\\"n]', lambda m: ESCAPES[m.group(0)], v) for k, v in LABEL.findall(inside or "")}
        base = re.sub("_(bucket|sum|count)$", "", name)
        for label, kind in (("quantile", "summary"), ("le", "histogram")):
            if label in labels and types.get(base) == kind and "e" not in labels[label] and "." not in labels[label] \
                    and labels[label] != "+Inf":
                labels[label] += ".0"
        labels["__name__"] = name
        out[tuple(sorted((k, v) for k, v in labels.items() if v))] = float(value)
    return out


class MetricsPrometheus(harness.Case):
    def test_prometheus_holds_what_the_page_said(self):
        exporter_port = free_port()
        self.start([need("prometheus-node-exporter"), f"--web.listen-address=127.0.0.1:{exporter_port}"], "node_exporter")
        wait_for("node_exporter", lambda: get(f"http://127.0.0.1:{exporter_port}/metrics")[0] == 200)

        pages = []

        def relay(handler):
            """Fetches the page from the exporter for each scrape, remembers it, and passes it on."""
            body = get(f"http://127.0.0.1:{exporter_port}/metrics")[1]
            pages.append(body.decode())
            handler.send_response(200)
            handler.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        prometheus_port = free_port()
        config = self.write("prometheus.yml", "global: {scrape_interval: 1h}\n")
        self.start([need("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={self.folder}/tsdb",
                    f"--web.listen-address=127.0.0.1:{prometheus_port}", "--web.enable-remote-write-receiver"], "prometheus")
        prometheus = f"http://127.0.0.1:{prometheus_port}"
        wait_for("Prometheus", lambda: get(prometheus + "/-/ready")[0] == 200)

        with harness.Pages({"/metrics": relay}) as relay_server:
            agent = self.agent(f"""
server: {{listen_address: '127.0.0.1:{{admin}}'}}
state_dir: none
metrics:
  global: {{scrape_interval: 5s, external_labels: {{cluster: test}}}}
  scrape_configs:
    - job_name: node
      static_configs: [{{targets: ['127.0.0.1:{relay_server.port}']}}]
  remote_write: [{{url: '{prometheus}/api/v1/write'}}]
""")
            wait_for("two scrapes", lambda: len(pages) >= 2)
            instance = f"127.0.0.1:{relay_server.port}"

            def ups():
                answer = self.query(prometheus, f'up{{instance="{instance}"}}[10m]')
                return answer[0]["values"] if answer else []

            wait_for("two ups in Prometheus", lambda: len(ups()) >= 2)
            stamp, up = ups()[0]
            self.assertEqual(up, "1")
            self.compare(prometheus, pages[0], stamp, instance)
            ledger = self.ledger(agent)
            entry = next(e for (signal, _), e in ledger.items() if signal == "metrics")
            self.assertGreater(entry["delivered"], 0)
            self.assertEqual(entry["dropped_total"], 0, entry)
            self.assert_audit(agent)
            self.assertEqual(agent.stop(), 0)

    def query(self, prometheus, expression, at=None):
        parameters = {"query": expression}
        if at is not None:
            parameters["time"] = at
        url = prometheus + "/api/v1/query?" + urllib.parse.urlencode(parameters)
        answer = get_json(url)
        self.assertEqual(answer["status"], "success", answer)
        return answer["data"]["result"]

    def compare(self, prometheus, page, stamp, instance):
        expected = parse_page(page)
        self.assertGreater(len(expected), 200)
        got = {}
        # A range of the scrape's own millisecond gives raw samples with their timestamps.
        for series in self.query(prometheus, '{job="node",cluster="test"}[1ms]', stamp):
            labels = dict(series["metric"])
            self.assertEqual(labels.pop("job"), "node")
            self.assertEqual(labels.pop("instance"), instance)
            self.assertEqual(labels.pop("cluster"), "test")
            self.assertEqual(len(series["values"]), 1)
            at, value = series["values"][0]
            self.assertEqual(at, stamp)
            got[tuple(sorted(labels.items()))] = float(value)
        reports = {"up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
                   "scrape_series_added"}
        names = {dict(k)["__name__"] for k in got}
        self.assertTrue(reports <= names, reports - names)
        scraped = {k: v for k, v in got.items() if dict(k)["__name__"] not in reports}
        self.assertEqual(scraped.keys(), expected.keys())
        for key, value in expected.items():
            same = scraped[key] == value or (math.isnan(value) and math.isnan(scraped[key]))
            self.assertTrue(same, f"{key}: page {value!r}, Prometheus {scraped[key]!r}")
        self.assertEqual(got[(("__name__", "scrape_samples_scraped"),)], len(expected))


if __name__ == "__main__":
    harness.main()
