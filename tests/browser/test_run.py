"""Python on the page, in Chromium: cells changed and run, exercises answered, loops stopped, explorers moved.

Most tests share one page, and Python runs on from one to the next, as it does for a reader.
"""

import gzip
import json
import re
from pathlib import Path

import pytest

from gdlib import explore
from press import ROOT
from press.running import MINUTES, Cells
from tests.browser.audit import colour_violations, serious_violations
from tests.browser.conftest import NOTHING_HIDDEN, opened

pytestmark = pytest.mark.browser

CHAPTER = "chapters/05-learning-rate.html"
OWN = "explore.one_d(lambda w: w[0]**4 - w[0]**2, eta=0.125, w0=1.0)"


@pytest.fixture(scope="module")
def page(browser, running):
    with opened(browser, f"{running}/{CHAPTER}") as page:
        yield page


@pytest.fixture
def chapter(page, running):
    """The cells of chapter 5 as the book has them; `reopen` opens it, or another page, again in the same browser."""
    cells = Cells(page)

    def reopen(name=CHAPTER):
        page.goto(f"{running}/{name}")
        page.wait_for_selector("html[data-player=ready]", state="attached")

    cells.reopen = reopen
    if not page.url.endswith(CHAPTER):
        reopen()
    yield cells
    page.evaluate("""() => {
        downhill.cells.filter((cell) => cell.changed || cell.output).forEach((cell) => cell.reset());
        for (const key of Object.keys(localStorage)) if (!key.startsWith("downhill-pred")) localStorage.removeItem(key);
        downhill.judge({}, ""); // and the counts show it
    }""")
    assert page.errors == []


# --- before the first click


def test_nothing_is_fetched_before_it_is_asked_for(visit, running):
    page = visit(f"{running}/{CHAPTER}")
    fetched = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert any("/book.js" in name for name in fetched)  # has cells.js and exercises.js in it
    assert not any("/run/" in name or "/python/" in name for name in fetched)


def test_what_comes_with_every_page_is_small(site):
    run = site / "_static" / "run"
    assert sum(len(gzip.compress((run / name).read_bytes())) for name in ("cells.js", "exercises.js", "run.css")) < 7_000


def test_what_the_first_click_fetches_is_small(running, visit):
    page = visit(f"{running}/chapters/notation.html")
    manifest = page.evaluate("fetch('../_static/run/python.json').then((answer) => answer.json())")
    script = page.evaluate("fetch('../_static/python/pyodide.asm.js').then((answer) => answer.text())")
    assert not manifest["elsewhere"]
    assert manifest["bytes"] + len(gzip.compress(script.encode())) < 8_500_000


def test_on_a_slow_line_it_says_how_much_is_left(chapter):
    cell = chapter.find("steps = None")
    chapter.run(cell)
    chapter.page.evaluate("downhill.session.bar.count('this site', 2e6, 8e6, Date.now() - 10_000)")
    assert chapter.bar == "Fetching Python from this site: 2.0 MB of 8.0 MB, about 30 seconds left."
    assert chapter.page.locator(".dh-python progress").get_attribute("value") == "2000000"


# --- running


def test_a_changed_cell_is_run_after_what_it_needs_and_is_there_after_a_reload(chapter):
    cell = chapter.find("parabola = objectives")
    book = chapter.page.evaluate(f"downhill.cells[{cell}].box.querySelector('.cell_output').textContent")
    text = "parabola = objectives.parabola(curvature=3.0)\nprint(walk(parabola, parabola.grad, 1.0, 0.25, 2).path[:, 0])"
    chapter.write(cell, text)
    assert chapter.run(cell) == "[1.     0.25   0.0625]"
    assert chapter.said(cell) == "Done." and chapter.bar == "Python is ready."
    chapter.reopen()
    assert chapter.box(cell).wait_for_selector("textarea").input_value() == text
    assert chapter.run(cell) == "[1.     0.25   0.0625]"
    chapter.page.get_by_role("button", name=f"Reset code cell {cell + 1} to the book’s").click()
    shown = chapter.box(cell).query_selector(".cell_output")
    assert shown.is_visible() and shown.text_content() == book
    assert chapter.page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('downhill-code'))") == []


