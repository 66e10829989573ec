"""A folder, served on this machine."""

import gzip
import io
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")  # the next build is seen at once
        super().end_headers()


class Compressing(Quiet):
    """As public hosts serve: one connection for many files, and texts compressed."""

    protocol_version = "HTTP/1.1"
    TEXTS = (".html", ".css", ".js", ".svg", ".json")

    def send_head(self):
        path = Path(self.translate_path(self.path))
        if path.suffix not in self.TEXTS or not path.is_file():
            return super().send_head()
        body = compressed(path)
        self.send_response(200)
        for name, value in (
            ("Content-Type", self.guess_type(str(path))),
            ("Content-Encoding", "gzip"),
            ("Content-Length", str(len(body))),
        ):
            self.send_header(name, value)
        self.end_headers()
        return io.BytesIO(body)


@cache
def compressed(path):
    return gzip.compress(path.read_bytes(), 6)


def server(folder, handler=Quiet):
    """A server of `folder` on a free port, which its `server_port` says; it serves when told to, and closes after `with`."""
    return ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
