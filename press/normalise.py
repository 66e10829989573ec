"""Bring executed notebooks to one form, so that running them again changes no byte and a diff shows what has changed.

    python tools/normalise.py chapters/*.ipynb              put them in that form
    python tools/normalise.py --execute chapters/*.ipynb    run them first, in this environment
    python tools/normalise.py --check chapters/*.ipynb      change nothing; exit 1 and say what is wrong

Code in sight is in ruff's format. What JupyterLab is to fold is noted, and the numbers of statements, exercises and formulas.
What goes: timings, versions, what an editor noted, the state of widgets that no output shows, the explorers' own script and
style, and colours beyond 128.
What is made to stay the same: ids of cells (from their text) and of widgets (from the notebook's name and their order).
"""

import argparse
import hashlib
import re
import subprocess
from base64 import b64decode, b64encode
from collections import Counter
from io import BytesIO
from pathlib import Path

import nbformat
from PIL import Image
from ruff import find_ruff_bin

from press import FOLDED, ROOT

PNG = "image/png"
COLOURS = 128
STYLE = ROOT / "chapters" / "ruff.toml"
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
LINKS = {"LinkModel", "DirectionalLinkModel"}
# An explorer's script and style are gdlib's, which brings them to a notebook that runs; the site's build puts them in.
# This stands for them where JupyterLab draws a saved widget before anything has run.
SCRIPT = 'export default { render({ el }) { el.textContent = "Run this cell: the picture comes to life." } };'
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
# a statement, an exercise or a formula with a label: the lines up to the end of its options, and what kind it is
NUMBERED = re.compile(
    r"^( *)(?:`{3,}|:{3,})\{(exercise|math(?=\}\n *:label:)|prf:(?!proof)\w+)\}.*\n(?: *:(?!enumerator)[\w-]+:.*\n)*",
    re.MULTILINE,
)
PROOF = re.compile(r"^((?:`{3,}|:{3,})\{prf:proof\}.*\n)(?!:enumerated:)", re.MULTILINE)
# each of these counts for itself, all others together: `prf_realtyp_to_countertyp`
COUNTERS = {"exercise": "exercise", "math": "formula", "prf:algorithm": "algorithm"}
FRONT = "---\nnumbering:\n  equation: false\n---\n\n"
SOLUTION = re.compile(r"\{solution-(start|end)\}")
CELL_METADATA = {"tags", "mystnb", "nbgrader", "editable", "deletable", "slideshow"}


def digest(text, length):
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def code_cells(notebook):
    """The code cells that have something to run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def format_cells(notebook):
    """Code in ruff's format, where it is in sight; a folded check keeps its table of mistakes, a line for each.

    Ruff gets the sources alone: it would write some numbers of the outputs with another last bit.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    cells = [cell for cell in code if not FOLDED.intersection(cell.metadata.get("tags", []))]
    bare = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.source) for cell in cells])
    command = [find_ruff_bin(), "format", "--quiet", "--config", str(STYLE), "--stdin-filename", "cells.ipynb", "-"]
    formatted = subprocess.run(command, input=nbformat.writes(bare), capture_output=True, text=True, check=True).stdout
    for cell, neat in zip(cells, nbformat.reads(formatted, as_version=4).cells, strict=True):
        cell.source = neat.source


def give_ids_to_cells(notebook):
    """An id from the cell's own text: a cell put in before it does not change it."""
    seen = {}
    for cell in notebook.cells:
        name = digest(cell.cell_type + cell.source, 8)
        seen[name] = seen.get(name, 0) + 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"


def merge_streams(outputs):
    """What a cell prints may come in pieces, as the clock will have it: join them."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def clean_cells(notebook):
    number = 0
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({key: value for key, value in cell.metadata.items() if key in CELL_METADATA})
        if cell.cell_type != "code":
            continue
        cell.outputs = merge_streams(cell.outputs)
        number += cell.execution_count is not None
        cell.execution_count = number if cell.execution_count is not None else None
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = cell.execution_count
            if PNG in output.get("data", {}):
                output.data[PNG] = with_palette(output.data[PNG])


def fold_cells(notebook):
    """JupyterLab shuts what the page folds away: code that is tagged so, and the code and outputs of worked solutions."""
    inside = False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for found in SOLUTION.findall(cell.source):
                inside = found == "start"
        elif inside:
            cell.metadata["jupyter"] = {"source_hidden": True, "outputs_hidden": True}
        elif "hide-input" in cell.metadata.get("tags", []):
            cell.metadata["jupyter"] = {"source_hidden": True}


def number_statements(notebook, name):
    """JupyterLab counts each kind from 1, proofs too, and numbers each displayed formula.

    What it reads and the site leaves alone gives the book's numbers: options, and a few lines before the title.
    """
    if not (chapter := re.match(r"(\d\d)-", name)):
        return
    counted = Counter()

    def numbered(match):
        counter = COUNTERS.get(match[2], "theorem")
        counted[counter] += 1
        return f"{match[0]}{match[1]}:enumerator: {int(chapter[1])}.{counted[counter]}\n"

    first = notebook.cells[0]
    first.source = FRONT + first.source.removeprefix(FRONT)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = PROOF.sub(r"\1:enumerated: false\n", cell.source)
            cell.source = NUMBERED.sub(numbered, re.sub(r"^ *:enumerator: .*\n", "", cell.source, flags=re.MULTILINE))


def with_palette(png):
    """A figure in 128 colours: a quarter of the bytes, and to the eye the same. One that has a palette is left alone."""
    image = Image.open(BytesIO(b64decode(png)))
    if image.mode == "P":
        return png
    small = BytesIO()
    image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(small, format="PNG", optimize=True)
    return b64encode(small.getvalue()).decode("ascii") + "\n"


def references(value):
    """The ids of the widgets that a widget's state names, in order."""
    if isinstance(value, str):
        return re.findall(r"^IPY_MODEL_(.+)$", value)
    if isinstance(value, dict):
        return [found for key in sorted(value) for found in references(value[key])]
    if isinstance(value, list):
        return [found for item in value for found in references(item)]
    return []