def test_a_figure_has_the_books_caption_and_alt_text(chapter):
    cell = chapter.find("plt.rcParams")
    book = chapter.box(cell).query_selector(".cell_output img").get_attribute("alt")
    chapter.run(cell)
    shown = chapter.box(cell).query_selector(".dh-output figure")
    assert shown.query_selector("img").get_attribute("alt") == book
    assert "three learning rates" in shown.query_selector("figcaption").inner_text()
    assert chapter.page.evaluate("(image) => image.naturalWidth", shown.query_selector("img")) > 500
    chapter.write(
        cell, "from gdlib import plots\n_ = plots.descent_1d(lambda w: w**2, np.array([[2.0], [1.0]]), window=(-3, 3))"
    )
    chapter.run(cell)
    alt = chapter.box(cell).query_selector(".dh-output img").get_attribute("alt")
    assert alt != book and alt.endswith("From 2 to 1 in 1 step.")  # gdlib.plots says what it draws


def test_an_error_is_short_and_the_whole_is_folded(chapter):
    cell = chapter.find("def walk")
    chapter.write(cell, "def half(w):\n    return w / 0\n\nhalf(1)")
    chapter.run(cell)
    error = chapter.box(cell).query_selector(".dh-error")
    assert error.query_selector(".dh-error-short").inner_text() == "ZeroDivisionError: division by zero"
    assert error.query_selector("code").inner_text() == "line 2: return w / 0"
    whole = error.query_selector("details pre").text_content()
    assert "half(1)" in whole and "site-packages" not in whole


def test_an_endless_loop_is_stopped_and_variables_stay(chapter):
    cell = chapter.find("def walk")
    chapter.write(cell, "kept = 7\nwhile True:\n    pass")
    chapter.box(cell).query_selector(".dh-tools button").click()
    chapter.page.wait_for_function("() => downhill.session?.output", timeout=MINUTES)
    chapter.page.wait_for_timeout(300)
    chapter.page.get_by_role("button", name="Stop Python").click()
    chapter.wait(cell)
    assert chapter.box(cell).query_selector(".dh-error").inner_text() == "Stopped."
    assert chapter.bar == "Python is ready."
    chapter.write(cell, "kept + 1")
    assert chapter.run(cell) == "8"


def test_what_does_not_stop_is_ended_and_start_again_is_clean(chapter):
    cell = chapter.find("def walk")
    chapter.write(cell, "import time\nkept = 7\ntime.sleep(1000)")
    chapter.box(cell).query_selector(".dh-tools button").click()
    chapter.page.wait_for_function("() => downhill.session?.output", timeout=MINUTES)
    chapter.page.get_by_role("button", name="Stop Python").click()
    chapter.page.wait_for_function("() => !downhill.session.state", timeout=MINUTES)
    assert "was ended" in chapter.bar
    chapter.write(cell, "kept = 8\nkept")
    assert chapter.run(cell) == "8"
    chapter.page.get_by_role("button", name="Start Python again").click()
    chapter.write(cell, "kept")
    chapter.run(cell)
    assert chapter.box(cell).query_selector(".dh-error-short").inner_text() == "NameError: name 'kept' is not defined"


# --- exercises

WRONG_AND_RIGHT = [
    ("converges = None", "converges = [True] * 5", "converges = [True, True, True, False, False]"),
    ("steps = None", "steps = [688, 342][::-1]", "steps = [688, 342]"),
    ("best = None", "best = [0.2, 0.8]", "best = [0.1, 0.8]"),
]


