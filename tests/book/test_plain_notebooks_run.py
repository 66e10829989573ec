"""A plain notebook needs nothing but gdlib's wheel: its own first cell gets it, and then every chapter runs from top to bottom.

One virtual environment for all chapters, with the kernel and nothing of the book, and one kernel once it has what it needs:
the chapters come into it one after another, each with its names to itself. It needs PyPI, for NumPy and the rest.
"""

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
from press.plain import first_cell, plain
from press.server import server

CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("*.ipynb"))
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
def kernel(equipped):
    """A kernel that has what it needs."""
    manager = KernelManager(kernel_name="elsewhere")
    manager.start_kernel()
    yield manager
    manager.shutdown_kernel(now=True)


def test_gdlib_comes_from_the_wheel(equipped, first):
    where = equipped(first, "import gdlib, sys\n\nprint(gdlib.__file__.startswith(sys.prefix))")
    assert where == "True\n"


@pytest.mark.parametrize("name", CHAPTERS)
def test_it_runs_from_top_to_bottom(equipped, kernel, site, first, name):
    page = (site / "chapters" / f"{name}.html").read_text(encoding="utf-8")
    chapter = nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4)
    wanted = "".join(output.get("text", "") for cell in chapter.cells for output in cell.get("outputs", []))
    equipped("%reset -f", kernel=kernel)
    assert equipped(notebook=plain(chapter, page, first=first), kernel=kernel) == wanted
