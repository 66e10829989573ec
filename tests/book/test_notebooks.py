"""Every notebook is committed as it ran, in its one form, with short cells and figures that say what is to be seen."""

import statistics

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from press import ROOT, normalise

NOTEBOOKS = sorted(ROOT.glob("chapters/*.ipynb"))
STILL = "image/png"
EACH = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def lengths(notebook):
    """How many lines each code cell has."""
    return [len(cell.source.splitlines()) for cell in normalise.code_cells(notebook)]


def figures_without_words(notebook):
    """The cells that draw a figure and do not say, in its alt text, what is to be seen. (An explorer says it itself.)"""
    for number, cell in enumerate(notebook.cells, 1):
        stills = [output for output in cell.get("outputs", []) if STILL in output.get("data", {})]
        drawn = [output for output in stills if normalise.VIEW not in output.data]
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if drawn and len(alt.split()) < 4:
            yield number


def errors_left(notebook):
    for number, cell in enumerate(notebook.cells, 1):
        failed = [output for output in cell.get("outputs", []) if output.output_type == "error"]
        if failed and "raises-exception" not in cell.metadata.get("tags", []):
            yield number


def test_there_are_notebooks():
    assert NOTEBOOKS


@EACH
def test_it_ran_from_top_to_bottom_and_is_in_its_one_form(path):
    assert list(normalise.faults(path)) == []


@EACH
def test_cells_are_short(path):
    lines = lengths(nbformat.read(path, as_version=4))
    assert max(lines) <= 20
    assert statistics.median(lines) <= 5


@EACH
def test_figures_say_what_is_to_be_seen(path):
    assert list(figures_without_words(nbformat.read(path, as_version=4))) == []


@EACH
def test_no_cell_failed(path):
    assert list(errors_left(nbformat.read(path, as_version=4))) == []


# ---- The rules themselves can fail ----

SCRIPT = """
from ipywidgets import FloatSlider, VBox, jslink
from IPython.display import display
a, b, unseen = FloatSlider(), FloatSlider(), FloatSlider()
link = jslink((a, "value"), (b, "value"))
print("out", flush=True)
VBox([a, b])
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A small notebook with two linked sliders, run and normalised."""
    path = tmp_path_factory.mktemp("notebooks") / "sample.ipynb"
    cells = [new_markdown_cell("# Sample"), new_code_cell(SCRIPT.strip()), new_code_cell("print(1)\n1 + 1")]
    nbformat.write(new_notebook(cells=cells), path)
    normalise.main(["--execute", str(path)])
    return path


@pytest.fixture
def spoilt(executed, tmp_path):
    """spoilt(change) is the sample after a change to it."""

    def make(change):
        notebook = nbformat.read(executed, as_version=4)
        change(notebook)
        path = tmp_path / executed.name
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
        return path

    return make


def test_running_it_again_changes_no_byte(executed):
    before = executed.read_bytes()
    assert normalise.main(["--check", str(executed)]) == 0
    normalise.main(["--execute", str(executed)])
    assert executed.read_bytes() == before


def test_only_widgets_that_are_shown_keep_their_state(executed):
    notebook = nbformat.read(executed, as_version=4)
    models = notebook.metadata.widgets[normalise.STATE].state.values()
    kinds = sorted(model["model_name"] for model in models)
    assert kinds.count("FloatSliderModel") == 2  # not the third, which no output shows
    assert kinds.count("LinkModel") == 1 and kinds.count("VBoxModel") == 1


def drop_output(notebook):
    notebook.cells[2].outputs = []
    notebook.cells[2].execution_count = None


def swap_counts(notebook):
    notebook.cells[1].execution_count, notebook.cells[2].execution_count = 2, 1


def note_a_time(notebook):
    notebook.cells[1].metadata["execution"] = {"iopub.status.busy": "2026-01-01T00:00:00Z"}


def rename_a_cell(notebook):
    notebook.cells[1].id = "0123abcd"


def lose_the_widgets(notebook):
    del notebook.metadata["widgets"]


@pytest.mark.parametrize(
    "change, said",
    [
        (drop_output, "cell 3 has not been run"),
        (swap_counts, "from top to bottom"),
        (note_a_time, "normal form"),
        (rename_a_cell, "normal form"),
        (lose_the_widgets, "state is not saved"),
    ],
)
def test_a_spoilt_notebook_is_caught_and_the_remedy_is_named(spoilt, change, said, capsys):
    path = spoilt(change)
    assert normalise.main(["--check", str(path)]) == 1
    output = capsys.readouterr().out
    assert path.name in output and said in output and "tools/normalise.py --execute" in output


