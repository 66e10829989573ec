"""Python on the page: how long from the click to the answer, and how many bytes, in a real browser.

    make book PYODIDE=_build/pyodide
    python -m benchmarks.python _build/html

Chapter 5: the check of an exercise, then a figure, then an explorer; on the first visit, and on the second in the same browser.
Each visit starts Python anew.
"""

import gzip
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

from press.browser import FLAGS, find_browser
from press.running import Cells

ASKED = {"exercise": "steps = None", "figure": "product = np.linspace", "explorer": "explore.one_d(objectives.parabola()"}
CLICK = """(cell) => new Promise((done) => {
  const start = performance.now(), asked = downhill.cells[cell];
  asked.run();
  (function look() {
    downhill.session?.state === "ready" && asked.output ? done(performance.now() - start) : setTimeout(look, 5);
  })();
})"""


class Counting(SimpleHTTPRequestHandler):
    """Serves with an ETag and compresses scripts, as a web server does, and counts what it sends."""

    sent = 0
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        content = path.read_bytes() if path.is_file() else b""
        tag = f'"{path.stat().st_mtime_ns}"' if content else ""
        packed = path.suffix in (".js", ".css", ".html", ".json", ".py")
        body = gzip.compress(content, 6) if packed else content
        if same := self.headers.get("If-None-Match") == tag:
            body = b""
        self.send_response(304 if same else 200 if content else 404)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", tag)
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)
        Counting.sent += len(body)

    def log_message(self, *args):
        pass


def main(site):
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Counting, directory=site)) as server, sync_playwright() as p:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        browser = p.chromium.launch(executable_path=find_browser(), args=FLAGS)
        context = browser.new_context()
        for visit in ("first", "second", "third"):
            page = context.new_page()
            page.goto(f"{address}/chapters/05-learning-rate.html")
            page.wait_for_selector("html[data-player=ready]", state="attached")
            page.wait_for_timeout(1000)
            for name, beginning in ASKED.items():
                before = Counting.sent
                took = page.evaluate(CLICK, Cells(page).find(beginning))
                print(
                    f"{visit:6} visit, {name:8} {took / 1000:6.2f} s  {(Counting.sent - before) / 1e6:6.2f} MB", flush=True
                )
            page.close()
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
