"""docker_sd_configs: containers come and go, the engine dies, the agent restarts; every line arrives."""
import harness
from fake_docker import Engine
from fake_loki import Loki
from harness import wait_for


class LogsDocker(harness.Case):
    def config(self, loki, more=""):
        return f"""
server: {{listen_address: '127.0.0.1:{{admin}}', compat_metrics: [promtail]}}
state_dir: {self.folder}/state
logs:
  positions: {{filename: {self.folder}/positions.yaml}}
  clients: [{{name: loki, url: '{loki.url}', batchwait: 100ms, backoff_config: {{min_period: 50ms, max_period: 300ms}}}}]
  scrape_configs:
    - job_name: containers
      docker_sd_configs:
        - {{host: 'unix://{self.folder}/docker.sock', refresh_interval: 1s, filters: [{{name: name, values: [shop]}}]}}
      relabel_configs:
        - {{source_labels: [__meta_docker_container_name], regex: '/(.*)', target_label: container}}
        - {{source_labels: [__meta_docker_container_log_stream], target_label: stream}}
        - {{regex: __meta_docker_container_label_(.+), action: labelmap}}
"""

    def loki(self):
        self.entries = []  # (labels, line)

        def answer(_, entries):
            self.entries += [(entry.labels, entry.line) for entry in entries]
            return 204, "", {}, entries
        return Loki(answer)

    def test_containers_come_and_go(self):
        with Engine(self.folder / "docker.sock") as engine, self.loki() as loki:
            web = engine.run("aaa", "shop-web", labels={"team": "x"})
            web.write("written before")
            engine.run("bbb", "other").write("not asked for")
            agent = self.agent(self.config(loki))
            wait_for("the first line", lambda: loki.lines() == ["written before"])
            web.write("an error", output=2)
            tty = engine.run("ccc", "shop-shell", tty=True)
            tty.write("from a terminal")
            wait_for("three lines", lambda: len(loki.lines()) == 3)
            self.assertEqual(set(self.entries), {
                ('{container="shop-web", stream="stdout", team="x"}', "written before"),
                ('{container="shop-web", stream="stderr", team="x"}', "an error"),
                ('{container="shop-shell"}', "from a terminal")})

            long = "".join(chr(ord("a") + i % 26) for i in range(100_000))
            web.write(long)
            wait_for("the long line", lambda: loki.lines()[-1] == long)

            tty.write("the last words")
            engine.remove("ccc")
            wait_for("the last words", lambda: "the last words" in loki.lines())

            web.set_running(False)
            web.write("while it was stopped")
            web.set_running(True)
            web.write("after the restart")
            wait_for("the lines around the restart",
                     lambda: loki.lines()[-2:] == ["while it was stopped", "after the restart"])

            metrics = harness.get(agent.admin + "/metrics")[1].decode()
            self.assertIn("promtail_docker_target_entries_total 7", metrics)
            self.assert_audit(agent)
            self.assertEqual(agent.stop(), 0)
            self.assertEqual(len(loki.lines()), 7)

    def test_an_engine_that_dies_and_an_agent_that_restarts(self):
        with Engine(self.folder / "docker.sock") as engine, self.loki() as loki:
            web = engine.run("aaa", "shop-web")
            agent = self.agent(self.config(loki))
            for i in range(10):
                web.write(f"line {i}")
            wait_for("ten lines", lambda: len(loki.lines()) == 10)
            engine.die()
            for i in range(10, 20):
                web.write(f"line {i}")
            engine.start()
            wait_for("twenty lines", lambda: len(loki.lines()) == 20)
            self.assertEqual(loki.lines(), [f"line {i}" for i in range(20)])

            def saved():
                path = self.folder / "positions.yaml"
                return path.exists() and "cursor-aaa" in path.read_text()
            wait_for("the position", saved)
            self.assert_audit(agent)
            self.assertEqual(agent.stop(), 0)
            self.assertRegex((self.folder / "positions.yaml").read_text(), r'cursor-aaa: "\d{10}"')

            for i in range(20, 30):
                web.write(f"line {i}")
            with loki.lock:
                loki.stored.clear()
            agent = self.agent(self.config(loki), name="again")
            wait_for("the new lines", lambda: set(loki.lines()) >= {f"line {i}" for i in range(20, 30)})
            queries = [path for path in engine.requests if "since=" in path]
            self.assertRegex(queries[-1], r"since=\d{10}\.0{9}")
            self.assertEqual(agent.stop(), 0)

    def test_an_engine_that_is_not_there_holds_up_nothing(self):
        with self.loki() as loki:
            agent = self.agent(self.config(loki))
            wait_for("a failure that is counted",
                     lambda: "dunlin_docker_sd_refresh_failures_total 1" in harness.get(agent.admin + "/metrics")[1].decode())
            self.assertEqual(agent.stop(), 0)


if __name__ == "__main__":
    harness.main()
