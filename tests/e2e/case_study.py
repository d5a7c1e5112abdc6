"""The case study's four documents, byte for byte, in one folder with what a machine has to add: an inventory, a backend."""
import json
import shutil
import subprocess

import harness
from harness import free_port, get, get_json, wait_for

DOCUMENTS = ("servicemonitor.yaml", "pipeline_stages.yaml", "tracing_config.yaml", "alerting_rules.yaml")
SOURCE = harness.SOURCE / "config/case-study"


class CaseStudy(harness.Case):
    def records(self, sink, signal):
        text = get(sink.url + f"/records?signal={signal}&limit=100000")[1].decode()
        return [json.loads(row) for row in text.splitlines() if row]

    def test_the_four_documents_run_verbatim(self):
        # The host `tempo` does not resolve here: its spans wait, and nothing else is disturbed by that.
        conf = self.folder / "conf"
        conf.mkdir()
        for name in DOCUMENTS:
            shutil.copy(SOURCE / name, conf / name)
        sink = self.sink("--records", "100000")
        logs = self.folder / "logs"
        logs.mkdir()
        with harness.Pages({"/metrics": (200, "text/plain", b"payment_errors_total 3\n")}) as pages:
            admin = free_port()
            self.write("conf/dunlin.yaml", f"""
server: {{listen_address: '127.0.0.1:{admin}'}}
state_dir: {self.folder}/state
metrics:
  remote_write: [{{url: '{sink.url}/api/v1/write', queue_config: {{batch_send_deadline: 50ms}}}}]
logs:
  clients: [{{url: '{sink.url}/loki/api/v1/push', batchwait: 50ms}}]
  scrape_configs:
    - job_name: checkout
      static_configs: [{{targets: [localhost], labels: {{job: checkout, __path__: '{logs}/*.log'}}}}]
    - job_name: auth
      static_configs: [{{targets: [localhost], labels: {{job: auth, __path__: '{logs}/auth/*.log'}}}}]
---
apiVersion: dunlin.io/v1
kind: ServiceInventory
services:
- name: checkout
  labels: {{app: ecommerce-platform}}
  ports: {{http: {pages.port}}}
  addresses: [127.0.0.1]
- name: billing-db
  labels: {{app: postgres}}
  ports: {{http: 1}}
  addresses: [127.0.0.1]
""")
            agent = self.start([harness.BINARY, "run", "--config", conf], "agent")
            agent.admin = f"http://127.0.0.1:{admin}"
            wait_for("the agent", lambda: self._ready(agent))

            # Metrics: one target, every 15 s, with the labels of spec 8.3.
            targets = get_json(agent.admin + "/api/v1/targets")["data"]["activeTargets"]
            self.assertEqual(len(targets), 1, targets)
            self.assertEqual(targets[0]["scrapeUrl"], f"http://127.0.0.1:{pages.port}/metrics")
            self.assertEqual(targets[0]["scrapeInterval"], "15s")
            self.assertEqual(targets[0]["scrapePool"], "serviceMonitor/default/ecommerce-monitor/0")
            self.assertEqual({k: targets[0]["labels"][k] for k in ("job", "service", "namespace", "endpoint")},
                             {"job": "checkout", "service": "checkout", "namespace": "default", "endpoint": "http"})

            # Logs: status 200 goes, as its author meant, whether a number or a text; other jobs are untouched.
            (logs / "auth").mkdir()
            lines = ['{"status":200,"msg":"paid"}', '{"status":"200","msg":"paid"}', '{"status":500,"msg":"failed payment"}',
                     '{"msg":"no status"}', "not json, status=201", "the text status=200 is matched as a pattern too"]
            (logs / "checkout.log").write_text("".join(line + "\n" for line in lines))
            (logs / "auth" / "auth.log").write_text('{"status":200,"msg":"login"}\n')
            expected = {'{"status":500,"msg":"failed payment"}', '{"msg":"no status"}', "not json, status=201",
                        '{"status":200,"msg":"login"}'}
            wait_for("the lines", lambda: len(self.records(sink, "logs")) >= len(expected))
            self.assertEqual({r["line"] for r in self.records(sink, "logs")}, expected)

            # Metrics arrive within one interval.
            wait_for("the metric", lambda: any(s["labels"]["__name__"] == "payment_errors_total" and s["value"] == 3
                                               for s in self.records(sink, "metrics")))
            ledger = self.ledger(agent)
            stages = next(e for (s, _), e in ledger.items() if s == "logs")
            self.assertEqual(stages["dropped"], {"stage_drop": 3})
            self.assert_audit(agent)
            self.assertIn("does not evaluate rules", agent.output())
            self.assertIn("tempo:4317", agent.output())
            agent.stop()

    def test_check_accepts_the_shipped_folder(self):
        for name in DOCUMENTS:
            self.assertTrue((SOURCE / name).exists())
        done = subprocess.run([harness.BINARY, "check", "--config", str(SOURCE)], capture_output=True, text=True,
                              timeout=harness.PATIENCE)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    harness.main()
