"""A plain notebook needs nothing but gdlib's wheel: its own first cell gets it, and then all that a chapter imports is there.

One chapter runs from top to bottom, one that loads data and shows pictures and explorers. The others need not: nbval runs them
with the repository's gdlib, whose files are the wheel's byte for byte, and the plain notebook's code and outputs are the chapter's
own (`test_plain_notebooks.py`). What could be missing here is a module, and each import of each chapter is made.

One virtual environment for all chapters, with the kernel and nothing of the book, and one kernel once it has what it needs.
It needs PyPI, for NumPy and the rest.
"""

import ast
import os
import subprocess
import threading
import venv

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from press import ROOT
from press.normalise import code_cells
from press.plain import first_cell, plain
from press.server import server

CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("*.ipynb"))
LOADS_AND_DRAWS = "11-fitting-models"
OURS = """import sys

files = [module.__file__ for name, module in sys.modules.items() if name.split(".")[0] == "gdlib"]
print(len(files) > 2, [file for file in files if not file.startswith(sys.prefix)])"""
COLAB = "import sys, types\n\nsys.modules['google.colab'] = types.ModuleType('google.colab')"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Run sources, or a notebook, in an environment that has a kernel alone."""
    home = tmp_path_factory.mktemp("elsewhere")
    venv.create(home, with_pip=True)
    python = str(home / ("Scripts" if os.name == "nt" else "bin") / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "ipykernel"], check=True)
    subprocess.run([python, "-m", "ipykernel", "install", "--prefix", str(home), "--name", "elsewhere"], check=True)

    def run(*sources, notebook=None, kernel=None):
        notebook = notebook or nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        notebook.metadata.pop("widgets", None)
        resources = {"metadata": {"path": str(home)}}
        NotebookClient(notebook, km=kernel, kernel_name="elsewhere", timeout=600, resources=resources).execute()
        return "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(home / "share" / "jupyter"))
        patch.delenv("PYTHONPATH", raising=False)
        patch.setenv("PIP_NO_COMPILE", "1")  # what no chapter imports need not be compiled
        yield run


@pytest.fixture(scope="module")
def first(site):
    """The first cell of a site that is served on this machine."""
    (wheel,) = (site / "_static").glob("*.whl")
    with server(site) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield first_cell(f"http://127.0.0.1:{serving.server_port}/_static/{wheel.name}")
        serving.shutdown()


@pytest.fixture(scope="module")
def equipped(elsewhere, first):
    """That environment after the first cell has been run, as on Colab."""
    with pytest.raises(
        CellExecutionError, match=r'gdlib is missing; in a terminal:  pip install "downhill-gdlib\[data\] @ http'
    ):
        elsewhere(first)
    elsewhere(COLAB, first, "import gdlib.explore")
    return elsewhere


@pytest.fixture(scope="module")
def kernel(equipped, tmp_path_factory):
    """A kernel that has what it needs, in an empty folder: in the repository's it would import the gdlib that lies there."""
    manager = KernelManager(kernel_name="elsewhere")
    manager.start_kernel(cwd=str(tmp_path_factory.mktemp("empty")))
    yield manager
    manager.shutdown_kernel(now=True)


def read(name):
    return nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4)


def imports(chapter):
    """The import statements of its cells, each as it stands there."""
    for cell in code_cells(chapter):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield ast.get_source_segment(cell.source, node)


@pytest.mark.parametrize("name", CHAPTERS)
def test_all_that_it_imports_is_there_and_gdlib_is_the_wheels(equipped, kernel, first, name):
    wanted = list(imports(read(name)))
    assert any("gdlib" in statement for statement in wanted)
    assert equipped(first, *wanted, OURS, kernel=kernel) == "True []\n"


def test_it_runs_from_top_to_bottom(equipped, kernel, site, first):
    page = (site / "chapters" / f"{LOADS_AND_DRAWS}.html").read_text(encoding="utf-8")
    chapter = read(LOADS_AND_DRAWS)
    wanted = "".join(output.get("text", "") for cell in chapter.cells for output in cell.get("outputs", []))
    equipped("%reset -f", kernel=kernel)
    assert equipped(notebook=plain(chapter, page, first=first), kernel=kernel) == wanted
