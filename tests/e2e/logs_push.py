"""Loki pushes to the agent's own listener: every spelling, refusals, and one agent that forwards to another; nothing lost."""
import gzip
import json
import time
import zlib

import harness
from harness import free_port, get, post, wait_for


def varint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number, content):
    return bytes([number << 3 | 2]) + varint(len(content)) + content


def snappy(data):
    """A block of literals only: valid, and nothing is needed to make it."""
    out = varint(len(data))
    for at in range(0, len(data), 60):
        piece = data[at:at + 60]
        out += bytes([(len(piece) - 1) << 2]) + piece
    return out


def push_request(*streams):
    """streams: (labels text, [(ns, line, {metadata})])"""
    out = b""
    for labels, entries in streams:
        body = field(1, labels.encode())
        for ns, line, metadata in entries:
            stamp = b"\x08" + varint(ns // 10**9) + b"\x10" + varint(ns % 10**9)
            entry = field(1, stamp) + field(2, line.encode())
            for name, value in metadata.items():
                entry += field(3, field(1, name.encode()) + field(2, value.encode()))
            body += field(2, entry)
        out += field(1, body)
    return snappy(out)


class LogsPush(harness.Case):
    def config(self, sink_url, port, extra=""):
        return f"""
server: {{listen_address: '127.0.0.1:{{admin}}'}}
state_dir: {self.folder}/state-{port}
logs:
  clients: [{{url: '{sink_url}/loki/api/v1/push', batchwait: 100ms, backoff_config: {{min_period: 50ms, max_period: 300ms}}}}]
  scrape_configs:
    - job_name: push
      loki_push_api:
        server: {{http_listen_address: 127.0.0.1, http_listen_port: {port}, grpc_listen_port: 0}}
        labels: {{via: gateway}}
        use_incoming_timestamp: true
      relabel_configs:
        - {{source_labels: [secret], regex: 'yes', action: drop}}
{extra}"""

    def records(self, sink):
        text = get(sink.url + "/records?signal=logs&limit=100000")[1].decode()
        return [json.loads(row) for row in text.splitlines() if row]

    def lines(self, sink):
        return [record["line"] for record in self.records(sink)]

    def logs_entry(self, agent):
        return next(entry for (signal, _), entry in self.ledger(agent).items() if signal == "logs")

    def test_every_spelling_arrives(self):
        sink = self.sink("--records", "1000")
        port = free_port()
        agent = self.agent(self.config(sink.url, port))
        url = f"http://127.0.0.1:{port}"
        self.assertEqual(get(url + "/ready"), (200, b"ready\n"))
        now = time.time_ns()
        as_json = lambda line: json.dumps(
            {"streams": [{"stream": {"a": "json"}, "values": [[str(now), line, {"trace_id": "t1"}]]}]}).encode()
        legacy = {"streams": [{"labels": '{a="legacy"}', "entries": [
            {"ts": time.strftime("%Y-%m-%dT%H:%M:%S.25Z", time.gmtime()), "line": "legacy"}]}]}
        pushes = [
            ("/loki/api/v1/push", push_request(('{a="proto"}', [(now, "proto", {"trace_id": "t0"})])),
             {"Content-Type": "application/x-protobuf"}),
            ("/loki/api/v1/push", as_json("json"), {"Content-Type": "application/json"}),
            ("/loki/api/v1/push", gzip.compress(as_json("gzip")),
             {"Content-Type": "application/json", "Content-Encoding": "gzip"}),
            ("/loki/api/v1/push", zlib.compress(as_json("deflate")),
             {"Content-Type": "application/json", "Content-Encoding": "deflate"}),
            ("/loki/api/v1/push", snappy(as_json("snappy")),
             {"Content-Type": "application/json", "Content-Encoding": "snappy"}),
            ("/api/prom/push", json.dumps(legacy).encode(), {"Content-Type": "application/json"}),
            ("/promtail/api/v1/raw", b"raw one\r\n\nraw two", {"Content-Type": "text/plain"}),
        ]
        for path, body, headers in pushes:
            with self.subTest(path=path, headers=headers):
                self.assertEqual(post(url + path, body, headers)[0], 204)
        expected = {"proto", "json", "gzip", "deflate", "snappy", "legacy", "raw one", "raw two"}
        wait_for("all lines", lambda: set(self.lines(sink)) == expected)
        by_line = {record["line"]: record for record in self.records(sink)}
        self.assertEqual(by_line["proto"]["labels"], {"a": "proto", "via": "gateway"})
        self.assertEqual(by_line["proto"]["metadata"], {"trace_id": "t0"})
        self.assertEqual(by_line["json"]["metadata"], {"trace_id": "t1"})
        self.assertEqual(by_line["raw two"]["labels"], {"via": "gateway"})
        self.assertEqual(self.logs_entry(agent)["in"], {"loki_push": 8})
        self.assert_audit(agent)
        self.assertEqual(agent.stop(), 0)

    def test_what_cannot_be_taken_is_said_and_counted(self):
        sink = self.sink("--records", "1000")
        port = free_port()
        agent = self.agent(self.config(sink.url, port))
        url = f"http://127.0.0.1:{port}/loki/api/v1/push"
        now = time.time_ns()
        status, _, body = post(url, push_request(('{a="1"}', [(now, "good", {})]), ("{a", [(now, "bad", {})])),
                               {"Content-Type": "application/x-protobuf"})
        self.assertEqual(status, 400)
        self.assertIn(b"total ignored: 1 out of 2", body)
        self.assertEqual(post(url, push_request(('{secret="yes"}', [(now, "no", {})]), ('{b="1"}', [(now, "too", {})])),
                              {"Content-Type": "application/x-protobuf"})[0], 204)
        self.assertEqual(post(url, b"{", {"Content-Type": "application/json"})[0], 400)
        self.assertEqual(post(url, b"x", {"Content-Type": "text/html"})[0], 400)
        self.assertEqual(get(url)[0], 405)
        wait_for("the good lines", lambda: set(self.lines(sink)) == {"good", "too"})
        entry = self.logs_entry(agent)
        self.assertEqual(entry["in"], {"loki_push": 4})
        self.assertEqual(entry["dropped"], {"parse_error": 1, "relabel_drop": 1})
        self.assertEqual(agent.stop(), 0)

    def test_one_agent_forwards_to_another(self):
        sink = self.sink("--records", "100000")
        port = free_port()
        gateway = self.agent(self.config(sink.url, port), name="gateway")
        log = self.write("logs/a.log", "".join(f"line {i} \u00e9\n" for i in range(5000)))
        edge = self.agent(f"""
server: {{listen_address: '127.0.0.1:{{admin}}'}}
state_dir: {self.folder}/state-edge
logs:
  clients: [{{url: 'http://127.0.0.1:{port}/loki/api/v1/push', batchwait: 50ms, batchsize: 16384,
             backoff_config: {{min_period: 50ms, max_period: 300ms}}}}]
  scrape_configs:
    - job_name: files
      static_configs: [{{targets: [localhost], labels: {{job: shop, __path__: '{self.folder}/logs/*.log'}}}}]
""", name="edge")
        wait_for("5000 lines", lambda: len(self.lines(sink)) >= 5000)
        # The gateway goes away and comes back: the edge keeps what it could not hand over.
        self.assertEqual(gateway.stop(), 0)
        with open(log, "a") as file:
            file.write("".join(f"late {i}\n" for i in range(500)))
        wait_for("what the edge holds", lambda: self.logs_entry(edge)["held"] == 500)
        gateway = self.agent(self.config(sink.url, port), name="gateway-again")
        wait_for("5500 lines", lambda: len(self.lines(sink)) >= 5500)
        lines = self.lines(sink)
        self.assertEqual(sorted(lines), sorted([f"line {i} \u00e9" for i in range(5000)] + [f"late {i}" for i in range(500)]))
        self.assertEqual(self.records(sink)[0]["labels"], {"job": "shop", "filename": str(log), "via": "gateway"})
        wait_for("the edge's account", lambda: self.logs_entry(edge)["delivered"] == 5500)
        self.assertEqual(self.logs_entry(edge)["held"], 0)
        wait_for("the gateway's account", lambda: self.logs_entry(gateway)["delivered"] == 500)
        self.assertEqual(self.logs_entry(gateway)["in"], {"loki_push": 500})
        self.assert_audit(edge)
        self.assert_audit(gateway)
        self.assertEqual(edge.stop(), 0)
        self.assertEqual(gateway.stop(), 0)

    def test_a_full_pipeline_refuses_and_loses_nothing(self):
        dead = free_port()
        port = free_port()
        config = self.config(f"http://127.0.0.1:{dead}", port).replace(
            "batchwait: 100ms", "batchwait: 100ms, batchsize: 65536, queue: {max_bytes: 128KiB}")
        agent = self.agent(config)
        url = f"http://127.0.0.1:{port}/loki/api/v1/push"
        # Text that does not compress, so that the outbox fills.
        rows = [format(i * 2654435761 % 2**61, "x") * 4 for i in range(1, 801)]
        taken = 0
        for round_number in range(60):
            body = push_request(('{a="1"}', [(time.time_ns(), f"{round_number} {row}", {}) for row in rows]))
            status, headers, _ = post(url, body, {"Content-Type": "application/x-protobuf"})
            if status == 503:
                self.assertGreaterEqual(int({k.lower(): v for k, v in headers.items()}["retry-after"]), 1)
                break
            self.assertEqual(status, 204)
            taken += len(rows)
        else:
            self.fail("the pipeline was never full")
        self.assertEqual(self.logs_entry(agent)["held"], taken)
        sink = self.start([harness.BINARY, "sink", "--listen", f"127.0.0.1:{dead}", "--records", "100000"], "late-sink")
        sink.url = f"http://127.0.0.1:{dead}"
        wait_for("what was taken", lambda: len(self.lines(sink)) == taken)
        self.assertEqual(post(url, push_request(('{a="1"}', [(time.time_ns(), "after", {})])),
                              {"Content-Type": "application/x-protobuf"})[0], 204)
        wait_for("the next push", lambda: "after" in self.lines(sink))
        self.assertEqual(agent.stop(), 0)


if __name__ == "__main__":
    harness.main()
