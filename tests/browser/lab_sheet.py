"""Every notebook as JupyterLab shows it, from top to bottom, a picture for each.

python -m tests.browser.lab_sheet FOLDER [NAME.ipynb …]
"""

import io
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import sync_playwright

from press.browser import FLAGS, find_browser
from press.lab import jupyterlab, open_notebook
from tests.browser.test_read_in_jupyterlab import CHAPTERS, NOTEBOOKS, texts

SIZE = {"width": 1100, "height": 2800}
PANEL = ".jp-NotebookPanel .jp-WindowedPanel-outer"


def columns(page):
    """The open notebook in pieces of a page's height."""
    panel = page.locator(PANEL).first
    height, step = panel.evaluate("panel => [panel.scrollHeight, panel.clientHeight]")
    for top in range(0, height, step):
        panel.evaluate("(panel, top) => panel.scrollTo(0, top)", top)
        page.wait_for_timeout(300)
        yield Image.open(io.BytesIO(panel.screenshot())).convert("RGB")


def side_by_side(images):
    sheet = Image.new("RGB", (sum(image.width for image in images), max(image.height for image in images)), "white")
    for place, image in enumerate(images):
        sheet.paste(image, (sum(earlier.width for earlier in images[:place]), 0))
    return sheet


def main(folder, *names):
    with TemporaryDirectory() as home, sync_playwright() as p:
        shutil.copytree(CHAPTERS, home, dirs_exist_ok=True)
        with jupyterlab(Path(home)) as address:
            page = p.chromium.launch(executable_path=find_browser(), args=FLAGS).new_page(viewport=SIZE)
            page.set_default_timeout(240_000)
            page.goto(address("index.ipynb"))
            page.wait_for_selector(".jp-NotebookPanel")
            page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
            for name in names or NOTEBOOKS:
                open_notebook(page, name, texts(name))
                side_by_side(list(columns(page))).save(Path(folder, f"{Path(name).stem}.png"))
                print(name, flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
