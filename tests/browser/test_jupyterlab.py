"""The same notebook in a real JupyterLab: its stills, its sliders, and the kernel that hears of them."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.browser

CHAPTERS = Path(__file__).parents[2] / "chapters"
NOTEBOOK = "index.ipynb"
ASK = "print('the kernel reads', format(_.eta, '.6g'), format(_.w0, '.6g'), _.run.n_iter)"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab of its own on a copy of the notebook, with one more cell that asks the kernel."""
    home = tmp_path_factory.mktemp("lab")
    notebook = nbformat.read(CHAPTERS / NOTEBOOK, as_version=4)
    shown = next(i for i, cell in enumerate(notebook.cells) if "one_d" in cell.source)
    notebook.cells.insert(shown + 1, nbformat.v4.new_code_cell(ASK))
    nbformat.write(notebook, home / NOTEBOOK)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    options = f"--no-browser --allow-root --ip=127.0.0.1 --port={port} --LabApp.news_url= --IdentityProvider.token=t"
    environment = {**os.environ, **{f"JUPYTER_{k}_DIR": str(home / k) for k in ("CONFIG", "DATA", "RUNTIME")}}
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options.split(), f"--ServerApp.root_dir={home}"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(f"http://127.0.0.1:{port}/api?token=t", server)
        yield f"http://127.0.0.1:{port}/lab/tree/{NOTEBOOK}?token=t"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(url, server):
    for _ in range(600):
        assert server.poll() is None, "JupyterLab ended before it answered"
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail("JupyterLab did not answer within a minute")


def test_the_notebook_is_alive_in_jupyterlab(browser, lab):
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(120_000)
    page.goto(lab)
    page.wait_for_selector(".jp-Notebook .jp-OutputArea-output")
    # opened, not run, not trusted: the still is shown
    assert page.locator(".jp-OutputArea-output img").first.is_visible()

    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).first.click()
    text = page.locator(".gd-text").first
    text.wait_for()
    page.get_by_text("the kernel reads 0.125 1.7").wait_for()
    assert text.inner_text().startswith("η = 0.125 from w₀ = 1.7: ")

    # eight notches of a sixteenth: eta grows by the square root of two
    handles = page.locator(".noUi-handle")
    handles.nth(0).focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.gd-text').textContent.startsWith('η = 0.177 from')")

    box = handles.nth(1).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 150, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    page.wait_for_function("() => !document.querySelector('.gd-text').textContent.includes('w₀ = 1.7:')")

    # the cell below, run again, tells what the picture shows (once the kernel has heard of the last move)
    page.locator(".jp-CodeCell", has_text="the kernel reads").last.locator(".cm-content").click()
    for _ in range(20):
        page.keyboard.press("Control+Enter")
        page.wait_for_timeout(500)
        told = page.locator(".jp-OutputArea-output", has_text="the kernel reads").last.inner_text().split()
        seen = text.inner_text()
        start = float(seen.split("₀ = ")[1].split(":")[0])
        if abs(float(told[4]) - start) < 0.006 and f"after {told[5]} steps" in seen:
            break
    else:
        pytest.fail(f"the picture says {seen!r}, the kernel {' '.join(told)!r}")
    assert told[3] == "0.176777"
    page.close()
