"""Every chapter's code in the browser's Python: it shows what is committed.

The cells run from the last to the first. So each has only what the page finds that it needs, while later cells have taken names.

One Python serves all chapters, for a start of it costs as much as most of them: they come into one page, one after another,
each with its names to itself.
"""

import json
import re
from pathlib import Path

import pytest

from press.running import MINUTES
from tests.browser.conftest import opened
from tests.browser.test_site import VIEW

pytestmark = pytest.mark.browser

CHAPTERS = [path for path in sorted((Path(__file__).parents[2] / "chapters").glob("*.ipynb")) if path.stem != "index"]
# SciPy and scikit-learn, together 26 MB, are not on the page: so many cells of a chapter need them, and say so.
NOT_HERE = {"07-convergence": 1, "11-fitting-models": 10}
MISSING = r"No module named '(scipy|sklearn\.linear_model)' on this page"
# What a cell needs runs first, and here shows what it shows: then it need not run again.
SHOW_ALL = """() => {
  let session;
  Object.defineProperty(downhill, "session", { get: () => session, set(made) {
    const { begin } = made.hear;
    made.hear.begin = function ({ cell }) { begin.call(this, { cell, quiet: false }); };
    session = made;
  } });
}"""
# The text of a chapter, in the place of the one before, and after it a cell that forgets that one's names.
TURN_TO = """async (chapter) => {
  const answer = await fetch(chapter), article = document.querySelector("article");
  article.replaceWith(new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("article"));
  const forget = "import cells\\nfresh = cells.Notebook()\\nfresh.update(cells.notebook.texts)\\ncells.notebook = fresh";
  const last = document.querySelector("article").appendChild(document.createElement("div"));
  last.className = "cell";
  last.innerHTML = `<div class="cell_input"><pre>${forget}</pre></div>`;
  downhill.start();
}"""
# A run that is to be guessed is shown at once.
RUN = """async ({ cell, patience }) => {
  const asked = downhill.cells[cell], end = Date.now() + patience;
  const parts = (what) => [...(asked.output?.box.querySelectorAll(what) ?? [])];
  if (!asked.output?.box.childElementCount) await asked.run();
  const drawn = (explorer) => explorer.querySelector(".gd-text p");
  const done = () => asked.output && downhill.session.state === "ready" && parts(".dh-explorer").every(drawn);
  while (!done() && Date.now() < end) await new Promise((wake) => setTimeout(wake, 10));
  const skips = parts(".gd-predict button:last-of-type");
  for (const skip of skips) skip.click();
  const frame = () => new Promise(requestAnimationFrame);
  if (skips.length) for (const _ of [1, 2]) await frame();
  while (parts("div.gd-unfinished").length) await frame();
  const text = (nodes) => [...nodes].map((node) => node.textContent).join("\\n");
  const shown = [...(asked.output?.box.children ?? [])].map((part) =>
    part.matches(".dh-explorer") ? text(part.querySelectorAll(".gd-text p")) : part.matches("figure") ? "a figure\\n" : part.textContent);
  return shown.join("");
}"""


@pytest.fixture(scope="module")
def page(browser, running):
    with opened(browser, f"{running}/chapters/notation.html") as page:
        page.evaluate(SHOW_ALL)
        yield page


def committed(cell):
    """What the notebook has of it: what is printed, the value, an explorer's sentences."""
    shown = ""
    for output in cell["outputs"]:
        data = output.get("data", {})
        if output["output_type"] == "stream" and output["name"] == "stdout":
            shown += "".join(output["text"])
        elif VIEW in data or (output["output_type"] == "execute_result" and "image/png" not in data):
            shown += "".join(data["text/plain"])
        elif "image/png" in data:
            shown += "a figure\n"
    return shown.strip()


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_cell_shows_what_is_committed(page, path):
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    page.evaluate(TURN_TO, f"{path.stem}.html")
    *sources, _ = page.evaluate("downhill.cells.map((cell) => cell.source)")
    assert sources == ["".join(cell["source"]).rstrip("\n") for cell in cells]
    shown = {
        number: page.evaluate(RUN, {"cell": number, "patience": MINUTES}).strip()
        for number in reversed(range(len(cells) + 1))
    }
    assert shown.pop(len(cells)) == ""
    missing = [number for number, text in shown.items() if re.search(MISSING, text)]
    assert len(missing) == NOT_HERE.get(path.stem, 0)
    wrong = {number: (text, committed(cells[number])) for number, text in shown.items() if number not in missing}
    assert {number: texts for number, texts in wrong.items() if texts[0] != texts[1]} == {}
