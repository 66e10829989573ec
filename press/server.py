"""A folder, served on this machine."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")  # the next build is seen at once
        super().end_headers()


def server(folder):
    """A server of `folder` on a free port, which its `server_port` says; it serves when told to, and closes after `with`."""
    return ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
