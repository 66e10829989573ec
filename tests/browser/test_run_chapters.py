"""Every chapter's code in the browser's Python: it shows what is committed.

The cells run from the last to the first. So each has only what the page finds that it needs, while later cells have taken names.
"""

import json
import re
from pathlib import Path

import pytest

from press.running import MINUTES
from tests.browser.test_site import VIEW

pytestmark = pytest.mark.browser

CHAPTERS = sorted((Path(__file__).parents[2] / "chapters").glob("[0-9]*.ipynb"))
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
RUN = """async ({ cell, patience }) => {
  const asked = downhill.cells[cell], end = Date.now() + patience;
  if (!asked.output?.box.childElementCount) await asked.run();
  const drawn = (explorer) => explorer.querySelector(".gd-text p");
  const done = () => asked.output && downhill.session.state === "ready" &&
    [...asked.output.box.querySelectorAll(".dh-explorer")].every(drawn);
  while (!done() && Date.now() < end) await new Promise((wake) => setTimeout(wake, 10));
  const text = (nodes) => [...nodes].map((node) => node.textContent).join("\\n");
  const shown = [...(asked.output?.box.children ?? [])].map((part) =>
    part.matches(".dh-explorer") ? text(part.querySelectorAll(".gd-text p")) : part.matches("figure") ? "a figure\\n" : part.textContent);
  return shown.join("");
}"""


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
def test_every_cell_shows_what_is_committed(visit, running, path):
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    page = visit(f"{running}/chapters/{path.stem}.html")
    assert page.evaluate("downhill.cells.map((cell) => cell.source)") == [
        "".join(cell["source"]).rstrip("\n") for cell in cells
    ]
    page.evaluate(SHOW_ALL)
    shown = {
        number: page.evaluate(RUN, {"cell": number, "patience": MINUTES}).strip() for number in reversed(range(len(cells)))
    }
    missing = [number for number, text in shown.items() if re.search(MISSING, text)]
    assert len(missing) == NOT_HERE.get(path.stem, 0)
    wrong = {number: (text, committed(cells[number])) for number, text in shown.items() if number not in missing}
    assert {number: texts for number, texts in wrong.items() if texts[0] != texts[1]} == {}
