"""A Docker Engine as far as its API is asked here: containers, networks, and logs that are followed. Standard library only.

It answers on a unix socket as the engine does: chunked, each line as a frame of its own (or raw, where the container has a
terminal), long lines in parts of 16 KiB, `since` with nanoseconds, and the end of a log when its container stops."""
import contextlib
import http.server
import json
import os
import re
import socketserver
import struct
import threading
import time
import urllib.parse

PART = 16 << 10


class Container:
    def __init__(self, engine, id_, name, tty=False, labels=None):
        self.engine, self.id, self.name, self.tty, self.labels = engine, id_, name, tty, labels or {}
        self.running, self.rows = True, []  # (ns, output, text)

    def write(self, text, output=1):
        with self.engine.changed:
            last = self.rows[-1][0] if self.rows else 0
            self.rows.append((max(time.time_ns(), last + 1), output, text))
            self.engine.changed.notify_all()

    def set_running(self, running):
        with self.engine.changed:
            self.running = running
            self.engine.changed.notify_all()

    def listed(self):
        return {"Id": self.id, "Names": ["/" + self.name], "Image": "shop:1", "ImageID": "sha256:1", "Labels": self.labels,
                "State": "running", "Ports": [{"PrivatePort": 80, "Type": "tcp"}, {"PrivatePort": 81, "Type": "tcp"}],
                "HostConfig": {"NetworkMode": "bridge"},
                "NetworkSettings": {"Networks": {"bridge": {"NetworkID": "n1", "IPAddress": "172.17.0.2"}}}}

    def encode(self, row):
        ns, output, text = row
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // 10**9)) + f".{ns % 10**9:09d}Z "
        data = text.encode()
        if self.tty:
            return (stamp + text + "\r\n").encode()
        parts = [data[i:i + PART] for i in range(0, len(data), PART)] or [b""]
        parts[-1] += b"\n"
        frames = [stamp.encode() + part for part in parts]
        return b"".join(struct.pack(">BxxxI", output, len(frame)) + frame for frame in frames)


class Engine(contextlib.AbstractContextManager):
    def __init__(self, path):
        self.path, self.containers, self.requests = str(path), {}, []
        self.changed = threading.Condition()
        self.server, self.sockets = None, set()
        self.start()

    def run(self, id_, name, **more):
        container = self.containers[id_] = Container(self, id_, name, **more)
        return container

    def remove(self, id_):
        self.containers.pop(id_).set_running(False)

    def start(self):
        engine = self
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                engine.sockets.add(self.connection)

            def finish(self):
                engine.sockets.discard(self.connection)
                with contextlib.suppress(OSError):
                    super().finish()

            def do_GET(self):
                engine.requests.append(self.path)
                url = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(url.query))
                if url.path == "/containers/json":
                    wanted = json.loads(query.get("filters", "{}")).get("name", [""])
                    return self.answer(200, [c.listed() for c in list(engine.containers.values())
                                             if c.running and any(name in c.name for name in wanted)])
                if url.path == "/networks":
                    return self.answer(200, [{"Id": "n1", "Name": "bridge", "Scope": "local", "Internal": False,
                                              "Ingress": False, "Labels": {}}])
                match = re.fullmatch(r"/containers/(\w+)/(json|logs)", url.path)
                container = engine.containers.get(match.group(1)) if match else None
                if container is None:
                    return self.answer(404, {"message": "No such container"})
                if match.group(2) == "json":
                    return self.answer(200, {"Id": container.id, "Config": {"Tty": container.tty}})
                self.follow(container, query)

            def follow(self, container, query):
                assert (query["follow"], query["stdout"], query["stderr"], query["timestamps"]) == ("1",) * 4, query
                seconds, _, fraction = query["since"].partition(".")
                since = int(seconds) * 10**9 + int(fraction.ljust(9, "0") or 0)
                self.send_response(200)
                self.send_header("Content-Type", "application/octet-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                at = 0
                while True:
                    with engine.changed:
                        while at == len(container.rows) and container.running:
                            engine.changed.wait(0.5)
                        rows, ended = container.rows[at:], not container.running
                        at += len(rows)
                    for row in rows:
                        if row[0] >= since:
                            data = container.encode(row)
                            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
                    self.wfile.flush()
                    if ended and at == len(container.rows):
                        self.wfile.write(b"0\r\n\r\n")
                        return

            def answer(self, status, content):
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def address_string(self):
                return "unix"

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # the connection is gone

        self.server = Server(self.path, Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def die(self):
        """As a daemon that is killed: connections end in the middle."""
        self.server.shutdown()
        self.server.server_close()
        for connection in list(self.sockets):
            with contextlib.suppress(OSError):
                connection.shutdown(2)

    def __exit__(self, *_):
        self.die()