def test_exercises_are_answered_and_counted_and_carried_to_another_browser(chapter, visit, running, tmp_path):
    count = chapter.page.locator(".dh-count span").first
    assert count.inner_text() == "0 of 9 solved"
    for number, (blank, wrong, right) in enumerate(WRONG_AND_RIGHT, 1):
        cell = chapter.find(blank)
        assert chapter.run(cell) == "" and chapter.printed(cell + 1).startswith("Not answered yet")
        chapter.write(cell, wrong)
        chapter.run(cell)
        assert chapter.printed(cell + 1).startswith("Not yet")
        assert count.inner_text() == f"{number - 1} of 9 solved, 1 tried"
        chapter.write(cell, right)
        chapter.run(cell)
        assert chapter.printed(cell + 1).startswith("Correct")
        assert count.inner_text() == f"{number} of 9 solved"
    mark = chapter.page.locator("#ex-05-regimes .dh-mark")
    assert mark.inner_text() == "solved"
    with chapter.page.expect_download() as download:
        chapter.page.get_by_role("button", name="Save answers and counts to a file").click()
    download.value.save_as(tmp_path / "mine.json")
    chapter.reopen("chapters/index.html")
    assert chapter.page.locator(".dh-contents li", has_text="The learning rate").inner_text().endswith("3 of 9 solved")

    other = visit(f"{running}/{CHAPTER}")
    other.set_input_files(".dh-count input[type=file]", tmp_path / "mine.json")
    other.get_by_text("Loaded.").wait_for()
    assert other.locator(".dh-count span").first.inner_text() == "3 of 9 solved"
    other.reload()
    other.wait_for_function("() => downhill.cells.some((cell) => cell.text === 'best = [0.1, 0.8]')")
    (tmp_path / "no.json").write_text('{"other": "1"}')
    other.set_input_files(".dh-count input[type=file]", tmp_path / "no.json")
    other.get_by_text("“no.json” could not be read: there is nothing of this book in it.").wait_for()


# --- explorers


def test_an_explorer_of_the_readers_own_function_is_alive(chapter):
    cell = chapter.find("explore.one_d(objectives.parabola()")
    chapter.write(cell, OWN)
    chapter.run(cell)
    box = f"downhill.cells[{cell}].output.box"
    chapter.page.wait_for_function(f"() => {box}.querySelector('.gd-text p')")
    said = f"[...{box}.querySelectorAll('.gd-text p')].map((p) => p.textContent).join('\\n')"
    same = explore.one_d(lambda w: w[0] ** 4 - w[0] ** 2, eta=0.125, w0=1.0)
    assert chapter.page.evaluate(said) == repr(same)
    slider = chapter.box(cell).query_selector(".dh-output input[type=range]")
    slider.focus()
    for _ in range(3):
        chapter.page.keyboard.press("ArrowRight")
    same.eta = 0.125 * 2 ** (3 / 16)
    wanted = json.dumps(repr(same))
    chapter.page.wait_for_function(f"() => {said} === {wanted}", timeout=MINUTES)
    chapter.page.get_by_role("button", name="Start Python again").click()
    assert slider.is_disabled()
    assert "Run the cell again to move this." in chapter.box(cell).inner_text()


# --- with keys and ears alone, on a phone


def test_with_the_keyboard_alone(chapter):
    cell, keys = chapter.find("converges = None"), chapter.page.keyboard
    chapter.box(cell).query_selector(".dh-tools button:nth-child(2)").focus()
    keys.press("Enter")
    chapter.box(cell).wait_for_selector("textarea:focus")
    keys.press("Control+a")
    keys.type("converges = [e < 0.5\nfor e in (.1, .25, .4, .5, .6)")  # the bracket closes itself
    keys.press("Shift+Enter")
    assert "Correct" in chapter.wait(cell + 1)
    keys.press("Tab")
    assert chapter.page.evaluate("document.activeElement.textContent") == "Check"
    keys.press("Shift+Tab")
    keys.press("Control+z")
    assert chapter.page.evaluate("document.activeElement.value") != chapter.page.evaluate(f"downhill.cells[{cell}].source")


def test_the_field_writes_code_as_people_do(chapter):
    cell, keys = chapter.find("converges = None"), chapter.page.keyboard
    chapter.write(cell, "")
    chapter.box(cell).query_selector("textarea").focus()
    keys.type("def f(w):\nreturn (w, 'a\"b')  # it's\n")
    text = "def f(w):\n    return (w, 'a\"b')  # it's\n    "
    assert chapter.page.evaluate(f"downhill.cells[{cell}].text") == text
    keys.press("Backspace")
    keys.press("Control+a")
    keys.press("Control+]")
    assert chapter.page.evaluate(f"downhill.cells[{cell}].text").startswith("    def f(w):\n        return")
    colours = chapter.page.evaluate(
        f"[...downhill.cells[{cell}].pre.children].map((part) => part.className + ' ' + part.textContent)"
    )
    assert {"k def", "k return", "s1 'a\"b'", "c1 # it's", "n f"} <= set(colours)


