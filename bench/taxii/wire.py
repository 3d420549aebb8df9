"""One HTTP/1.1 connection over a plain socket that is kept: as little client as can be, so that
the times are the server's. Servers that close after each answer are met again.
"""

import json
import socket
import time
from urllib.parse import urlencode

MEDIA_TYPE = "application/taxii+json;version=2.1"


class Answer:
    """Status, headers by lower-case name, body, seconds from the first byte sent to the last read."""

    def __init__(self, status, headers, body, seconds):
        self.status, self.headers, self.body, self.seconds = status, headers, body, seconds

    def json(self):
        """The body read as JSON."""
        return json.loads(self.body)


class Wire:
    """A connection to one server with its headers."""

    def __init__(self, port, authorization, host="127.0.0.1"):
        self.place = (host, port)
        self.head = f"Host: {host}:{port}\r\nAccept: {MEDIA_TYPE}\r\nAuthorization: {authorization}\r\n"
        self.socket = None
        self.rest = b""

    def get(self, target, **query):
        """GET of a path with a query."""
        if query:
            target += "?" + urlencode(query)
        return self.ask(f"GET {target} HTTP/1.1\r\n{self.head}\r\n".encode())

    def post(self, target, body):
        """POST of an envelope."""
        head = (f"POST {target} HTTP/1.1\r\n{self.head}Content-Type: {MEDIA_TYPE}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n")
        return self.ask(head.encode() + body)

    def ask(self, request):
        """Sends bytes, reads one answer."""
        kept = self.socket is not None
        if not kept:
            self.connect()
        started = time.perf_counter()
        try:
            self.socket.sendall(request)
            status, headers, body = self.answer()
        except (ConnectionError, EOFError):
            # The server closed a connection that was kept: nothing of this request was answered.
            if not kept:
                raise
            self.connect()
            started = time.perf_counter()
            self.socket.sendall(request)
            status, headers, body = self.answer()
        seconds = time.perf_counter() - started
        if headers.get("connection", "").lower() == "close":
            self.socket.close()
            self.socket = None
        return Answer(status, headers, body, seconds)

    def connect(self):
        """A new connection."""
        self.socket = socket.create_connection(self.place, timeout=1800)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def more(self):
        """The next bytes that come."""
        found = self.socket.recv(1 << 18)
        if not found:
            raise EOFError("the server closed the connection")
        return found

    def answer(self):
        """Status, headers and body."""
        data = self.rest
        while b"\r\n\r\n" not in data:
            data += self.more()
        head, data = data.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body, self.rest = self.chunks(data)
        elif "content-length" in headers:
            body, self.rest = self.exactly(data, int(headers["content-length"]))
        else:
            body, self.rest = self.until_closed(data), b""
            headers["connection"] = "close"
        return int(first.split()[1]), headers, body

    def exactly(self, data, length):
        """So many bytes, and what came after them."""
        parts, have = [data], len(data)
        while have < length:
            parts.append(self.more())
            have += len(parts[-1])
        data = b"".join(parts)
        return data[:length], data[length:]

    def until_closed(self, data):
        """All that comes."""
        parts = [data]
        while found := self.socket.recv(1 << 18):
            parts.append(found)
        return b"".join(parts)

    def chunks(self, data):
        """A body in chunks, and what came after it."""
        parts = []
        while True:
            while b"\r\n" not in data:
                data += self.more()
            size, data = data.split(b"\r\n", 1)
            length = int(size.split(b";")[0], 16)
            part, data = self.exactly(data, length + 2)
            if length == 0:
                return b"".join(parts), data
            parts.append(part[:-2])
