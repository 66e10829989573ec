"""A page of the book on which Python runs: what the tests of it ask of both browsers."""

import shutil
import subprocess
import sys

from filelock import FileLock

from press import ROOT

MINUTES = 120_000  # milliseconds: Python starts in seconds, but the machine may be shared
ANSWERED = "downhill.session && (downhill.session.state === 'ready' || (downhill.session.began && !downhill.session.state))"
PRINTED = """[...(downhill.cells[{}].output?.box.children ?? [])]
  .filter((part) => !part.matches('.dh-explorer, figure')).map((part) => part.textContent).join('')"""


def with_python(site, folder, shared):
    """A copy of the built site that has Python in it, from Pyodide's files in `folder`; made once for all tests."""
    if (site / "_static" / "python").exists():
        return site
    copy, parts = shared / "site-with-python", shared / "python"
    with FileLock(shared / "python.lock"):
        if not copy.exists():
            subprocess.run([sys.executable, ROOT / "tools" / "pyodide.py", "prepare", folder, "--into", parts], check=True)
            shutil.copytree(site, shared / "half")
            write = "import run, sys, pathlib; run.write_parts(pathlib.Path(sys.argv[1]), sys.argv[2])"
            arguments = [shared / "half" / "_static", parts]
            subprocess.run([sys.executable, "-c", write, *arguments], check=True, cwd=ROOT / "_ext")
            (shared / "half").rename(copy)
    return copy


class Cells:
    """The code cells of a page in Chromium, by number."""

    def __init__(self, page):
        self.page = page

    def find(self, beginning):
        """The number of the first cell whose code begins so."""
        return self.page.evaluate("(words) => downhill.cells.findIndex((cell) => cell.source.startsWith(words))", beginning)

    def box(self, cell):
        """The cell's element, with its code in sight."""
        box = self.page.evaluate_handle(f"downhill.cells[{cell}].box").as_element()
        if folded := box.query_selector("details.above-input:not([open]) > summary"):
            folded.click()
        return box

    def write(self, cell, text):
        box = self.box(cell)
        if area := box.query_selector(".dh-editor textarea"):
            area.fill(text)
            return
        box.query_selector(".dh-tools button:nth-child(2)").click()
        box.wait_for_selector(".dh-editor textarea").fill(text)

    def run(self, cell):
        """Press the cell's button, wait for what comes of it, and give the text of its output."""
        self.box(cell).query_selector(".dh-tools button").click()
        return self.wait(cell)

    def wait(self, cell):
        self.page.wait_for_function(f"() => {ANSWERED}", timeout=MINUTES)
        return self.printed(cell)

    def printed(self, cell):
        return self.page.evaluate(PRINTED.format(cell)).strip()

    def said(self, cell):
        return self.box(cell).query_selector(".dh-state").inner_text()

    @property
    def bar(self):
        return self.page.locator(".dh-python [role=status]").inner_text()
