"""A Loki that answers as a test says, and remembers what it stored. Python 3 standard library only."""
import contextlib
import http.server
import re
import threading
import time


def snappy_uncompress(block):
    """The snappy block format, by its description."""
    def varint(at):
        value = shift = 0
        while True:
            byte = block[at]
            value |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
            if byte < 128:
                return value, at

    length, at = varint(0)
    out = bytearray()
    while at < len(block):
        tag = block[at]
        at += 1
        if tag & 3 == 0:
            size = (tag >> 2) + 1
            if size > 60:
                extra = size - 60
                size = int.from_bytes(block[at:at + extra], "little") + 1
                at += extra
            out += block[at:at + size]
            at += size
            continue
        if tag & 3 == 1:
            size, offset, at = ((tag >> 2) & 7) + 4, (tag >> 5) << 8 | block[at], at + 1
        else:
            width = 2 if tag & 3 == 2 else 4
            size, offset, at = (tag >> 2) + 1, int.from_bytes(block[at:at + width], "little"), at + width
        while size > 0:
            piece = out[len(out) - offset:len(out) - offset + min(size, offset)]
            out += piece
            size -= len(piece)
    assert len(out) == length, (len(out), length)
    return bytes(out)


def fields(message):
    """(number, value) of each field; bytes for those with a length."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            value |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            assert key & 7 == 2, key
            size = varint()
            yield key >> 3, message[at:at + size]
            at += size


class Entry:
    def __init__(self, labels, message):
        self.labels, self.seconds, self.nanos, self.line = labels, 0, 0, ""
        for number, value in fields(message):
            if number == 1:
                for part, count in fields(value):
                    self.seconds, self.nanos = (count, self.nanos) if part == 1 else (self.seconds, count)
            elif number == 2:
                self.line = value.decode(errors="replace")

    def go_time(self):
        text = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(self.seconds))
        return text + (f".{self.nanos:09d}".rstrip("0") if self.nanos else "") + " +0000 UTC"


def entries_of(body):
    out = []
    for _, stream in fields(snappy_uncompress(body)):
        labels = ""
        for number, value in fields(stream):
            if number == 1:
                labels = value.decode()
            else:
                out.append(Entry(labels, value))
    return out


class Loki(contextlib.AbstractContextManager):
    """answer(tenant, entries) gives (status, text, headers, entries that were stored); who is not `admitted`, by the
    Authorization header, gets 401."""

    def __init__(self, answer=None, admitted=lambda authorization: True):
        self.answer = answer or (lambda tenant, entries: (204, "", {}, entries))
        self.lock = threading.Lock()
        self.stored = []  # (tenant, line, when)
        self.requests = []  # (tenant, number of entries, status)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                tenant = self.headers.get("X-Scope-OrgID", "")
                entries = entries_of(body)
                with outer.lock:
                    if admitted(self.headers.get("Authorization")):
                        status, text, headers, stored = outer.answer(tenant, entries)
                    else:
                        status, text, headers, stored = 401, "who are you?", {}, []
                    outer.requests.append((tenant, len(entries), status))
                    outer.stored += [(tenant, entry.line, time.time()) for entry in stored]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/loki/api/v1/push"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def lines(self, tenant=None):
        with self.lock:
            return [line for of, line, _ in self.stored if tenant in (None, of)]

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def ignore(pattern, reason):
    """Stores what it can, and says what it ignored, stream by stream, as Loki's ingesters do."""
    def answer(_, entries):
        bad = [entry for entry in entries if re.search(pattern, entry.line)]
        if not bad:
            return 204, "", {}, entries
        text = ""
        for labels in sorted({entry.labels for entry in bad}):
            of_stream = [entry for entry in bad if entry.labels == labels]
            for entry in of_stream[:10]:
                text += f"entry with timestamp {entry.go_time()} ignored, reason: '{reason}',\n"
            total = sum(entry.labels == labels for entry in entries)
            text += f"user 'fake', total ignored: {len(of_stream)} out of {total} for stream: {labels}"
        return 400, text, {}, [entry for entry in entries if entry not in bad]
    return answer


def refuse(pattern, words):
    """Stores nothing of a request with such a line in it."""
    def answer(_, entries):
        bad = any(re.search(pattern, entry.line) for entry in entries)
        return (400, words, {}, []) if bad else (204, "", {}, entries)
    return answer
