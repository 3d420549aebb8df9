"""Stands between our node and another's server: sees each page of objects go by, and may act on it."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What belongs to one connection only, or is said anew.
OWN = {"connection", "content-length", "transfer-encoding", "date", "server"}


class Relay:
    """Passes questions on to a port of this machine; a context in which it runs. `before_page` is
    told the number of each page of objects before it is asked for, `mend` may change what came.
    """

    def __init__(self, port, before_page=None, mend=None):
        self.pages = 0
        relay = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if "/objects/?" in self.path:
                    relay.pages += 1
                    if before_page:
                        before_page(relay.pages)
                there = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                headers = {name: value for name, value in self.headers.items()
                           if name.lower() not in OWN}
                there.request("GET", self.path, headers=headers)
                answer = there.getresponse()
                body = answer.read()
                body = mend(body) if mend else body
                there.close()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in OWN:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    pass  # who asked is gone

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Old(Relay):
    """A server that speaks TAXII 2.0 only."""

    def __init__(self):
        super().__init__(0)
        kind = "application/vnd.oasis.taxii+json; version=2.0"

        def answer(handler):
            speaks = handler.path == "/taxii/" and "2.0" in handler.headers.get("Accept", "")
            body = b'{"title":"old","api_roots":[]}' if speaks else b"{}"
            handler.send_response(200 if speaks else 404)
            handler.send_header("Content-Type", kind if speaks else "application/json")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        self.server.RequestHandlerClass.do_GET = answer
