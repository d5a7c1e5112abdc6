"""A promtail.yaml as it stands, started as its unit file starts Promtail: lines arrive, dashboards and probes find what they know."""
import json
import subprocess
import urllib.request

import harness
from harness import BINARY, free_port, get, post, wait_for


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Promtail(harness.Case):
    CONFIG = """
server: {{http_listen_port: {port}, grpc_listen_port: 0, enable_runtime_reload: true}}
positions: {{filename: {folder}/state/positions.yaml, sync_period: 200ms}}
clients:
  - url: {sink}/loki/api/v1/push
    batchwait: 100ms
    tenant_id: fleet
    basic_auth: {{username: me, password: hunter2}}
scrape_configs:
  - job_name: app
    static_configs:
      - targets: [localhost]
        labels: {{job: app, __path__: '{folder}/logs/*.log'}}
      - targets: [elsewhere]
        labels: {{job: app}}
    pipeline_stages:
      - logfmt: {{mapping: {{level: }}}}
      - labels: {{level: }}
      - drop: {{source: level, value: debug}}
"""

    def promtail(self, sink_url, *flags, config=None, wait=True):
        port = free_port()
        text = (config or self.CONFIG).format(port=port, folder=self.folder, sink=sink_url)
        path = self.write("promtail.yaml", text)
        (self.folder / "state").mkdir(exist_ok=True)
        process = self.start([BINARY, f"-config.file={path}", f"--state-dir={self.folder}/state", *flags], "promtail")
        process.admin = f"http://127.0.0.1:{port}"
        process.config = path
        if wait:
            wait_for("an answer", lambda: get(process.admin + "/-/healthy")[0] == 200)
        return process

    def records(self, sink):
        text = get(sink.url + "/records?signal=logs&limit=1000")[1].decode()
        return [json.loads(row) for row in text.splitlines() if row]

    def metric(self, process, series):
        for line in get(process.admin + "/metrics")[1].decode().splitlines():
            if line.rsplit(" ", 1)[0] == series:
                return float(line.rsplit(" ", 1)[1])
        return None

    def test_runs_unchanged(self):
        sink = self.sink()
        agent = self.promtail(sink.url, "-client.external-labels=node=n1,zone=z")
        status, body = get(agent.admin + "/ready")
        self.assertEqual(status, 500)
        self.assertIn(b"Unable to find any logs to tail", body)
        self.write("logs/a.log", "level=info a=1\nlevel=debug b=2\nlevel=warn c=3\n")
        wait_for("two lines", lambda: len(self.records(sink)) == 2)
        self.assertEqual(get(agent.admin + "/ready"), (200, b"Ready"))

        record = self.records(sink)[0]
        labels = record["labels"]
        self.assertEqual((labels["node"], labels["zone"], labels["job"]), ("n1", "z", "app"))
        host = sink.url.removeprefix("http://")
        path = f"{self.folder}/logs/a.log"
        for series, value in [
            (f'promtail_sent_entries_total{{host="{host}"}}', 2),
            (f'promtail_read_lines_total{{path="{path}"}}', 3),
            (f'promtail_read_bytes_total{{path="{path}"}}', 46),
            (f'promtail_file_bytes_total{{path="{path}"}}', 46),
            (f'promtail_request_duration_seconds_count{{host="{host}",status_code="204"}}', 1),
            (f'promtail_dropped_entries_total{{host="{host}",reason="rate_limited",tenant="fleet"}}', 0),
            ('logentry_dropped_lines_total{reason="drop_stage"}', 1),
            ('promtail_targets_failed_total{reason="no_path"}', 1),
            ("promtail_files_active_total", 1),
            ("promtail_targets_active_total", 1),
        ]:
            wait_for(f"{series} {value}", lambda s=series, v=value: self.metric(agent, s) == v, timeout=10)

        page = get(agent.admin + "/targets")[1].decode()
        self.assertIn(path, page)
        self.assertIn("no_path", get(agent.admin + "/service-discovery")[1].decode())
        config = get(agent.admin + "/config")[1].decode()
        self.assertIn("password: <secret>", config)
        self.assertNotIn("hunter2", config)
        opener = urllib.request.build_opener(NoRedirect)
        with self.assertRaises(urllib.error.HTTPError) as redirect:
            opener.open(agent.admin + "/")
        self.assertEqual((redirect.exception.code, redirect.exception.headers["location"]), (303, "/targets"))

        wait_for("the position", lambda: f'{path}: "46"' in (self.folder / "state/positions.yaml").read_text())
        self.assertEqual(get(agent.admin + "/reload")[0], 200)
        agent.config.write_text(agent.config.read_text() + "\nnonsense: 1\n")
        status, _, body = post(agent.admin + "/reload")
        self.assertEqual(status, 500)
        self.assertIn(b"promtail.yaml:", body)
        self.assertEqual(self.metric(agent, "promtail_config_reload_success_total"), 1)
        self.assertEqual(self.metric(agent, "promtail_config_reload_fail_total"), 1)
        self.assertEqual(agent.stop(), 0)

    def test_dry_run_prints_and_leaves_everything_as_it_was(self):
        sink = self.sink()
        self.write("logs/a.log", "level=info a=1\nlevel=debug b=2\n")
        agent = self.promtail(sink.url, "-dry-run", "-inspect")
        wait_for("the entry", lambda: 'level="info"}\tlevel=info a=1\n' in agent.output())
        self.assertIn("[inspect: logfmt stage]:", agent.output())
        self.assertEqual(agent.stop(), 0)
        self.assertNotIn("hunter2", agent.output())
        self.assertEqual(self.records(sink), [])
        self.assertEqual(list((self.folder / "state").iterdir()), [])

    def test_flags_that_only_look(self):
        path = self.write("promtail.yaml", self.CONFIG.format(port=1, folder=self.folder, sink="http://127.0.0.1:1"))

        def run(*flags):
            return subprocess.run([BINARY, f"-config.file={path}", *flags], capture_output=True, text=True, timeout=60)

        checked = run("-check-syntax", "-print-config-stderr", "-positions.file=/elsewhere")
        self.assertEqual((checked.returncode, checked.stdout), (0, "Valid config file! No syntax issues found\n"))
        self.assertIn("filename: /elsewhere", checked.stderr)
        self.assertNotIn("hunter2", checked.stderr)
        version = run("-version")
        self.assertEqual(version.returncode, 0)
        self.assertTrue(version.stdout.startswith("dunlin "))
        unknown = run("-positions.fiel=x")
        self.assertEqual(unknown.returncode, 2)
        self.assertIn("did you mean --positions.file?", unknown.stderr)


if __name__ == "__main__":
    harness.main()
