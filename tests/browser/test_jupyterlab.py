"""The same notebook in a real JupyterLab: its stills, its sliders, and the kernel that hears of them."""

from pathlib import Path

import nbformat
import pytest

from press.lab import jupyterlab, run_all

pytestmark = pytest.mark.browser

CHAPTERS = Path(__file__).parents[2] / "chapters"
NOTEBOOK = "index.ipynb"
# every kind of explorer, and one of a function of the learner's own
IMPORTS = """import numpy as np
from gdlib import explore, objectives

POINTS = [(0, 1), (1, 3), (2, 2), (3, 5), (4, 4.5)]

def bumpy(w):
    return (w[0] - 1) ** 2 / 2 + 0.3 * np.cos(5 * w[0])"""
EXPLORERS = {
    "one_d": "explore.one_d('w**2/2', eta=0.5, w0=1.5, bound=1, beside='cobweb')",
    "two_d": "explore.two_d(objectives.rosenbrock(), eta=1/512, w0=(-1, 1))",
    "compare": "explore.compare('x**2 + 10*y**2', {'plain': 1/64, 'Adam': ('adam', {'eta': 1/4})}, w0=(-1, 1))",
    "sweep": "explore.sweep('w**2/2', eta=0.5, w0=1)",
    "basins": "explore.basins(objectives.himmelblau(), eta=1/128, w0=(0, -1))",
    "line": "explore.line('w**2/10 + sin(3*w)', w0=2.2)",
    "roots": "explore.roots([0.127737, 0.460498], low=1, high=9)",
    "regimes": "explore.regimes(eta=1/4, beta=1/4, L=9)",
    "fit": "explore.fit('line', POINTS, eta=1/16, w0=(-1, 1))",
    "sgd": "explore.sgd('logistic', [(-1, 0), (0, 1), (1, 0), (2, 1)], eta=1/2, w0=(-1, 1))",
    "swarm": "explore.swarm(eta=1/10, batch=4, steps=50)",
    "graph": "explore.graph('x*y + sin(x)', {'x': 2, 'y': 3})",
    "network": "explore.network([-1, 0, 1], [1, 0, 1], eta=1/4, units=4, steps=100)",
    "clinic": "explore.clinic(20, on=['whole', 'weights'])",
    "own": "own = explore.one_d(bumpy, eta=1/8, w0=-1, beside='f')\nown",
}
ASK_OWN = "print('the kernel reads', format(own.eta, '.6g'), own.run.n_iter)"
ASK = "print('the kernel reads', format(_.eta, '.6g'), format(_.w0, '.6g'), _.run.n_iter)"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab of its own on a copy of the notebook, with one more cell that asks the kernel."""
    home = tmp_path_factory.mktemp("lab")
    notebook = nbformat.read(CHAPTERS / NOTEBOOK, as_version=4)
    shown = next(i for i, cell in enumerate(notebook.cells) if "one_d" in cell.source)
    notebook.cells.insert(shown + 1, nbformat.v4.new_code_cell(ASK))
    nbformat.write(notebook, home / NOTEBOOK)
    cells = [nbformat.v4.new_code_cell(cell) for cell in (IMPORTS, *EXPLORERS.values(), ASK_OWN)]
    kernel = {"kernelspec": notebook.metadata.kernelspec}  # without it JupyterLab asks which to take
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), home / "explorers.ipynb")
    with jupyterlab(home) as address:
        yield address


def test_the_notebook_is_alive_in_jupyterlab(browser, lab):
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(120_000)
    page.goto(lab(NOTEBOOK))
    page.wait_for_selector(".jp-Notebook .jp-OutputArea-output")
    # opened, not run, not trusted: the still is shown
    assert page.locator(".jp-OutputArea-output img").first.is_visible()

    run_all(page, page.get_by_text("the kernel reads 0.125 1.7"))
    text = page.locator(".gd-text").first
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


def _local():
    """The same explorers, made here: what they say, and what they say eight notches to the left."""
    names = {}
    exec(IMPORTS, names)
    for kind, cell in EXPLORERS.items():
        *before, last = cell.split("\n")
        exec("\n".join(before), names)
        picture = eval(last, names)
        said = repr(picture)
        first = next(iter(picture._sliders))
        value, (_, _, grain) = picture.settings[first], picture._picture.settings[first]
        # eight notches: sixteenths of a doubling on a logarithmic slider
        picture.set(**{first: value - 8 * grain if grain else value / 2**0.5})
        yield kind, said, repr(picture)


def _says(page, cell, wanted, kind):
    """The picture in a cell says so, at once or (for the learner's own function) once the kernel has answered."""
    for _ in range(100):
        if (said := "\n".join(cell.locator(".gd-text p").all_text_contents())) == wanted:
            return
        page.wait_for_timeout(100)
    assert said == wanted, kind


def test_every_explorer_is_alive_in_jupyterlab(browser, lab):
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.set_default_timeout(120_000)
    page.goto(lab("explorers.ipynb"))
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    run_all(page, page.get_by_text("the kernel reads 0.125"))
    for i, (kind, said, then) in enumerate(_local(), 1):
        cell = page.locator(".jp-CodeCell").nth(i)
        cell.scroll_into_view_if_needed()
        _says(page, cell, said, kind)
        cell.locator(".noUi-handle").first.focus()
        for _ in range(8):
            page.keyboard.press("ArrowLeft")
        _says(page, cell, then, kind)
    # and the other way: what the kernel sets, the picture shows
    page.locator(".jp-CodeCell").last.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("own.set(eta=0.25, w0=1)")
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.gd-text')].some((n) => n.textContent.startsWith('η = 0.25 from w₀ = 1:'))"
    )
    assert page.errors == []
    page.close()
