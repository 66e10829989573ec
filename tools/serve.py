"""Serve the built book on this machine and open it in the browser."""

import sys
import webbrowser

from press import ROOT
from press.server import server

SITE = ROOT / "_build" / "html"


def serve():
    with server(SITE) as serving:
        address = f"http://127.0.0.1:{serving.server_port}/"
        print(f"The book is at {address}  (Control-C ends it)", flush=True)
        webbrowser.open(address)
        try:
            serving.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    if not (SITE / "index.html").exists():
        sys.exit("There is no built book yet: run `make book` first.")
    serve()