def test_all_of_it_is_accessible(chapter):
    cell = chapter.find("explore.one_d(objectives.parabola()")
    chapter.write(cell, OWN)
    chapter.run(cell)
    chapter.page.wait_for_function(f"() => downhill.cells[{cell}].output.box.querySelector('.gd-text p')")
    for cell, text in [
        (chapter.find("def walk"), "def half(w):\n    return w / 0\n\nhalf(1)"),
        (chapter.find("steps = None"), "steps = [1, 2]"),
    ]:
        chapter.write(cell, text)
        chapter.run(cell)
    for scheme in ("dark", "light"):
        chapter.page.emulate_media(color_scheme=scheme)
        chapter.page.wait_for_selector(f"html[data-theme={scheme}]", state="attached")
        parts = ".cell:has(.dh-editor), .dh-tools, .dh-python, .dh-count"  # the rest is audited in test_site.py
        found = (
            serious_violations(chapter.page, contrast=parts) if scheme == "light" else colour_violations(chapter.page, parts)
        )
        assert found == []


def test_on_a_phone_nothing_is_wider_than_it(chapter):
    usual = chapter.page.viewport_size
    chapter.page.set_viewport_size({"width": 390, "height": 844})
    cell = chapter.find("def walk")
    chapter.write(cell, "print('" + "long " * 60 + "')\nhalf(1)")
    chapter.run(cell)
    assert chapter.page.evaluate("document.scrollingElement.scrollWidth") <= 390
    area, code = (chapter.box(cell).query_selector(name).bounding_box() for name in ("textarea", "pre"))
    assert area == pytest.approx(code, abs=0.5)
    chapter.page.set_viewport_size(usual)


# --- where it cannot run, or may not


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ("delete globalThis.WebAssembly", "Python does not run here: this browser has no WebAssembly, or it is turned off."),
        ("delete globalThis.DecompressionStream", "Python does not run here: this browser is too old."),
    ],
)
def test_where_the_browser_cannot_it_says_so(browser, address, before, why):
    page = browser.new_page()
    page.add_init_script(before + ";" + NOTHING_HIDDEN)
    page.goto(f"{address}/{CHAPTER}")
    cells = Cells(page)
    cells.box(0).query_selector(".dh-tools button").click()
    assert cells.said(0) == why
    page.close()


def test_opened_as_a_file_it_says_why_not(browser, site):
    page = browser.new_page()
    page.goto((site / CHAPTER).as_uri())
    page.get_by_role("button", name="Run code cell 1", exact=True).click()
    assert "opened as a file" in Cells(page).said(0)
    page.close()


@pytest.mark.parametrize(
    ("policy", "runs"),
    [
        ("script-src 'self'; worker-src 'self'", False),
        ("script-src 'none'", None),
        (
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
            True,
        ),
    ],
)
def test_under_a_strict_policy(browser, running, policy, runs):
    page = browser.new_page()
    page.add_init_script(NOTHING_HIDDEN)

    def answer(route):
        response = route.fetch()
        route.fulfill(response=response, headers={**response.headers, "content-security-policy": policy})

    page.route(re.compile(r"\.html$|\.js(\?.*)?$"), answer)  # a worker has the policy of its own file
    page.goto(f"{running}/{CHAPTER}")
    if runs is None:
        assert page.locator(".dh-tools").count() == 0 and page.locator("div.cell pre").first.is_visible()
    else:
        cells = Cells(page)
        cell = cells.find("steps = None")
        cells.run(cell)
        assert (
            cells.printed(cell + 1).startswith("Not answered yet")
            if runs
            else cells.bar == "Python stopped: this site does not let WebAssembly run"
        )
    page.close()


# --- from Pyodide's own host, where the site has no Python

HOST = json.loads((ROOT / "press" / "pyodide.json").read_text(encoding="utf-8"))["host"]


