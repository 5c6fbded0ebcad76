"""An edge behind a plain HTTP server of this process, for a browser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.resolver.edge_client import EdgeClient


@contextmanager
def serving(edge: EdgeClient) -> Iterator[str]:
    """Serve *edge* in the block, and give the root of its URLs."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.replace("-", "_"): value for name, value in self.headers.items()}
            with lock:
                reply = edge.request("GET", self.path.encode("latin-1"), **headers)
            self.send_response_only(reply.status)
            for name, value in reply.raw_headers:
                self.send_header(name.decode(), value.decode())
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the browser tells what it sees."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
