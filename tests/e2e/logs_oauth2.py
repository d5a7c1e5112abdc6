"""A client with oauth2: tokens are fetched, replaced when they are refused, and a token server in trouble loses nothing."""
import base64
import http.server
import json
import threading
import urllib.parse

import harness
from fake_loki import Loki
from harness import wait_for


class TokenServer:
    """Hands out token-1, token-2, ...; `trouble` is what it answers instead."""

    def __init__(self):
        self.forms, self.trouble, self.number = [], None, 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                basic = base64.b64decode(self.headers.get("Authorization", "Basic ")[6:]).decode()
                if outer.trouble:
                    status, answer = outer.trouble
                elif basic != "agent:the-secret":
                    status, answer = 401, {"error": "invalid_client"}
                else:
                    outer.number += 1
                    status, answer = 200, {"access_token": f"token-{outer.number}", "token_type": "bearer", "expires_in": 3600}
                outer.forms.append(form)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/token"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class LogsOAuth2(harness.Case):
    def config(self, loki, login):
        (self.folder / "secret").write_text("the-secret\n")
        return f"""
server: {{listen_address: '127.0.0.1:{{admin}}'}}
state_dir: {self.folder}/state
logs:
  positions: {{filename: {self.folder}/positions.yaml}}
  target_config: {{sync_period: 500ms}}
  clients:
    - name: loki
      url: '{loki.url}'
      batchwait: 100ms
      backoff_config: {{min_period: 50ms, max_period: 300ms}}
      oauth2:
        client_id: agent
        client_secret_file: {self.folder}/secret
        token_url: '{login.url}'
        scopes: [logs.write]
        endpoint_params: {{audience: loki, client_assertion: not-to-be-shown}}
  scrape_configs:
    - job_name: app
      static_configs: [{{targets: [localhost], labels: {{app: shop, __path__: '{self.folder}/logs/app.log'}}}}]
"""

    def append(self, line):
        path = self.folder / "logs" / "app.log"
        path.parent.mkdir(exist_ok=True)
        with open(path, "a") as file:
            file.write(line + "\n")

    def test_tokens_come_and_go(self):
        valid = {"token": "Bearer token-1"}
        with TokenServer() as login, Loki(admitted=lambda shown: shown == valid["token"]) as loki:
            login.trouble = (503, {})
            self.append("one")
            agent = self.agent(self.config(loki, login), "-print-config-stderr")
            wait_for("a request for a token", lambda: login.forms)
            self.assertEqual(loki.requests, [])
            login.trouble = None
            wait_for("the first line", lambda: loki.lines() == ["one"])
            self.assertEqual(login.forms[-1], {"grant_type": ["client_credentials"], "scope": ["logs.write"],
                                               "audience": ["loki"], "client_assertion": ["not-to-be-shown"]})

            self.append("two")
            wait_for("the second line", lambda: loki.lines() == ["one", "two"])
            self.assertEqual(login.number, 1)

            valid["token"] = "Bearer token-2"
            self.append("three")
            wait_for("the third line", lambda: loki.lines() == ["one", "two", "three"])
            self.assertEqual(login.number, 2)

            self.assertIn("client_secret_file", agent.output())
            self.assertNotIn("not-to-be-shown", agent.output())
            entry = self.ledger(agent)[("logs", "loki")]
            self.assertEqual((entry["delivered"], entry["dropped"]), (3, {}))
            self.assert_audit(agent)
            self.assertEqual(agent.stop(), 0)


if __name__ == "__main__":
    harness.main()
