"""A real HTTP server on this machine that answers as a test wants it to."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[[BaseHTTPRequestHandler], None]


def says(content: object) -> Reply:
    """Return a reply of OpenAI's protocol."""
    return sends(json.dumps({"choices": [{"message": {"content": content}}]}).encode())


def sends(body: bytes, status: int = 200, **headers: str) -> Reply:
    """Return a reply of some bytes."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


@contextmanager
def chat_server(reply: Reply) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve a reply; yield the address up to ``/v1``, and what was asked so far."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append({"path": self.path, "body": json.loads(body), **self.headers})
            try:
                reply(self)
            except OSError:  # who asked has gone
                self.close_connection = True

        def do_GET(self) -> None:
            asked.append({"path": self.path, **self.headers})

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
    finally:
        server.shutdown()
        server.server_close()
