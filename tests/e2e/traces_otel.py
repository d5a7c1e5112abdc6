"""Real OpenTelemetry SDKs (gRPC, HTTP/protobuf, HTTP/JSON) through the agent to the sink: with ratio 0.5 the kept trace ids
are exactly those that the rule keeps (traces.md 6: the last 7 bytes of the trace id against the threshold)."""
import json
import os
import pathlib
import subprocess

import harness
from harness import free_port, get, get_json, need, post, wait_for

HALF = 1 << 55


def kept_by_half(trace_id):
    return int(trace_id[-14:], 16) >= HALF


class TracesOtel(harness.Case):
    def clients(self):
        """node_modules with the SDKs; installed once into the build folder (OTEL_CLIENTS)."""
        folder = pathlib.Path(os.environ.get("OTEL_CLIENTS", self.folder / "otel"))
        folder.mkdir(parents=True, exist_ok=True)
        source = harness.SOURCE / "tests/e2e/otel"
        for name in ("package.json", "send.js"):
            (folder / name).write_bytes((source / name).read_bytes())
        if not (folder / "node_modules/@opentelemetry/sdk-trace-node").exists():
            need("npm")
            subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts",
                            "--loglevel=error"],
                           cwd=folder, check=True, timeout=300)
        return folder

    def send(self, kind, url, count):
        done = subprocess.run([need("node"), "send.js", kind, url, str(count)], cwd=self.clients(), capture_output=True,
                              text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout[-500:] + done.stderr[-3000:])
        return [json.loads(row) for row in done.stdout.splitlines()]

    def run_agent(self, exporter, sampler="sampler: {ratio: 0.5}"):
        sink = self.sink("--records", "100000")
        grpc, http = free_port(), free_port()
        agent = self.agent(f"""
server: {{listen_address: '127.0.0.1:{{admin}}'}}
state_dir: none
traces:
  receivers:
    otlp:
      protocols:
        grpc: {{endpoint: '127.0.0.1:{grpc}'}}
        http: {{endpoint: '127.0.0.1:{http}'}}
  {sampler}
  batch: {{timeout: 200ms}}
  exporters: [{exporter.replace("SINK", f"127.0.0.1:{sink.port}")}]
""")
        return sink, agent, grpc, http

    def spans(self, sink):
        text = get(sink.url + "/records?signal=traces&limit=100000")[1].decode()
        return [json.loads(row) for row in text.splitlines() if row]

    def check(self, exporter):
        sink, agent, grpc, http = self.run_agent(exporter)
        sent = self.send("grpc", f"http://127.0.0.1:{grpc}", 300)
        sent += self.send("proto", f"http://127.0.0.1:{http}/v1/traces", 300)
        sent += self.send("json", f"http://127.0.0.1:{http}/v1/traces", 300)
        self.assertEqual(len(sent), 1800)
        expected = {(s["traceId"], s["spanId"]) for s in sent if kept_by_half(s["traceId"])}
        wait_for("the kept spans", lambda: len(self.spans(sink)) >= len(expected))
        got = self.spans(sink)
        self.assertEqual({(s["traceId"], s["spanId"]) for s in got}, expected)
        self.assertEqual(len(got), len(expected))
        self.assertEqual({s["traceState"] for s in got}, {"ot=th:8"})
        services = {s["service"] for s in got}
        self.assertEqual(services, {"shop-grpc", "shop-proto", "shop-json"})
        # 900 traces at one half: within 4 standard deviations of 450.
        self.assertTrue(abs(len(expected) / 2 - 450) <= 4 * (900 * 0.25) ** 0.5, len(expected))
        entry = next(e for (signal, _), e in self.ledger(agent).items() if signal == "traces")
        self.assertEqual(entry["in_total"], 1800)
        self.assertEqual(entry["delivered"], len(expected))
        self.assertEqual(entry["dropped"], {"sampled_out": 1800 - len(expected)})
        self.assert_audit(agent)
        self.assertEqual(agent.stop(), 0)

    def test_grpc_out_keeps_exactly_the_rule(self):
        self.check("{endpoint: 'SINK', protocol: grpc, compression: gzip}")

    def test_http_out_keeps_exactly_the_rule(self):
        self.check("{endpoint: 'http://SINK', protocol: http, compression: gzip}")

    def test_malformed_requests_are_refused_and_the_connection_lives(self):
        import http.client
        sink, agent, _, http_port = self.run_agent("{endpoint: 'SINK'}", sampler="")
        connection = http.client.HTTPConnection("127.0.0.1", http_port, timeout=harness.PATIENCE)
        for body, kind, status in ((b"\x0a\xff\xff\xff\xff\x0f", "application/x-protobuf", 400), (b"{", "application/json", 400),
                                   (b"x", "text/plain", 415), (b"", "application/x-protobuf", 200)):
            connection.request("POST", "/v1/traces", body, {"Content-Type": kind})
            answer = connection.getresponse()
            text = answer.read()
            self.assertEqual(answer.status, status, (kind, text))
        connection.close()
        self.assertEqual(agent.stop(), 0)


if __name__ == "__main__":
    harness.main()
