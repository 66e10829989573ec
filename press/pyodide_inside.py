"""Runs inside Pyodide when the book is built (press/pyodide.py): compiles modules, and packs together what is used together.

What each stage below loads makes an archive; what none of them loads goes into archives of its own, which a page fetches only
if a reader imports it. Compiled modules start three times as fast as their text.
"""

import importlib.util
import io
import json
import marshal
import os
import sys
import zipfile
from pathlib import Path

SITE, LIBRARY = Path("/lib/python3.12/site-packages"), Path("/lib/python312.zip")
STAGES = {
    "library": "import cells, gzip, hashlib, inspect, random, statistics, textwrap, itertools, datetime, decimal, fractions",
    "numpy": """
import numpy as np
rng = np.random.default_rng(0)
np.linalg.eigvalsh(np.eye(2)), np.fft.fft([1, 2]), np.polynomial.Polynomial([1]), np.ma.array([1]), str(rng.normal(size=2))
""",
    "gdlib": """
import gdlib
from gdlib import check, models
check.check(0.3, 1 / 3), gdlib.derivatives.check_gradient(lambda w: w @ w, lambda w: 2 * w, [1.0])
models.load("diabetes")
""",
    "matplotlib": """
import io
import matplotlib.pyplot as plt
from gdlib import objectives, plots
figure, axes = plt.subplots(1, 2, layout="constrained")
axes[0].semilogy([1, 10], label="$w_0^2$")
axes[0].legend()
axes[0].annotate("here", (0, 1), (1, 2), arrowprops={"arrowstyle": "->"})
plots.contours(objectives.himmelblau(), [], ((-1, 1), (-1, 1)), ax=axes[1])
figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
""",
    "explore": """
from gdlib import explore, objectives
for made in (
    explore.one_d("(w**2 - 1)**2/4 + log(1 + exp(-w)) + sin(w)/sqrt(2)"), explore.two_d(objectives.himmelblau(), eta=0.01),
    explore.one_d(lambda w: w[0] ** 2), explore.one_d("Piecewise((w**2, w < 1), (abs(w), True))"),
    explore.fit("line", [(0, 1), (1, 3), (2, 2)]), explore.sgd("line", [(0, 1), (1, 3), (2, 2)]),
):
    repr(made)
""",
}
SKIPPED = {
    "tests",
    "test",
    "testing",
    "__pycache__",
    "idlelib",
    "lib2to3",
    "sample_data",
    "images",
    "afm",
    "pdfcorefonts",
    "f2py",
    "distutils",
}
FONTS = (
    "DejaVuSans.",
    "DejaVuSans-",
    "DejaVuSansDisplay",
    "DejaVuSansMono.",
    "STIX",
    "cm",
)  # what text and formulas look for
UNCHECKED = (1).to_bytes(4, "little")  # the flags of a compiled module that says nothing of its text
WITH_HELP = ("gdlib", "numpy")  # the packages that keep their docstrings: readers ask for them, and NumPy wants its own


def main(pure, cells):
    """Give {archive: (zip, its modules)}. `pure` is a zip of the book's own modules, `cells` the text of cells.py."""
    with zipfile.ZipFile(io.BytesIO(pure)) as archive:
        archive.extractall(SITE)
    (SITE / "cells.py").write_text(cells)
    before, stage_of = set(), {}
    for name, text in STAGES.items():
        if name == "matplotlib":
            fresh_fonts()
        exec(text, {})
        if name == "library":
            sys.modules["cells"].start(json.dumps({"archives": {}, "widgets": []}))
            sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
            os.environ["MPLBACKEND"] = "Agg"
        stage_of |= dict.fromkeys(set(sys.modules) - before, name)
        before = set(sys.modules)
    (SITE / "cells.py").unlink()
    (SITE / "page_backend.py").unlink()
    return {name: pack(content) for name, content in sorted(sort_files(stage_of).items())}


def fresh_fonts():
    """Leave the fonts that figures here use, and write matplotlib's list of them anew: its own is made for others."""
    data = SITE / "matplotlib" / "mpl-data" / "fonts" / "ttf"
    for font in data.glob("*.ttf"):
        if not font.name.startswith(FONTS):
            font.unlink()
    (SITE / "matplotlib" / "fontlist.json").unlink(missing_ok=True)
    from matplotlib import font_manager

    font_manager.json_dump(font_manager.fontManager, SITE / "matplotlib" / "fontlist.json")


def sort_files(stage_of):
    """{archive: {name in it: (content, module or None)}}."""
    archives = {}
    library = zipfile.ZipFile(LIBRARY)
    whole = {module.split(".")[0]: stage for module, stage in reversed(stage_of.items())}  # a package stays together
    for name in library.namelist():
        if name.endswith(".py") and not SKIPPED & set(name.split("/")):
            stage = whole.get(name.split("/")[0].removesuffix(".py"), "rest")
            archive = {"library": "library", "numpy": "library", "gdlib": "library", "rest": "library-rest"}.get(
                stage, "library-more"
            )
            archives.setdefault(archive, {})[name + "c"] = compiled(library.read(name), name), module_of(name)
    for path in sorted(path for path in SITE.rglob("*") if path.is_file()):
        name = path.relative_to(SITE).as_posix()
        if SKIPPED & set(name.split("/")) or path.suffix in (".pyi", ".h", ".a", ".pxd", ".md", ".c"):
            continue
        top, module = name.split("/")[0], module_of(name) if path.suffix in (".py", ".so") else None
        stage = stage_of.get(module) or (f"{home(top)}-rest" if module else home(top))
        if not stage or stage == "None-rest":
            continue
        content = path.read_bytes()
        if path.suffix == ".py":
            if top == "gdlib":  # the book shows its readers pieces of the library
                archives.setdefault(stage, {})[name] = content, None
            name, content = place(name), compiled(content, f"site-packages/{name}")
        archives.setdefault(stage, {})[name] = content, module
    return archives


def home(top):
    """Where the files of a package go that no stage loads."""
    homes = {
        "numpy": "numpy",
        "gdlib": "explore",
        "sklearn": "gdlib",
        "matplotlib": "matplotlib",
        "mpl_toolkits": "matplotlib",
    }
    homes |= dict.fromkeys(("sympy", "mpmath", "ipywidgets", "anywidget", "traitlets", "psygnal"), "explore")
    if top.startswith("anywidget-"):
        return "explore"  # it asks for its own version
    return homes.get(top)


def module_of(name):
    parts = name.removesuffix(".py").split("/")
    parts[-1] = parts[-1].split(".")[0]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def place(name):
    """Where the compiled module lies: in the place of its text, or, if that is there too, where Python looks first."""
    folder, _, file = name.rpartition("/")
    beside = f"{folder}/__pycache__/{file[:-3]}.{sys.implementation.cache_tag}.pyc"
    return beside if name.startswith("gdlib/") else name + "c"


def compiled(source, name):
    """The module compiled, to be taken as it is: nobody compares it with its text."""
    keeps = name.removeprefix("site-packages/").split("/")[0] in WITH_HELP
    code = compile(source, f"/lib/python3.12/{name}", "exec", dont_inherit=True, optimize=0 if keeps else 2)
    return importlib.util.MAGIC_NUMBER + UNCHECKED + bytes(8) + marshal.dumps(code)


def pack(content):
    """A zip that is not compressed by itself: compressed as a whole, it becomes smaller."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, (data, _) in sorted(content.items()):
            archive.writestr(zipfile.ZipInfo(name), data)
    return packed.getvalue(), " ".join(sorted(module for _, module in content.values() if module))
