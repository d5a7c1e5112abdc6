"""Starts real programs for the end-to-end tests: the agent, its sink, peers. Python 3 standard library only.

Every test is a program of its own: `python3 tests/e2e/NAME.py BINARY`, run by ctest. Work is done in a temporary folder;
all traffic is on 127.0.0.1; only processes started here are ended, by their handle.
"""
import contextlib
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

BINARY = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""
SOURCE = pathlib.Path(__file__).resolve().parents[2]
SANITIZER_OPTIONS = {name: os.environ.get(name, "") for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")}
PATIENCE = 60  # seconds for what takes one on an idle machine: a busy one, a sanitizer, or both are no failure


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url, timeout=PATIENCE, headers=None):
    """(status, body bytes); an HTTP error is an answer too."""
    request = urllib.request.Request(url, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def get_json(url, timeout=PATIENCE):
    return json.loads(get(url, timeout)[1])


def post(url, body=b"", headers=None, timeout=PATIENCE):
    request = urllib.request.Request(url, data=body, headers=headers or {}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def wait_for(what, check, timeout=PATIENCE, interval=0.05):
    """Calls check() until it returns something true; fails with `what` after `timeout` seconds."""
    end = time.monotonic() + timeout
    last = None
    while time.monotonic() < end:
        try:
            last = check()
            if last:
                return last
        except (OSError, ValueError, KeyError) as error:
            last = error
        time.sleep(interval)
    raise AssertionError(f"waited {timeout} s for {what}; last seen: {last!r}")


class Process:
    """A child whose output goes to a file, and which is ended with the test."""

    def __init__(self, argv, folder, name, env=None):
        self.ours = str(argv[0]) == BINARY
        self.log_path = pathlib.Path(folder, f"{name}.log")
        self.log = open(self.log_path, "ab")
        self.child = subprocess.Popen([str(a) for a in argv], stdout=self.log, stderr=subprocess.STDOUT, cwd=folder,
                                      stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})

    def output(self):
        return self.log_path.read_text(errors="replace")

    def send_signal(self, number):
        self.child.send_signal(number)

    def stop(self, number=signal.SIGTERM, timeout=PATIENCE):
        """Ends it and returns its exit code."""
        if self.child.poll() is None:
            self.child.send_signal(number)
            try:
                self.child.wait(timeout)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
                raise AssertionError(f"{self.log_path.name}: did not stop within {timeout} s\n{self.output()[-4000:]}")
        self.log.close()
        return self.child.returncode

    def running(self):
        return self.child.poll() is None


class Case(unittest.TestCase):
    """A test with a folder of its own and helpers that clean up after themselves."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dunlin-e2e-"))
        self.processes = []
        # A sanitizer ends its process with an exit code that a test may expect, or after the last look at it.
        for name, given in SANITIZER_OPTIONS.items():
            os.environ[name] = f"{given}:log_path={self.folder}/sanitizer" if given else f"log_path={self.folder}/sanitizer"
        self.addCleanup(self._clean)

    def _clean(self):
        try:
            self._end_processes()
            reports = "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("sanitizer.*")))
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
        if reports:
            raise AssertionError("a sanitizer reported:\n" + reports[:20000])

    def _end_processes(self):
        failed = any(error for _, error in getattr(self._outcome, "errors", []) or [])
        result = getattr(self._outcome, "result", None)
        failed = failed or (result is not None and any(t is self for t, _ in result.errors + result.failures))
        for process in reversed(self.processes):
            if process.ours and not failed:
                process.stop()  # by itself, so that leaks are looked for
            elif process.running():
                process.child.kill()
                process.child.wait()
        if failed:
            for process in self.processes:
                print(f"---- {process.log_path.name}\n{process.output()[-6000:]}", file=sys.stderr)

    def start(self, argv, name, env=None):
        process = Process(argv, self.folder, name, env)
        self.processes.append(process)
        return process

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def sink(self, *arguments):
        """A `dunlin sink` on a free port; .url is its address."""
        port = free_port()
        process = self.start([BINARY, "sink", "--listen", f"127.0.0.1:{port}", *arguments], f"sink-{port}")
        process.port = port
        process.url = f"http://127.0.0.1:{port}"
        wait_for("the sink", lambda: get(process.url + "/stats")[0] == 200)
        return process

    def agent(self, config, *arguments, name="agent", wait=True, env=None):
        """`dunlin run` with the configuration text; {admin} in it becomes a free port. .admin is the admin URL."""
        port = free_port()
        path = self.write(f"{name}.yaml", config.replace("{admin}", str(port))) if isinstance(config, str) else config
        process = self.start([BINARY, "run", "--config", path, *arguments], name, env)
        process.admin = f"http://127.0.0.1:{port}"
        process.config = path
        if wait:
            wait_for("the agent to be ready", lambda: self._ready(process))
        return process

    def _ready(self, process):
        self.assertTrue(process.running(), f"the agent ended:\n{process.output()}")
        return get(process.admin + "/-/ready")[0] == 200

    def ledger(self, agent):
        """{(signal, destination): entry} of a running agent; every balance must be 0."""
        entries = get_json(agent.admin + "/-/ledger")["entries"]
        for entry in entries:
            self.assertEqual(entry["balance"], 0, entry)
        return {(e["signal"], e["destination"]): e for e in entries}

    def assert_audit(self, agent):
        done = subprocess.run([BINARY, "audit", "--admin", agent.admin], capture_output=True, text=True,
                              timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout


class Pages(contextlib.AbstractContextManager):
    """An HTTP server for scrape targets: path -> function(handler) or (status, content type, body)."""

    def __init__(self, routes):
        self.routes = routes
        self.requests = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.requests.append((self.path, dict(self.headers)))
                route = outer.routes.get(self.path.split("?")[0])
                if callable(route):
                    route(self)
                    return
                status, kind, body = route or (404, "text/plain", b"not found\n")
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def need(program):
    """Path of a program that the test cannot do without; its absence fails, it is no skip."""
    path = shutil.which(program)
    if path is None:
        sys.exit(f"FAILED: {program} is not installed (scripts/install-packages --test installs it)")
    return path


def main():
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
