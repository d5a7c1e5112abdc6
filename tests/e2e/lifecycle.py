"""Starting, refusing to start, reloading and stopping: what an operator meets first."""
import os
import signal
import socket
import subprocess
import time

import harness
from harness import free_port, get, post, wait_for


def run(*arguments, timeout=harness.PATIENCE):
    return subprocess.run([harness.BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=timeout)


GOOD = """
server: {listen_address: '127.0.0.1:{admin}'}
state_dir: none
metrics:
  global: {scrape_interval: 1s}
  scrape_configs: [{job_name: self, static_configs: [{targets: ['127.0.0.1:1']}]}]
  remote_write: [{url: 'http://127.0.0.1:9/api/v1/write'}]
"""


class Lifecycle(harness.Case):
    def test_a_wrong_key_names_place_path_and_the_right_one(self):
        path = self.write("bad.yaml", "metrics:\n  scrape_configs:\n  - job_name: a\n    scrape_intervall: 5s\n")
        for command in ("check", "run"):
            done = run(command, "--config", path)
            self.assertEqual(done.returncode, 1, done)
            self.assertIn(f"{path}:4:5: ", done.stderr)
            self.assertIn("scrape_configs[0].scrape_intervall", done.stderr)
            self.assertIn('did you mean "scrape_interval"?', done.stderr)

    def test_check_names_every_problem(self):
        path = self.write("bad.yaml", "server: {listen_adress: ':1'}\ntraces:\n  sampler: {ratio: 2}\n  exporters: [{endpoint: 'x:1'}]\n")
        done = run("check", "--config", path)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{path}:1:10: server.listen_adress", done.stderr)
        self.assertIn(f"{path}:3:", done.stderr)

    def test_mistakes_have_their_place_and_words(self):
        stages = "clients: [{url: 'http://x/p'}]\nscrape_configs:\n- job_name: j\n  static_configs: [{targets: [l], labels: {__path__: /x}}]\n"
        for text, words in (
                ("metrics:\n\tscrape_configs: []\n", "2 is indented with a tab"),
                ("kind: Deployment\nmetadata: {name: a}\n", ":1:7: kind: \"Deployment\" is no kind"),
                ("kind: ServiceMonitor\nspec: {endpoints: []}\n", ":1:1: ServiceMonitor.metadata.name: this key is required"),
                ("traces:\n  exporters: [{endpoint: 'http://t:4318/v1/traces', protocol: http}]\n", ":2:26: traces.exporters[0].endpoint: leave /v1/traces out"),
                ("traces:\n  sampler: {ratio: 150}\n  exporters: [{endpoint: 't:1'}]\n", ":2:20: traces.sampler.ratio"),
                (stages + "  pipeline_stages: [{regexx: {}}]\n", ':5:22: scrape_configs[0].pipeline_stages[0]: there is no stage "regexx"; did you mean "regex"?'),
                ("- a list\n", ":1:1: a configuration document is a map"),
                ("\0binary", ":1:1: ")):
            path = self.write("bad.yaml", text)
            done = run("check", "--config", path)
            self.assertEqual(done.returncode, 1, done)
            self.assertIn(words, done.stderr)

    def test_the_same_section_twice_names_both_places(self):
        self.write("conf/a.yaml", "state_dir: none\n")
        self.write("conf/b.yaml", "\nstate_dir: /tmp/x\n")
        done = run("check", "--config", self.folder / "conf")
        self.assertEqual(done.returncode, 1)
        self.assertIn("b.yaml:2:1", done.stderr)
        self.assertIn("a.yaml:1:1", done.stderr)

    def test_usage_errors_end_with_2(self):
        self.assertEqual(run("run").returncode, 2)
        self.assertEqual(run("chekc").returncode, 2)
        self.assertEqual(run().returncode, 2)
        self.assertEqual(run("check", "--config", self.folder / "absent.yaml").returncode, 1)

    def test_a_port_in_use_is_named(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            for text in (f"server: {{listen_address: '127.0.0.1:{port}'}}\nstate_dir: none\n",
                         f"server: {{listen_address: '127.0.0.1:{free_port()}'}}\nstate_dir: none\ntraces:\n  receivers: {{otlp: {{protocols: "
                         f"{{grpc: {{endpoint: '127.0.0.1:{port}'}}}}}}}}\n  exporters: [{{endpoint: '127.0.0.2:9'}}]\n"):
                done = run("run", "--config", self.write("taken.yaml", text))
                self.assertEqual(done.returncode, 1, done)
                self.assertIn(f"127.0.0.1:{port}", done.stderr)
                self.assertIn("in use", done.stderr)

    def test_health_readiness_and_version(self):
        agent = self.agent(GOOD.replace("scrape_interval: 1s", "scrape_interval: 1h"))  # nothing is held at the end
        self.assertEqual(get(agent.admin + "/-/healthy")[0], 200)
        self.assertEqual(get(agent.admin + "/-/ready")[0], 200)
        self.assertEqual(get(agent.admin + "/nothing")[0], 404)
        self.assertEqual(post(agent.admin + "/metrics")[0], 405)
        self.assertIn(b"dunlin_build_info", get(agent.admin + "/metrics")[1])
        self.assertEqual(run("health", "--admin", agent.admin).returncode, 0)
        page = get(agent.admin + "/", headers={"Accept": "text/html"})
        self.assertEqual(page[0], 200)
        self.assertIn(b"127.0.0.1:1/metrics", page[1])
        self.assertEqual(agent.stop(signal.SIGINT), 0)
        self.assertEqual(run("health", "--admin", agent.admin).returncode, 1)

    def test_reload_by_signal_and_by_request(self):
        agent = self.agent(GOOD)
        text = agent.config.read_text()
        agent.config.write_text(text.replace("127.0.0.1:1'", "127.0.0.1:2'"))
        agent.send_signal(signal.SIGHUP)
        wait_for("the new target", lambda: b"127.0.0.1:2/metrics" in get(agent.admin + "/api/v1/targets")[1])
        agent.config.write_text(text.replace("127.0.0.1:1'", "127.0.0.1:3'"))
        self.assertEqual(post(agent.admin + "/-/reload")[0], 200)
        wait_for("the newest target", lambda: b"127.0.0.1:3/metrics" in get(agent.admin + "/api/v1/targets")[1])
        # A broken file: 400 with the place, and the old configuration stays.
        agent.config.write_text(text + "nonsense: 1\n")
        status, _, body = post(agent.admin + "/-/reload")
        self.assertEqual(status, 400)
        self.assertIn(b"nonsense", body)
        self.assertIn(b":1: ", body)
        self.assertIn(b"127.0.0.1:3/metrics", get(agent.admin + "/api/v1/targets")[1])
        self.assertEqual(agent.stop(), 0)

    def test_audit_ends_with_1_where_records_are_missing(self):
        entry = ('{"signal":"logs","destination":"loki","in":{"file":7},"in_total":7,"created":0,"merged":0,"missed":0,'
                 '"delivered":6,"dropped":{},"dropped_total":0,"held":0,"balance":%d}')
        with harness.Pages({}) as pages:
            for balance, code, words in ((1, 1, "1 records are unaccounted for"), (0, 0, "every record is accounted for")):
                pages.routes["/-/ledger"] = (200, "application/json", (f'{{"entries":[{entry % balance}]}}').encode())
                done = run("audit", "--admin", f"http://127.0.0.1:{pages.port}")
                self.assertEqual(done.returncode, code, done)
                self.assertIn(words, done.stdout)
            pages.routes["/-/ledger"] = (200, "text/plain", b"nonsense")
            self.assertEqual(run("audit", "--admin", f"http://127.0.0.1:{pages.port}").returncode, 1)
        self.assertEqual(run("audit", "--admin", f"http://127.0.0.1:{free_port()}").returncode, 1)

    def test_stop_with_a_dead_backend_is_quick_and_says_what_was_lost(self):
        agent = self.agent(GOOD.replace("state_dir: none", "state_dir: none\nshutdown_timeout: 6s"))
        wait_for("samples that are held", lambda: any(e["held"] > 0 for e in self.ledger(agent).values()))
        started = time.monotonic()
        code = agent.stop()
        self.assertLess(time.monotonic() - started, 20)  # the default of shutdown_timeout is 25 s
        self.assertEqual(code, 3, agent.output()[-2000:])
        self.assertIn("dropped", agent.output())


if __name__ == "__main__":
    harness.main()