def elsewhere(browser, address, answer):
    """A page of the site without Python, whose other host is answered by `answer`."""
    context = browser.new_context()
    context.add_init_script(NOTHING_HIDDEN)
    context.route(f"{HOST}**", answer)
    page = context.new_page()
    page.goto(f"{address}/{CHAPTER}")
    return page, Cells(page)


def from_folder(folder):
    kinds = {".js": "text/javascript", ".wasm": "application/wasm"}

    def answer(route):
        path = folder / Path(route.request.url).name
        headers = {"access-control-allow-origin": "*", "content-type": kinds.get(path.suffix, "application/octet-stream")}
        route.fulfill(body=path.read_bytes(), headers=headers)

    return answer


def test_another_host_is_asked_only_when_the_reader_agrees(browser, address, site):
    if (site / "_static" / "python").exists():
        pytest.skip("this site has Python itself")
    asked = []
    page, cells = elsewhere(browser, address, lambda route: (asked.append(route.request.url), route.abort()))
    cells.box(0).query_selector(".dh-tools button").click()
    page.get_by_role("button", name="Do not fetch Python").wait_for()
    assert cells.bar.startswith("Python would come from cdn.jsdelivr.net, ")
    page.get_by_role("button", name="Do not fetch Python").click()
    assert cells.bar == "Python was not fetched." and asked == []
    cells.box(0).query_selector(".dh-tools button").click()
    page.get_by_role("button", name="Fetch Python", exact=True).click()
    page.wait_for_function("() => /stopped/.test(document.querySelector('.dh-python').textContent)", timeout=MINUTES)
    assert asked and cells.bar.startswith("Python stopped: ")
    assert page.locator("div.cell .cell_output").first.is_visible()
    page.context.close()


def test_from_another_host_it_runs_and_what_is_not_the_official_file_is_refused(browser, address, site, official):
    if (site / "_static" / "python").exists():
        pytest.skip("this site has Python itself")
    folder = official
    page, cells = elsewhere(browser, address, from_folder(folder))
    cell = cells.find("steps = None")
    cells.box(cell).query_selector(".dh-tools button").click()
    page.get_by_role("button", name="Fetch Python", exact=True).click()
    cells.wait(cell)
    assert cells.printed(cell + 1).startswith("Not answered yet")
    page.context.close()

    def forged(route):
        if "numpy" in route.request.url:
            route.fulfill(body=b"PK nothing good", headers={"access-control-allow-origin": "*"})
        else:
            from_folder(folder)(route)

    page, cells = elsewhere(browser, address, forged)
    cells.box(cell).query_selector(".dh-tools button").click()
    page.get_by_role("button", name="Fetch Python", exact=True).click()
    cells.wait(cell)
    assert "is not the file that it should be" in cells.printed(cell)
    page.context.close()


# --- assignments

ANSWER = "raise NotImplementedError"


def test_an_assignment_is_tried_and_downloaded_with_the_answers_in(visit, running, tmp_path):
    page = visit(f"{running}/chapters/assignments/hw1.html")
    cells = Cells(page)
    cell = page.evaluate(f"downhill.cells.findIndex((cell) => cell.source.includes('{ANSWER}'))")
    cells.run(cell)
    assert "NotImplementedError" in cells.printed(cell)
    answers = (ROOT / "coursework" / "source" / "hw1" / "hw1.ipynb").read_text(encoding="utf-8")
    task = page.evaluate(f"downhill.cells[{cell}].source").split("\n")[0]
    source = next("".join(c["source"]) for c in json.loads(answers)["cells"] if "".join(c["source"]).startswith(task))
    text = re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", source)
    cells.write(cell, text)
    cells.run(cell)
    assert cells.said(cell) == "The tests that you can see pass."
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the notebook with my code in it").click()
    download.value.save_as(tmp_path / "hw1.ipynb")
    saved = json.loads((tmp_path / "hw1.ipynb").read_text(encoding="utf-8"))
    [mine] = [c for c in saved["cells"] if "".join(c["source"]) == text]
    released = json.loads((ROOT / "chapters" / "assignments" / "hw1.ipynb").read_text(encoding="utf-8"))
    assert mine["metadata"]["nbgrader"]["solution"] and len(saved["cells"]) == len(released["cells"])
