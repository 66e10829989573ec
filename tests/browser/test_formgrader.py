"""What a student hands in, in the teacher's browser: Formgrader and the feedback page show it, and nothing of it runs."""

import base64
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from press.lab import jupyterlab
from tests.coursework.conftest import assignment, handed_in

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
DO = "window.ran=1;fetch('/api/contents/source/tiny/tiny.ipynb?stolen')"
SVG = f"<svg xmlns='http://www.w3.org/2000/svg' width='20' height='10' onload=\"{DO}\"><script>{DO}</script><rect width='20' height='10'/></svg>"
WRITTEN = f"""It **stops** there, because $0 < |f'(x)| < 10^{{-3}}$ & so on.

| x | f |
|---|---|
| 1 | -1 |

<math display="block"><mfrac><mi>eta</mi><mn>2</mn></mfrac></math>

![pasted](attachment:image.png)

[a page](https://example.org/page) [mine](evil.html) [run](javascript:{DO}) <a href="JaVaScRiPt:{DO}">x</a>

<script>{DO}</script>
<img src=x onerror="{DO}"><details open ontoggle="{DO}">d</details>
{SVG}
<iframe srcdoc="<script>parent.{DO}</script>"></iframe>
<div style="position:fixed;top:0;left:0;width:100%;height:100%" id="notebook" class="modal">over it all</div>
<form action="/api"><input name=x><button>Send</button></form>
<math><mtext><table><mglyph><style><!--</style><img title="--><img src=1 onerror={DO}>">
<object data="data:text/html,<script>{DO}</script>"></object><embed src="data:text/html,x"><base href="https://example.org/">
<meta http-equiv="refresh" content="0;url=https://example.org/">
"""
SHOWN = f"""
from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display
do = {DO!r}
display(HTML("<b>bold output</b><script>" + do + "</script><img src=x onerror=\\"" + do + "\\">"))
display(HTML("<table class='dataframe' border='1'><tr><th>k</th></tr><tr><td>7</td></tr></table>"))
display(Javascript(do))
display(SVG(data={SVG!r}))
display(Markdown("*marked* <img src=x onerror=\\"" + do + "\\">"))
display(Latex("$x$ <img src=x onerror=\\"" + do + "\\">"))
display({{"text/html": "<p>alone</p>"}}, raw=True, metadata={{"text/html": {{"isolated": True}}}})
display({{"image/png": {PNG!r}}}, raw=True, metadata={{"image/png": {{"width": 30, "height": "1 onload=" + do}}}})
display({{"application/vnd.jupyter.widget-view+json": {{"model_id": "</script><script>" + do}}}}, raw=True)
print("<script>" + do + "</script>")
raise ValueError("<img src=x onerror=\\"" + do + "\\">")
"""


def hostile(released):
    notebook = handed_in(released)
    why = next(cell for cell in notebook.cells if cell.metadata.nbgrader.grade_id == "why")
    why.source = WRITTEN
    why.attachments = {"image.png": {"image/png": PNG}, 'x" onerror="' + DO: {'image/png" onerror="' + DO: PNG}}
    notebook.cells.insert(1, new_code_cell(SHOWN, metadata={"tags": [f'"><script>{DO}</script>']}))
    notebook.cells.insert(2, nbformat.v4.new_raw_cell(f"<script>{DO}</script>", metadata={"raw_mimetype": "text/html"}))
    notebook.cells.insert(3, new_markdown_cell(f"# Title <img src=x onerror='{DO}'>"))
    notebook.metadata["title"] = f"</title><script>{DO}</script>"
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": f'x"><script>{DO}</script>'}
    return notebook


