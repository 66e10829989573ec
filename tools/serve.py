"""Serve the built book on this machine and open it in the browser."""

import sys
import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SITE = Path(__file__).resolve().parent.parent / "_build" / "html"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")  # the next build is seen at once
        super().end_headers()


def serve():
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=SITE)) as server:  # port 0: any that is free
        address = f"http://127.0.0.1:{server.server_port}/"
        print(f"The book is at {address}  (Control-C ends it)", flush=True)
        webbrowser.open(address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    if not (SITE / "index.html").exists():
        sys.exit("There is no built book yet: run `make book` first.")
    serve()
