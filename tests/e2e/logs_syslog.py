"""Syslog and GELF from real senders (logger, rsyslog, Python's sockets and TLS) to a Loki-shaped sink: all arrives, once."""
import contextlib
import gzip
import json
import os
import re
import socket
import ssl
import subprocess
import time
import zlib

import harness
from harness import free_port, need, wait_for


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def rfc5424(text, severity=5, app="app", data="-"):
    return f"<{8 + severity}>1 2026-01-02T03:04:05.678Z host {app} 42 ID1 {data} {text}"


class LogsSyslog(harness.Case):
    RULES = """
      relabel_configs:
        - {source_labels: [__syslog_message_severity], target_label: severity}
        - {source_labels: [__syslog_message_app_name], target_label: app}
        - {source_labels: [__syslog_message_hostname], target_label: host}
        - {source_labels: [__syslog_connection_ip_address], target_label: from}
        - {source_labels: [__syslog_message_parse_error], target_label: broken}
"""

    def jobs(self, sink, jobs):
        return f"""
server: {{listen_address: '127.0.0.1:{{admin}}'}}
state_dir: {self.folder}/state
logs:
  positions: {{filename: {self.folder}/positions.yaml}}
  clients: [{{url: '{sink.url}/loki/api/v1/push', batchwait: 100ms}}]
  scrape_configs:
{jobs}"""

    def job(self, name, options):
        return f"    - job_name: {name}\n      syslog: {{labels: {{job: {name}}}, {options}}}{self.RULES}"

    def records(self, sink):
        text = harness.get(sink.url + "/records?signal=logs&limit=100000")[1].decode()
        return [json.loads(row) for row in text.splitlines() if row]

    def lines(self, sink):
        return sorted(r["line"] for r in self.records(sink))

    def assert_balanced(self, agent):
        self.ledger(agent)
        self.assert_audit(agent)
        self.assertEqual(agent.stop(), 0)

    def test_python_sockets_over_tcp_and_udp(self):
        sink = self.sink("--records", "100000")
        tcp, udp = free_port(), free_udp_port()
        agent = self.agent(self.jobs(sink, self.job("tcp", f"listen_address: '127.0.0.1:{tcp}', use_incoming_timestamp: true") +
                                     self.job("udp", f"listen_address: '127.0.0.1:{udp}', listen_protocol: udp")))
        expected = []
        with socket.create_connection(("127.0.0.1", tcp)) as newline, socket.create_connection(("127.0.0.1", tcp)) as counted:
            for i in range(500):
                newline.sendall(rfc5424(f"newline {i}\n  second line").encode() + b"\n")
                message = rfc5424(f"counted {i}\n  second line").encode()
                counted.sendall(b"%d %s" % (len(message), message))
                expected += [f"newline {i}\n  second line", f"counted {i}\n  second line"]
            counted.sendall(b"no count\n")  # costs nobody the connection
            last = rfc5424("after the bad one").encode()
            counted.sendall(b"%d %s" % (len(last), last))
            expected += ["no count", "after the bad one"]
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
                for i in range(300):
                    datagrams.sendto(rfc5424(f"datagram {i}", app="udp").encode(), ("127.0.0.1", udp))
                    expected.append(f"datagram {i}")
                    if i % 50 == 0:
                        time.sleep(0.01)  # within the kernel's default buffer
            wait_for("every message, the last of them ended by silence", lambda: len(self.records(sink)) >= len(expected))
        self.assertEqual(self.lines(sink), sorted(expected))
        by_line = {r["line"]: r for r in self.records(sink)}
        self.assertEqual(by_line["counted 7\n  second line"]["labels"],
                         {"job": "tcp", "severity": "notice", "app": "app", "host": "host", "from": "127.0.0.1"})
        self.assertEqual(by_line["no count"]["labels"]["broken"], "priority")
        metrics = harness.get(agent.admin + "/metrics")[1].decode()
        self.assertIn('syslog_target_parsing_errors_total{job="tcp",reason="priority"} 1', metrics)
        self.assertIn('syslog_target_entries_total{job="udp"} 300', metrics)
        self.assert_balanced(agent)

    def test_logger(self):
        logger = need("logger")
        sink = self.sink("--records", "10000")
        ports = {"tcp5424": free_port(), "tcp3164": free_port(), "udp5424": free_udp_port(), "udp3164": free_udp_port()}
        agent = self.agent(self.jobs(sink, "".join(self.job(
            name, f"listen_address: '127.0.0.1:{port}', listen_protocol: {name[:3]}, syslog_format: rfc{name[3:]}")
            for name, port in ports.items())))
        expected = []
        for name, port in ports.items():
            ways = [["--tcp"], ["--tcp", "--octet-count"]] if name.startswith("tcp") else [["--udp"]]
            for way in ways:
                text = " ".join([name, *way])
                subprocess.run([logger, "--server", "127.0.0.1", "--port", str(port), *way, f"--rfc{name[3:]}", "--tag", "shop",
                                "--priority", "user.err", "--", text], check=True, timeout=harness.PATIENCE)
                expected.append(text)
        wait_for("every message", lambda: len(self.records(sink)) >= len(expected))
        self.assertEqual(self.lines(sink), sorted(expected))
        for record in self.records(sink):
            self.assertEqual((record["labels"]["severity"], record["labels"]["app"]), ("error", "shop"), record)
            self.assertNotIn("broken", record["labels"])
        self.assert_balanced(agent)

    def test_rsyslog_forwards_with_counts(self):
        rsyslogd = need("rsyslogd")
        sink = self.sink("--records", "10000")
        port = free_port()
        agent = self.agent(self.jobs(sink, self.job("rsyslog", f"listen_address: '127.0.0.1:{port}'")))
        source = self.write("app.log", "")
        self.write("rsyslog.conf", f"""
global(workDirectory="{self.folder}")
module(load="imfile" mode="polling" pollingInterval="1")
input(type="imfile" file="{source}" tag="shop" severity="error" facility="user")
action(type="omfwd" target="127.0.0.1" port="{port}" protocol="tcp" TCP_Framing="octet-counted"
       template="RSYSLOG_SyslogProtocol23Format")
""")
        self.start([rsyslogd, "-n", "-f", self.folder / "rsyslog.conf", "-i", self.folder / "rsyslog.pid"], "rsyslog")
        with open(source, "a") as file:
            file.writelines(f"line {i}\n" for i in range(200))
        wait_for("every line", lambda: len([r for r in self.records(sink) if r["line"].startswith("line ")]) >= 200)
        mine = [r for r in self.records(sink) if r["labels"].get("app") == "shop"]
        self.assertEqual([r["line"] for r in mine], [f"line {i}" for i in range(200)])
        self.assertEqual(mine[0]["labels"]["severity"], "error")
        self.assertNotIn("broken", mine[0]["labels"])
        self.assert_balanced(agent)

    def certificate(self, name):
        """A self-signed certificate for 127.0.0.1 and its key."""
        cert, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        subprocess.run([need("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", str(key), "-out", str(cert), "-days", "1", "-subj", f"/CN={name}",
                        "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True, timeout=harness.PATIENCE)
        return cert, key

    def test_tls_with_client_certificates_that_are_replaced(self):
        sink = self.sink("--records", "10000")
        cert, key = self.certificate("server")
        client_cert, client_key = self.certificate("client")
        port = free_port()
        agent = self.agent(self.jobs(sink, self.job(
            "tls", f"listen_address: '127.0.0.1:{port}', "
                   f"tls_config: {{cert_file: {cert}, key_file: {key}, ca_file: {client_cert}}}")))

        def send(trusted, text, identity=(client_cert, client_key)):
            context = ssl.create_default_context(cafile=str(trusted))
            if identity:
                context.load_cert_chain(*map(str, identity))
            with context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="127.0.0.1") as stream:
                stream.sendall(rfc5424(text).encode() + b"\n")
                stream.unwrap()
        send(cert, "first")
        with contextlib.suppress(OSError):  # a client of TLS 1.3 may be gone before it hears that it was refused
            send(cert, "from a stranger", identity=None)
        wait_for("the refusal", lambda: "did not get as far as TLS" in agent.output())
        other_cert, other_key = self.certificate("another server")
        os.replace(other_key, key)
        os.replace(other_cert, cert)
        send(cert, "second")
        wait_for("both messages", lambda: len(self.records(sink)) >= 2)
        self.assertEqual(self.lines(sink), ["first", "second"])
        self.assert_balanced(agent)

    def test_what_is_lost_at_the_end_is_counted_and_what_is_read_again_is_not(self):
        port = free_port()
        (self.folder / "app.log").write_text("".join(f"of a file {i}\n" for i in range(100)))
        agent = self.agent(f"""
server: {{listen_address: '127.0.0.1:{{admin}}'}}
shutdown_timeout: 300ms
state_dir: {self.folder}/state
logs:
  clients: [{{url: 'http://127.0.0.1:{free_port()}/push', batchwait: 20ms, queue: {{max_bytes: 4KB}}}}]
  scrape_configs:
    - {{job_name: file, static_configs: [{{labels: {{__path__: {self.folder}/app.log}}}}]}}
{self.job("tcp", f"listen_address: '127.0.0.1:{port}', use_incoming_timestamp: true")}""")
        sent = 0
        with socket.create_connection(("127.0.0.1", port)) as stream:
            stream.settimeout(1)
            try:
                while sent < 100000:  # until the outbox, the stages and the source are full and the kernel's buffers too
                    stream.sendall(b"".join(rfc5424(f"message {sent + i} " + "x" * 2000).encode() + b"\n" for i in range(100)))
                    sent += 100
            except TimeoutError:
                pass
            self.assertLess(sent, 100000, "a full outbox stops the reader")
            metrics = harness.get(agent.admin + "/metrics")[1].decode()
            self.assertEqual(agent.stop(), 3)
        counted = {source: int(float(re.search(f'dunlin_records_total{{.*source="{source}".*}} (\\S+)', metrics)[1]))
                   for source in ("file", "syslog")}
        dropped = int(re.search(r"Stopped.*dropped_records=(\d+)", agent.output())[1])
        self.assertGreater(counted["file"], 0)
        # What waited before the stages was not counted as taken in until the end.
        self.assertGreater(dropped, counted["syslog"])
        self.assertLess(dropped, sent + 100)

    def test_gelf(self):
        sink = self.sink("--records", "10000")
        port = free_udp_port()
        agent = self.agent(self.jobs(sink, f"""    - job_name: gelf
      gelf: {{listen_address: '127.0.0.1:{port}', use_incoming_timestamp: true, labels: {{job: gelf}}}}
      relabel_configs:
        - {{source_labels: [__gelf_message_level], target_label: level}}
        - {{source_labels: [__gelf_message_host], target_label: host}}
"""))

        def message(text):
            return json.dumps({"version": "1.1", "host": "web", "short_message": text, "level": 3, "timestamp": time.time(),
                               "_user": "ann"}).encode()
        packed = zlib.compress(message("chunked " + os.urandom(6000).hex()), 1)
        pieces = [packed[i:i + 1000] for i in range(0, len(packed), 1000)]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for datagram in (message("plain"), gzip.compress(message("gzip")), zlib.compress(message("zlib")), b"no JSON"):
                s.sendto(datagram, ("127.0.0.1", port))
            for number in reversed(range(len(pieces))):
                s.sendto(b"\x1e\x0f" + b"MESSAGE1" + bytes([number, len(pieces)]) + pieces[number], ("127.0.0.1", port))
        wait_for("four messages", lambda: len(self.records(sink)) >= 4)
        records = self.records(sink)
        self.assertEqual([json.loads(r["line"])["short_message"][:7] for r in records], ["plain", "gzip", "zlib", "chunked"])
        self.assertEqual(list(json.loads(records[0]["line"])), ["version", "host", "short_message", "timestamp", "level", "_user"])
        self.assertEqual(records[0]["labels"], {"job": "gelf", "level": "error", "host": "web"})
        entry = next(e for (signal, _), e in self.ledger(agent).items() if signal == "logs")
        self.assertEqual(entry["dropped"], {"parse_error": 1})
        self.assert_balanced(agent)


if __name__ == "__main__":
    harness.main()