def test_a_stripped_notebook_is_caught(spoilt):
    def strip(notebook):
        for cell in normalise.code_cells(notebook):
            cell.outputs, cell.execution_count = [], None
        notebook.metadata = {}

    path = spoilt(strip)
    normalise.main([str(path)])  # normalising alone does not make it look as if it had run
    assert len([fault for fault in normalise.faults(path) if "has not been run" in fault]) == 2


def test_streams_in_pieces_are_joined(spoilt):
    def split(notebook):
        first = notebook.cells[2].outputs[0]
        notebook.cells[2].outputs[:1] = [new_output("stream", name="stdout", text=text) for text in ("1", "\n")]
        assert first.text == "1\n"

    path = spoilt(split)
    normalise.main([str(path)])
    assert nbformat.read(path, as_version=4).cells[2].outputs[0].text == "1\n"


def test_a_long_cell_is_caught():
    assert lengths(new_notebook(cells=[new_code_cell("x = 1\n" * 21)])) == [21]


@pytest.mark.parametrize("alt, bad", [(None, [1]), ("a figure", [1]), ("A parabola with five falling steps", [])])
def test_a_figure_without_words_is_caught(alt, bad):
    cell = new_code_cell("plt.show()", outputs=[new_output("display_data", data={STILL: "", "text/plain": "<Figure>"})])
    if alt is not None:
        cell.metadata = nbformat.from_dict({"mystnb": {"image": {"alt": alt}}})
    assert list(figures_without_words(new_notebook(cells=[cell]))) == bad


def test_an_error_left_in_a_notebook_is_caught():
    cell = new_code_cell("1 / 0", outputs=[new_output("error", ename="ZeroDivisionError", evalue="division by zero")])
    assert list(errors_left(new_notebook(cells=[cell]))) == [1]
    cell.metadata["tags"] = ["raises-exception"]
    assert list(errors_left(new_notebook(cells=[cell]))) == []


def test_a_figure_keeps_its_looks_in_a_quarter_of_the_bytes():
    import io
    from base64 import b64decode, b64encode

    import matplotlib.figure
    import numpy as np
    from PIL import Image

    figure = matplotlib.figure.Figure()
    figure.subplots().plot(np.sin(np.arange(300) / 9), color="#D55E00")
    png = io.BytesIO()
    figure.savefig(png, format="png", facecolor="white")
    before = b64encode(png.getvalue()).decode()
    after = normalise.with_palette(before)
    assert len(after) < len(before) / 2
    assert normalise.with_palette(after) == after
    full, cut = (np.asarray(Image.open(io.BytesIO(b64decode(p))).convert("RGB"), dtype=int) for p in (before, after))
    assert np.abs(full - cut).max() <= 24  # of 255, in any pixel


def test_statements_and_exercises_get_their_numbers():
    text = (
        "````{prf:theorem} A\n:label: thm-a\n:enumerator: 9.9\n\nB.\n````\n\n```{prf:proof}\nC.\n```\n\n"
        ":::{prf:example} D\n:class: tip\n:label: cex-d\n\n```{dropdown} Hint\nE.\n```\n:::\n\n"
        "```{exercise} F\n:label: ex-f\n\nG.\n```\n\n```{prf:algorithm} H\n\nI.\n```"
        "\n\n1. J\n\n   ```{math}\n   :label: eq-k\n   k\n   ```\n\n```{math}\nno label\n```"
    )
    notebook = new_notebook(cells=[new_markdown_cell(text)])
    normalise.number_statements(notebook, "07-here")
    once = notebook.cells[0].source
    assert once.startswith("---\nnumbering:\n  equation: false\n---\n\n````{prf:theorem} A\n")
    assert "```{prf:proof}\n:enumerated: false\nC." in once
    assert "   :label: eq-k\n   :enumerator: 7.1\n   k\n" in once and "```{math}\nno label\n" in once
    options = [line for line in once.splitlines() if line.startswith((":", "```{ex", "```{prf:al")) and "false" not in line]
    assert options == [
        *(":label: thm-a", ":enumerator: 7.1"),
        *(":::{prf:example} D", ":class: tip", ":label: cex-d", ":enumerator: 7.2", ":::"),
        *("```{exercise} F", ":label: ex-f", ":enumerator: 7.1"),
        *("```{prf:algorithm} H", ":enumerator: 7.1"),
    ]
    normalise.number_statements(notebook, "07-here")
    assert notebook.cells[0].source == once
