"""Logs that are no plain growing files: other encodings, compressed files, standard input."""
import bz2
import gzip
import json
import subprocess
import time
import zlib

import harness
from harness import wait_for


class LogsReaders(harness.Case):
    def config(self, sink_url, job):
        return f"""
server: {{listen_address: '127.0.0.1:{{admin}}'}}
state_dir: {self.folder}/state
logs:
  positions: {{filename: {self.folder}/positions.yaml, sync_period: 200ms}}
  target_config: {{sync_period: 500ms}}
  clients: [{{url: '{sink_url}/loki/api/v1/push', batchwait: 100ms}}]
  scrape_configs:
    - job_name: test
      static_configs: [{{labels: {{job: shop, __path__: '{self.folder}/logs/*'}}}}]
      {job}
"""

    def records(self, sink):
        text = harness.get(sink.url + "/records?signal=logs&limit=100000")[1].decode()
        return [json.loads(row) for row in text.splitlines() if row]

    def lines(self, sink):
        return [r["line"] for r in self.records(sink)]

    def put(self, name, data):
        path = self.folder / "logs" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return path

    def test_compressed_files_are_read_once(self):
        sink = self.sink("--records", "100000")
        text = "".join(f"line {i}\n" for i in range(20000)).encode()
        rows = text.splitlines(keepends=True)
        self.put("a.gz", gzip.compress(b"".join(rows[:9000])))
        self.put("b.bz2", bz2.compress(b"".join(rows[9000:15000])))
        self.put("c.z", zlib.compress(b"".join(rows[15000:])))
        config = self.config(sink.url, "decompression: {enabled: true}")
        agent = self.agent(config)
        wait_for("all lines", lambda: len(self.lines(sink)) >= 20000)
        self.ledger(agent)
        self.assertEqual(agent.stop(), 0)
        self.assertRegex((self.folder / "positions.yaml").read_text(), r'/c\.z: "\d+"')
        agent = self.agent(config, name="again")
        self.put("d.gz", gzip.compress(b"new\n") + b"garbage")
        wait_for("the new file", lambda: "new" in self.lines(sink))
        page = harness.get(agent.admin + "/metrics")[1].decode()
        self.assertIn('file_read_errors_total{job="test"} 1', page)
        time.sleep(0.5)
        self.assertEqual(len(self.lines(sink)), 20001)
        self.assertEqual(set(self.lines(sink)), {f"line {i}" for i in range(20000)} | {"new"})
        self.assertEqual(agent.stop(), 0)

    def test_encodings_become_utf8(self):
        sink = self.sink("--records", "1000")
        path = self.put("a.log", "\ufeffgrüße\nĊ x\n".encode("utf-16le"))
        agent = self.agent(self.config(sink.url, "encoding: utf-16"))
        wait_for("two lines", lambda: self.lines(sink) == ["grüße", "Ċ x"])
        self.assertEqual(agent.stop(), 0)
        with open(path, "ab") as file:
            file.write("日本\n".encode("utf-16le") + b"\x00\xd8\n\x00")
        agent = self.agent(self.config(sink.url, "encoding: utf-16"), name="again")
        wait_for("the rest", lambda: self.lines(sink) == ["grüße", "Ċ x", "日本", "\ufffd"])
        self.assertEqual(agent.stop(), 0)

    def test_stdin_is_read_to_its_end(self):
        sink = self.sink("--records", "100000")
        config = self.write("promtail.yaml", f"""
server: {{http_listen_address: 127.0.0.1, http_listen_port: 0}}
positions: {{filename: {self.folder}/positions.yaml}}
clients: [{{url: '{sink.url}/loki/api/v1/push', batchwait: 20s}}]
scrape_configs:
  - job_name: first
    static_configs: [{{labels: {{job: in, __path__: /nothing}}}}]
    pipeline_stages: [{{multiline: {{firstline: '^start', max_wait_time: 30s}}}}]
""")
        text = "".join(f"start {i}\n\nmore\n" for i in range(5000)) + "the end"
        began = time.monotonic()
        done = subprocess.run([harness.BINARY, "run", f"-config.file={config}", "-stdin"], input=text, text=True,
                              capture_output=True, timeout=harness.PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLess(time.monotonic() - began, 20)  # it does not wait for batchwait
        lines = self.lines(sink)
        self.assertEqual(len(lines), 5000)
        self.assertEqual(lines[0], "start 0\nmore")
        self.assertEqual(lines[-1], "start 4999\nmore\nthe end")
        self.assertEqual(self.records(sink)[0]["labels"], {"job": "in"})

    def test_stdin_that_cannot_be_delivered_is_said(self):
        config = self.write("promtail.yaml", f"""
server: {{http_listen_address: 127.0.0.1, http_listen_port: 0}}
positions: {{filename: {self.folder}/positions.yaml}}
clients: [{{url: 'http://127.0.0.1:{harness.free_port()}/loki/api/v1/push'}}]
scrape_configs: [{{job_name: first, static_configs: [{{labels: {{job: in}}}}]}}]
""")
        done = subprocess.run([harness.BINARY, "run", f"-config.file={config}", "-stdin"], input="lost\n", text=True,
                              capture_output=True, timeout=harness.PATIENCE * 2)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("could not be delivered", done.stderr + done.stdout)


if __name__ == "__main__":
    harness.main()