def shown_widgets(views, models):
    """The ids of all widgets that the outputs show, in the order in which they are met, and the links between them."""
    order, waiting = [], [view["model_id"] for view in views]
    while waiting:
        name = waiting.pop(0)
        if name in models and name not in order:
            order.append(name)
            waiting += references(models[name]["state"])
    links = [name for name, model in models.items() if model["model_name"] in LINKS]
    links = [name for name in links if name not in order and set(references(models[name]["state"])) <= set(order)]
    return order + sorted(links, key=lambda name: [order.index(end) for end in references(models[name]["state"])])


def renamed(value, names):
    if isinstance(value, str):
        return re.sub(r"^IPY_MODEL_(.+)$", lambda match: f"IPY_MODEL_{names.get(match[1], match[1])}", value)
    if isinstance(value, dict):
        return {key: renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    return value


def without_script(model):
    if model["state"].get("_anywidget_id", "").startswith("gdlib."):
        return {**model, "state": {**model["state"], "_esm": SCRIPT, "_css": ""}}
    return model


def clean_widgets(notebook, name):
    """Keep the state of the widgets that are shown; give each an id that is the same after every run."""
    state = notebook.metadata.get("widgets", {}).get(STATE)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    views = [output.data[VIEW] for output in outputs if VIEW in output.get("data", {})]
    models = state["state"] if state else {}
    shown = shown_widgets(views, models)
    names = {old: digest(f"{name}/{index}", 32) for index, old in enumerate(shown)}
    for view in views:
        view["model_id"] = names.get(view["model_id"], view["model_id"])
    if shown:
        kept = {names[old]: renamed(without_script(models[old]), names) for old in shown}
        return {STATE: {"state": kept, "version_major": state["version_major"], "version_minor": state["version_minor"]}}
    return None


def normalise(notebook, name):
    """Return the notebook in its one form, as text. `name` is its file's name without the ending."""
    notebook = nbformat.from_dict(notebook)
    format_cells(notebook)
    clean_cells(notebook)
    fold_cells(notebook)
    number_statements(notebook, name)
    give_ids_to_cells(notebook)
    widgets = clean_widgets(notebook, name)
    notebook.metadata = nbformat.from_dict({**METADATA, **({"widgets": widgets} if widgets else {})})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return nbformat.writes(notebook) + "\n"


def execute(notebook, folder):
    """Run every cell in a fresh kernel of this environment; the widgets' state is saved with the notebook."""
    from nbclient import NotebookClient

    notebook.metadata.pop("widgets", None)
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", store_widget_state=True, resources={"metadata": {"path": str(folder)}}
    ).execute()


def faults(path):
    """What is wrong with a notebook as it is committed, one sentence each."""
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    cells = code_cells(notebook)
    for number, cell in enumerate(notebook.cells, 1):
        if cell in cells and cell.execution_count is None:
            yield f"cell {number} has not been run: {cell.source.splitlines()[0]!r}"
    counts = [cell.execution_count for cell in cells]
    if None not in counts and counts != list(range(1, len(cells) + 1)):
        yield f"the cells were not run once each, from top to bottom: their counts are {counts}"
    views = [output.data[VIEW]["model_id"] for cell in cells for output in cell.outputs if VIEW in output.get("data", {})]
    models = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    for missing in set(views) - set(models):
        yield f"an output shows the widget {missing}, whose state is not saved"
    yield from difference(text, normalise(notebook, path.stem))


def difference(text, wanted):
    """The first line that is not as it would be after normalising, if there is one."""
    here, there = text.splitlines(), wanted.splitlines()
    for number, (line, other) in enumerate(zip([*here, "(end)"], [*there, "(end)"]), 1):
        if line != other:
            yield f"it is not in its normal form: line {number} is {line.strip()[:70]!r}, not {other.strip()[:70]!r}"
            return
    if text != wanted:
        yield "it is not in its normal form: the end of a line or of the file differs"


def check(paths):
    bad = [(path, list(faults(path))) for path in paths]
    bad = [(path, found) for path, found in bad if found]
    for path, found in bad:
        print(f"{path}:", *found, sep="\n  - ")
    if bad:
        print("\nThis mends it:  python tools/normalise.py --execute", *(path for path, _ in bad))
    else:
        print(f"{len(paths)} notebooks: every cell run, in normal form")
    return 1 if bad else 0


def rewrite(path, run):
    before = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    if run:
        print(f"{path}: running", end="", flush=True)
        execute(notebook, path.parent)
    after = normalise(notebook, path.stem)
    path.write_text(after, encoding="utf-8", newline="\n")
    print(f"\r{path}: {'as it was' if after == before else 'changed'}")


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Bring executed notebooks to one form.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 and say what is wrong")
    parser.add_argument("--execute", action="store_true", help="run every cell first, in this environment")
    parser.add_argument("notebooks", nargs="+", type=Path)
    options = parser.parse_args(arguments)
    if options.check:
        return check(options.notebooks)
    for path in options.notebooks:
        rewrite(path, options.execute)
    return 0
