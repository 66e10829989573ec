"""A move of a slider in JupyterLab: an explorer against matplotlib drawn anew by interactive_output, in one run.

    python -m benchmarks.lab

Both show the same path on the same contours. What is timed is the page's own clock from a key pressed on the slider
until the picture has changed.
"""

import tempfile
from pathlib import Path

import nbformat
from playwright.sync_api import sync_playwright

from press.browser import FLAGS, find_browser
from press.lab import jupyterlab, run_all

CELLS = [
    """import ipywidgets
import matplotlib.pyplot as plt
from gdlib import explore, gradient_descent, objectives, plots

f = objectives.rosenbrock()""",
    "explore.two_d(f, eta=1/512, w0=(-1.5, 2), steps=100)",
    """eta = ipywidgets.FloatLogSlider(1/512, base=2, min=-12, max=-8, step=1/16)

def draw(eta):
    run = gradient_descent(f, f.grad, [-1.5, 2], eta, max_iter=100)
    left, right = plt.subplots(1, 2, figsize=(6.4, 3.8), dpi=100)[1]
    plots.contours(f, run, ax=left)
    plots.values(run, ax=right, log=True)
    plt.show()

ipywidgets.VBox([eta, ipywidgets.interactive_output(draw, {"eta": eta})])""",
    "print('all is there')",
]
MOVE = """async ([cell, look]) => {
  const of = document.querySelectorAll(".jp-CodeCell")[cell];
  const handle = of.querySelector(".noUi-handle"), seen = () => of.querySelector(look[0])?.[look[1]] ?? of.querySelector(look[0])?.getAttribute(look[1]);
  of.scrollIntoView();
  const took = [];
  for (let k = 0; k < 40; k++) {
    const before = seen(), key = k % 16 < 8 ? "ArrowLeft" : "ArrowRight", start = performance.now();
    handle.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    while ((seen() ?? before) === before && performance.now() - start < 5000) await new Promise((done) => setTimeout(done));
    took.push(performance.now() - start);
    await new Promise((done) => setTimeout(done, 200));
  }
  const sorted = took.toSorted((a, b) => a - b);
  return [sorted[20], sorted[38]];
}"""


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as p:
        home = Path(folder)
        cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), home / "race.ipynb")
        browser = p.chromium.launch(executable_path=find_browser(), args=FLAGS)
        with jupyterlab(home) as address:
            page = browser.new_page(viewport={"width": 1400, "height": 1400})
            page.set_default_timeout(120_000)
            page.goto(address("race.ipynb"))
            page.wait_for_selector(".jp-Notebook .jp-CodeCell")
            run_all(page, page.locator(".jp-OutputArea-output", has_text="all is there"))
            page.wait_for_timeout(3000)
            medians = []
            for name, cell, look in (
                ("explorer", 1, (".gd-way", "d")),
                ("matplotlib", 2, (".jp-OutputArea-output img", "src")),
            ):
                median, p95 = page.evaluate(MOVE, [cell, look])
                medians.append(median)
                print(f"{name:10} from key to picture: median {median:6.1f} ms, p95 {p95:6.1f} ms", flush=True)
            print(f"the explorer is {medians[1] / medians[0]:.0f} times as fast")
        browser.close()


if __name__ == "__main__":
    main()
