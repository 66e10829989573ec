"""The explorers in Firefox, driven over WebDriver BiDi, which Firefox speaks by itself."""

import base64
import http.server
import json
import os
import queue
import re
import shutil
import subprocess
import threading
import time

import pytest
import websocket
from axe_playwright_python.base import AXE_SCRIPT

from gdlib import explore
from press.running import MINUTES
from press.stage import AWAKE, page_of
from tests.browser.audit import serious
from tests.browser.conftest import NO_GUESS
from tests.browser.stage import MAKERS, bowl, line, well
from tests.browser.test_site import SETTLED, WITH_EXPLORERS

pytestmark = pytest.mark.browser

PLACES = ("firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox")
SENTENCES = '[...document.querySelectorAll(".gd-text p")].map((p) => p.textContent).join("\\n")'
UNFINISHED = "Invalid markup: Incorrect number of children"  # said of a formula whose end has not been read yet
LEFT, RIGHT = "\ue012", "\ue014"  # WebDriver's names for keys
TAB, ENTER, SHIFT, CONTROL = "\ue004", "\ue007", "\ue008", "\ue009"
CHAPTER = "chapters/05-learning-rate.html"


class Firefox:
    """One page of one Firefox: go somewhere, evaluate, move the pointer, press keys, print."""

    def __init__(self, path, profile):
        options = ["--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", str(profile)]
        self.process = subprocess.Popen([path, *options], stderr=subprocess.PIPE, text=True)
        said = queue.Queue()
        threading.Thread(target=lambda: [said.put(text) for text in self.process.stderr], daemon=True).start()
        while not (address := re.search(r"ws://\S+", said.get(timeout=60))):
            pass
        self.socket = websocket.create_connection(f"{address[0]}/session", suppress_origin=True, timeout=60)
        self.asked, self.errors = 0, []
        self.send("session.new", capabilities={})
        self.context = self.send("browsingContext.getTree")["contexts"][0]["context"]
        self.send("session.subscribe", events=["log.entryAdded"])

    def send(self, method, **params):
        self.asked += 1
        self.socket.send(json.dumps({"id": self.asked, "method": method, "params": params}))
        while (answer := json.loads(self.socket.recv())).get("id") != self.asked:
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                self.errors += [text for text in [answer["params"]["text"]] if not text.startswith(UNFINISHED)]
        assert answer["type"] == "success", answer
        return answer["result"]

    def goto(self, url):
        self.send("browsingContext.navigate", context=self.context, url=url, wait="complete")
        here = f"location.href.split('#')[0] === {json.dumps(url.split('#')[0])}"  # not the page before
        # asked again and again: what is promised in a document that is then replaced never comes
        while not self.evaluate(f"{here} && document.documentElement?.dataset.player === 'ready'"):
            time.sleep(0.02)
        self.evaluate(f"({AWAKE})()")

    def resize(self, width, height):
        self.send("browsingContext.setViewport", context=self.context, viewport={"width": width, "height": height})

    def evaluate(self, expression):
        """The value of an expression, awaited if it is a promise."""
        text = f"(async () => JSON.stringify(await ({expression})))()"
        target = {"context": self.context}
        result = self.send("script.evaluate", expression=text, target=target, awaitPromise=True)
        assert result["type"] == "success", result
        return json.loads(result["result"].get("value", "null"))

    def settle(self):
        self.evaluate(f"({SETTLED})()")

    def act(self, kind, actions, **parameters):
        source = {"type": kind, "id": kind, "actions": actions, **({"parameters": parameters} if parameters else {})}
        self.send("input.performActions", context=self.context, actions=[source])
        self.settle()

    def press(self, key, times=1):
        one = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.act("key", one * times)

    def press_with(self, held, key):
        down, up = ({"type": kind, "value": held} for kind in ("keyDown", "keyUp"))
        self.act("key", [down, {"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}, up])

    def axe(self):
        """What axe finds on the page."""
        self.send("script.evaluate", expression=AXE_SCRIPT, target={"context": self.context}, awaitPromise=False)
        return self.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]

    def drag(self, start, end, pointer="mouse"):
        (x, y), (u, v) = start, end
        middle = {"type": "pointerMove", "x": round((x + u) / 2), "y": round((y + v) / 2), "duration": 50}
        self.act(
            "pointer",
            [
                {"type": "pointerMove", "x": round(x), "y": round(y)},
                {"type": "pointerDown", "button": 0},
                middle,
                {"type": "pointerMove", "x": round(u), "y": round(v), "duration": 50},
                {"type": "pointerUp", "button": 0},
            ],
            pointerType=pointer,
        )

    def centre(self, selector):
        return self.evaluate(
            f"(() => {{ const node = document.querySelector({json.dumps(selector)}); node.scrollIntoView({{ block: 'center' }});"
            " const box = node.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait(timeout=30)


@pytest.fixture(scope="module")
def driven(tmp_path_factory):
    path = next((found for found in (os.environ.get("FIREFOX"), *map(shutil.which, PLACES)) if found), None)
    if path is None:
        pytest.skip("no Firefox found: install one, or name it in the variable FIREFOX")
    firefox = Firefox(path, tmp_path_factory.mktemp("profile"))
    yield firefox
    firefox.close()


@pytest.fixture
def firefox(driven):
    driven.errors.clear()
    driven.resize(900, 1000)
    yield driven
    assert driven.errors == []


@pytest.fixture(scope="module")
def serve():
    """Explorers under an address of this machine."""
    pages = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            page = pages.get(self.path, "").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *args):
            pass

    def address(*pictures):
        path = f"/{len(pages)}"
        pages[path] = page_of(*pictures)
        return f"http://127.0.0.1:{server.server_port}{path}"

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield address
        server.shutdown()


@pytest.mark.parametrize("make", MAKERS)
def test_firefox_says_what_python_says_and_keys_move_it(firefox, serve, make):
    picture = make()
    firefox.goto(serve(picture))
    firefox.settle()
    assert firefox.evaluate(SENTENCES) == repr(picture)
    for k in range(len(picture._sliders)):
        before = firefox.evaluate("document.querySelector('.gd').innerHTML")
        firefox.evaluate(f"(document.querySelectorAll('input[type=range]')[{k}].focus(), true)")
        lowest = firefox.evaluate("document.activeElement.value === document.activeElement.min")
        firefox.press(RIGHT if lowest else LEFT)
        assert firefox.evaluate("document.querySelector('.gd').innerHTML") != before, f"slider {k}"


@pytest.mark.parametrize("pointer", ["mouse", "touch"])
def test_the_start_is_dragged(firefox, serve, pointer):
    picture = bowl()
    firefox.goto(serve(picture))
    x, y = firefox.centre(".gd-handle")
    firefox.drag((x, y), (x - 80, y - 40), pointer)
    assert firefox.centre(".gd-handle") == pytest.approx([x - 80, y - 40], abs=2)
    # and the sentence is that of the start the sliders show now
    for name in ("x0", "y0"):
        told = f"[...document.querySelectorAll('.dh-slider')].find((row) => row.textContent.includes('{name[0]}₀'))"
        picture.set(**{name: float(firefox.evaluate(f"{told}.querySelector('[type=range]').value"))})
    assert firefox.evaluate(SENTENCES) == repr(picture)


def test_a_point_is_dragged(firefox, serve):
    firefox.goto(serve(line()))
    before = firefox.evaluate(SENTENCES)
    x, y = firefox.centre("[aria-label='point 3']")
    firefox.drag((x, y), (x, y - 40))
    assert firefox.evaluate(SENTENCES) != before


def test_the_link_gives_the_picture_back(firefox, serve):
    firefox.goto(serve(well(), bowl()))
    firefox.evaluate("(document.querySelector('input[type=range]').focus(), true)")
    firefox.press(LEFT, 5)
    fragment = firefox.evaluate(
        "new Promise((done) => (function look() { location.hash ? done(location.hash) : setTimeout(look, 50) })())"
    )
    said = firefox.evaluate(SENTENCES)
    firefox.goto(serve(well(), bowl()) + fragment)
    firefox.settle()
    assert firefox.evaluate(SENTENCES) == said


@pytest.mark.parametrize("make", MAKERS)
def test_on_a_phone_and_on_paper(firefox, serve, make):
    firefox.goto(serve(make()))
    firefox.resize(390, 844)
    firefox.settle()
    assert firefox.evaluate("document.scrollingElement.scrollWidth") <= 390
    paper = base64.b64decode(firefox.send("browsingContext.print", context=firefox.context)["data"])
    assert paper.startswith(b"%PDF") and len(paper) > 5_000


@pytest.fixture(scope="module")
def all_in_view(driven, address):
    """The book's address, where a reader has asked that nothing be hidden."""
    driven.goto(f"{address}/chapters/notation.html")
    driven.evaluate("localStorage['downhill-predictions'] = 'open'")
    return address


@pytest.mark.parametrize("name", WITH_EXPLORERS)
def test_every_explorer_of_the_book_is_alive(firefox, all_in_view, name):
    firefox.goto(f"{all_in_view}/chapters/{name}.html")
    firefox.evaluate(NO_GUESS)
    firefox.settle()
    places, alive = firefox.evaluate(
        "[document.querySelectorAll('.dh-explorer').length, document.querySelectorAll('.dh-alive .gd-way').length > 0 &&"
        " document.querySelectorAll('.dh-alive').length]"
    )
    assert places == alive > 0
    said = firefox.evaluate("[...document.querySelectorAll('.dh-explorer img')].map((img) => img.alt).join(' ')")
    assert firefox.evaluate(SENTENCES).replace("\n", " ") == said


# --- Python on the page

CELLS = """(async () => {
  const { cells } = downhill, find = (words) => cells.find((cell) => cell.source.startsWith(words));
  const rest = (look) => new Promise((done) => (function wait() { look() ? done(true) : setTimeout(wait, 20) })());
  const ready = () => rest(() => downhill.session?.state === "ready");
  const write = async (cell, text) => { cell.text = text; await cell.edit(); cell.area.value = text; cell.take(text); };
  const answer = async (words, text) => {
    const cell = find(words);
    await write(cell, text);
    await cell.run();
    await ready();
    return (cell.check ?? cell).output.box.textContent;
  };
  %s
})()"""
ANSWERS = [
    ("converges = None", "converges = [True] * 5", "converges = [True, True, True, False, False]"),
    ("steps = None", "steps = [342, 688]", "steps = [688, 342]"),
    ("best = None", "best = [0.2, 0.8]", "best = [0.1, 0.8]"),
]
OWN = "explore.one_d(lambda w: w[0]**2, eta=0.125, w0=1.0)"


@pytest.fixture
def reader(firefox, running):
    """Chapter 5 with all of it in view; `do` runs a piece of JavaScript about its cells."""
    firefox.socket.settimeout(MINUTES / 1000)
    firefox.goto(f"{running}/{CHAPTER}")
    firefox.evaluate("localStorage['downhill-predictions'] = 'open'")
    firefox.goto(f"{running}/{CHAPTER}?again")
    firefox.do = lambda text: firefox.evaluate(CELLS % text)
    yield firefox
    firefox.evaluate("localStorage.clear()")


def test_python_runs_on_the_page(reader, running):
    for blank, wrong, right in ANSWERS:
        said = [reader.do(f"return answer({json.dumps(blank)}, {json.dumps(text)})") for text in (wrong, right)]
        assert [text.split(":")[0] for text in said] == ["Not yet", "Correct"]
    stopped = """
      const loop = find("def walk");
      await write(loop, "kept = 7\\nwhile True: pass");
      await loop.run();
      await rest(() => loop.output);
      downhill.session.stop();
      await ready();
      return [loop.output.box.textContent, await answer("def walk", "kept")];"""
    assert reader.do(stopped) == ["Stopped.", "7\n"]
    reader.do(f"""
      const explorer = "explore.one_d(objectives.parabola()";
      await answer(explorer, {json.dumps(OWN)});
      await rest(() => find(explorer).output.box.querySelector(".gd-text p"));
      find(explorer).output.box.querySelector("input[type=range]").focus();""")
    reader.press(RIGHT, 2)
    own = explore.one_d(lambda w: w[0] ** 2, eta=0.125 * 2 ** (2 / 16), w0=1.0)
    said = "[...document.querySelectorAll('.dh-output .gd-text p')].map((p) => p.textContent).join('\\n')"
    reader.do(f"return rest(() => {said} === {json.dumps(repr(own))})")
    reader.do('return answer("def walk", "half(1)")')
    assert serious(reader.axe()) == []
    reader.goto(f"{running}/{CHAPTER}?reloaded")
    kept = reader.do("return cells.filter((cell) => cell.changed).map((cell) => cell.text)")
    assert kept == ["half(1)", OWN, *(right for _, _, right in ANSWERS)]
    assert reader.evaluate("document.querySelector('.dh-count span').textContent") == "3 of 9 solved"


def test_python_on_the_page_with_the_keyboard_alone(reader):
    reader.do('find("converges = None").editButton.click()')  # Firefox without a window presses no button by a key
    reader.do('return rest(() => document.activeElement === find("converges = None").area)')
    reader.press_with(CONTROL, "a")
    for sign in "converges = [e < 0.5\nfor e in (.1, .25, .4, .5, .6)":  # the brackets close themselves
        reader.press(ENTER if sign == "\n" else sign)
    reader.press_with(SHIFT, ENTER)
    reader.do("return ready()")
    assert reader.do('return find("converges = None").check.output.box.textContent').startswith("Correct")
    reader.press(TAB)
    assert reader.evaluate("document.activeElement.textContent") == "Check"
