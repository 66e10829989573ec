"""A real Chrome or Chromium, and the built site on localhost."""

import os
import threading
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from gdlib.explore.script import joined
from press import ROOT
from press.browser import FLAGS, MISSING, find_browser
from press.running import with_python
from press.server import server
from press.stage import AWAKE, page_of

SCRIPT = joined("still.js")  # all that the explorers compute; nothing of it needs a page
# a reader who has asked for it once: what follows a prediction is in view on every page
NOTHING_HIDDEN = "try { localStorage['downhill-predictions'] ??= 'open' } catch {}"
# a frame is drawn as soon as it is asked for, and what waits for a pause waits a tenth of it
HURRIED = """
  window.requestAnimationFrame = (draw) => scheduler.postTask(() => draw(performance.now()));
  const later = setTimeout;
  window.setTimeout = (act, pause) => later(act, pause / 10);
"""
# and then two frames, for what a click changes is drawn in the next
NO_GUESS = """(() => {
  for (const skip of document.querySelectorAll(".gd-predict button:last-of-type")) skip.click();
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
})()"""


@pytest.fixture(scope="session")
def launch():
    """Start a browser, with windows or without; each is started once."""
    with sync_playwright() as p, ExitStack() as browsers:

        @cache
        def start(path):
            chrome = p.chromium.launch(executable_path=path, args=FLAGS)
            browsers.callback(chrome.close)
            return chrome

        yield lambda **kind: start(find_browser(**kind) or pytest.skip(MISSING))


@pytest.fixture(scope="session")
def browser(launch):
    return launch(windowless=True)


@contextmanager
def computing(browser, text):
    """A page with a script and nothing else."""
    page = browser.new_page()
    page.add_script_tag(content=text)
    yield page
    page.close()


@pytest.fixture(scope="module")
def script(browser):
    """What the explorers compute, to be asked."""
    with computing(browser, SCRIPT) as page:
        yield page


@pytest.fixture
def mistaken(browser, right, wrong):
    """The same with a mistake planted: `wrong` stands where `right` stood."""
    assert right in SCRIPT
    with computing(browser, SCRIPT.replace(right, wrong)) as page:
        yield page


@pytest.fixture(scope="session")
def address(site):
    """The built site's address on localhost."""
    with served(server(site)) as address:
        yield address


@pytest.fixture(scope="session")
def official():
    """The folder with Pyodide's files."""
    folder = Path(os.environ.get("DOWNHILL_PYODIDE", ROOT / "_build" / "pyodide"))
    if not (folder / "pyodide.js").exists():
        pytest.skip(
            "no Pyodide here: `make pyodide` fetches it, or the variable DOWNHILL_PYODIDE names a folder that has it"
        )
    return folder


@pytest.fixture(scope="session")
def running(site, official, tmp_path_factory):
    """The address of the site with Python in it: below another, as a project's page is."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = with_python(site, official, shared)
    with served(server(folder.parent)) as address:
        yield f"{address}/{folder.name}"


@contextmanager
def served(serving):
    """The address of a server that serves meanwhile."""
    with serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


@contextmanager
def opened(browser, url, predictions=True, asleep=False, **options):
    """A page of its own at this address, which must log no error and ask no other host.

    What follows a prediction is in view, and a run that is to be guessed is shown, unless ``predictions=False``: then they
    wait for a choice. All explorers are alive, unless ``asleep=True``: then those near the window. ``page.errors`` and
    ``page.elsewhere`` are checked in the end.
    """
    with browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options}) as context:
        if predictions:
            context.add_init_script(NOTHING_HIDDEN)
        page = context.new_page()
        page.errors, page.elsewhere = [], []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda m: page.errors.append(m.text) if m.type == "error" else None)
        page.on("request", lambda request: _note_elsewhere(page, url, request.url))
        page.goto(url)
        if options.get("java_script_enabled", True):
            page.wait_for_selector("html[data-player=ready]", state="attached")
            if not asleep:
                page.evaluate(AWAKE)
        if predictions and options.get("java_script_enabled", True):
            page.evaluate(NO_GUESS)
        yield page
        assert page.errors == []
        assert page.elsewhere == []


@pytest.fixture
def visit(browser):
    """Open an address in a page of its own (`opened`), until the test ends."""
    with ExitStack() as pages:
        yield lambda url, **options: pages.enter_context(opened(browser, url, **options))


def _note_elsewhere(page, url, asked):
    home = url.split("/")[2]
    if asked.split(":")[0] not in ("data", "blob") and asked.split("/")[2] != home:
        page.elsewhere.append(asked)


@contextmanager
def shown(browser, *pictures, fragment="", before="", **options):
    """Explorers on a page of their own, with the player, as the book does; the page must log no error."""
    html = page_of(*pictures, before=before)
    page = browser.new_page(**{"viewport": {"width": 900, "height": 1000}, **options})
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.route("http://book.test/", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    page.goto("http://book.test/" + fragment)
    page.wait_for_selector("html[data-player=ready]", state="attached")
    page.evaluate(AWAKE)
    yield page
    assert page.errors == []
    page.close()


@pytest.fixture
def show(browser):
    """Put explorers on a page of their own (`shown`), until the test ends."""
    with ExitStack() as pages:
        yield lambda *pictures, **options: pages.enter_context(shown(browser, *pictures, **options))