@pytest.fixture(scope="module")
def course(tmp_path_factory, confined):
    """A course with one submission, graded as a teacher grades, and its feedback."""
    folder = tmp_path_factory.mktemp("formgrader") / "course"

    def command(*words):
        done = subprocess.run(
            [sys.executable, "-m", "coursework", *words, "--course", folder], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr

    source = folder / "source" / "tiny" / "tiny.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(assignment(), source)
    command("release", "tiny")
    notebook = hostile(nbformat.read(folder / "release" / "tiny" / "tiny.ipynb", as_version=4))
    name = "Eve <img src=x onerror=window.ran=1>_7_assignsubmission_file"
    place = folder.parent / "handed" / name
    place.mkdir(parents=True)
    nbformat.write(notebook, place / "tiny.ipynb")
    command("grade", "tiny", folder.parent / "handed")
    command("feedback", "tiny")
    return folder


def what_it_did(page, address):
    """Open a page; whatever a student's part of it does there, or could do when clicked, in words."""
    did = []
    page.on(
        "request",
        lambda request: did.append(request.url) if "stolen" in request.url or request.is_navigation_request() else None,
    )
    page.on("dialog", lambda dialog: did.append(dialog.message))
    page.goto(address, wait_until="load")
    page.wait_for_timeout(1500)
    did = [what for what in did if what != address]
    did += ["a script of the student's ran"] if page.evaluate("window.ran") else []
    look = """() => [...document.querySelectorAll('.rendered_html *, .output *')].flatMap((item) =>
        [...item.attributes].filter((a) => /^on/i.test(a.name) || /javascript:/i.test(a.value) || (a.name == 'href' && !/^https/.test(a.value))
            || (a.name == 'src' && !/^data:image/.test(a.value))).map((a) => item.tagName + ' ' + a.name + '=' + a.value)
        .concat(/^(SCRIPT|IFRAME|OBJECT|EMBED|FORM|INPUT|BUTTON|BASE|META|LINK|STYLE)$/.test(item.tagName) ? [item.tagName] : [])
        .concat(getComputedStyle(item).position == 'fixed' ? ['fixed ' + item.tagName] : []))"""
    return did + page.evaluate(look)


def is_shown(page):
    """What an honest student writes and draws is there."""
    body = page.locator("body")
    for text in ("It stops there", "bold output", "marked", "a page", "alone"):
        assert body.get_by_text(text).first.is_visible(), text
    assert page.locator("td", has_text="-1").first.is_visible()
    assert page.locator("table.dataframe td", has_text="7").first.is_visible()
    assert page.locator("mfrac").first.is_visible()
    pictures = page.locator(".rendered_html img[src^='data:image/png'], .output_png img")
    assert pictures.count() >= 2  # pasted, and drawn
    assert page.locator("img[src^='data:image/svg+xml']").first.evaluate("(i) => i.complete && i.naturalWidth > 0")
    assert "0 < |f'(x)| < 10^{-3}" in re.sub(r"\s+", " ", page.content().replace("&lt;", "<"))


@pytest.mark.parametrize("started", ["in the course", "above it"])
def test_nothing_of_a_students_runs_in_formgrader(browser, course, started):
    from coursework.course import Course

    with Course(course).gradebook() as book:
        (found,) = book.notebook_submissions("tiny", "tiny")
        number, student = found.id, found.student.id
        assert "<" not in f"{found.student.first_name}{found.student.last_name}{student}"
    home = course if started == "in the course" else course.parent
    with jupyterlab(home) as lab:
        server = lab("x").partition("/lab/")[0]
        context = browser.new_context()
        page = context.new_page()
        # above it, the menu "Formgrader (local)" gives the folder's path
        opened = "formgrader/gradebook/tiny/tiny" if home == course else f"formgrader?path={course}"
        page.goto(f"{server}/login?next={quote(f'/{opened}')}")
        page.fill("#password_input", "t")  # the teacher is logged in
        page.click("#login_submit")
        page.wait_for_url("**/formgrader/**")
        source = f"/api/contents/{course.relative_to(home)}/source/tiny/tiny.ipynb"
        assert page.evaluate(f"fetch('{source}').then((answer) => answer.status)") == 200  # what is at stake
        assert what_it_did(page, f"{server}/formgrader/submissions/{number}/") == []
        is_shown(page)
        assert page.locator("input.score").count() >= 4  # the teacher's own fields are there
        context.close()


def test_nothing_of_a_students_stands_in_a_feedback_page(browser, course):
    (path,) = course.glob("feedback/*/tiny/tiny.html")
    page = browser.new_page()
    assert what_it_did(page, path.as_uri()) == []
    is_shown(page)
    page.close()
    (svg,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', path.read_text("utf-8"))
    assert b"<rect" in base64.b64decode(svg)  # a picture, in which nothing runs
