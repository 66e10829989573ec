"""Python on the page: what a page's worker fetches when a reader runs a cell, and where it finds it.

`_static/run/python.json` names the parts, their sizes and where they come from. If the variable DOWNHILL_PYTHON names a folder that
`tools/pyodide.py prepare` has made, they come from the site itself; else from Pyodide's own host, once the reader has agreed, and
the site has only gdlib and what it needs that Pyodide does not have. Nothing of it is fetched before.

The contents page gets the names of all exercises, so that it can say how many are solved.
"""

import json
import os
import shutil
from pathlib import Path

from press import pyodide

LATER = ("run/editor.js", "run/session.js", "run/worker.js")  # fetched when they are wanted, not with every page
ORDER = ("player.js", "predict.js", "run/cells.js", "run/exercises.js")  # each asks those before it
FIRST = ("numpy", "gdlib")  # every run needs them, so they come with Python itself
CONTENTS = "chapters/index"


def load_later(app, config):
    files = [file for file in config.html_js_files if file not in (*LATER, *ORDER)]
    config.html_js_files = [*files, *ORDER]


def after_build(app, error):
    if error is None and app.builder.format == "html":
        write_parts(Path(app.outdir, "_static"), os.environ.get("DOWNHILL_PYTHON"))


def write_parts(static, prepared=None):
    """Put into a built site what a run fetches from it, and the list of all that a run fetches."""
    shutil.rmtree(static / "python", ignore_errors=True)  # of an earlier build
    manifest = from_the_site(Path(prepared), static) if prepared else from_its_host(static)
    files = [*manifest["core"].values(), *(file for name in FIRST for file in manifest["archives"][name]["files"])]
    manifest["bytes"] = sum(file["bytes"] for file in files)
    manifest["lock"] = {"info": pyodide.RELEASE["info"], "packages": {}}
    manifest["widgets"] = sorted(f"widgets/{path.name}" for path in (static / "widgets").glob("*"))
    (static / "run" / "python.json").write_text(json.dumps(manifest), encoding="utf-8")


def from_the_site(prepared, static):
    shutil.copytree(prepared, static / "python", ignore=shutil.ignore_patterns("archives.json"))
    manifest = json.loads((prepared / "archives.json").read_text(encoding="utf-8"))
    return {**manifest, "base": "../python/", "from": "this site", "elsewhere": False}


def from_its_host(static):
    own = {
        "gdlib": (["gdlib"], ["numpy"], "gdlib sklearn"),
        "explore": (pyodide.WIDGETS, ["gdlib", "sympy"], f"gdlib.explore {' '.join(pyodide.WIDGETS)}"),
    }
    archives = {}
    for name, (packages, needs, modules) in own.items():
        content = pyodide.sources(*packages)
        (static / "run" / f"{name}.zip").write_bytes(content)
        file = {"url": f"{name}.zip", "bytes": len(content), "own": True}
        archives[name] = {"modules": modules, "needs": needs, "files": [file]}
    for name, modules in pyodide.MODULES.items():
        files = [theirs(file) for file in pyodide.RELEASE["packages"][name]]
        archives[name] = {"modules": modules, "needs": pyodide.NEEDS.get(name, []), "files": files}
    core = {name: theirs(name) for name in ("pyodide.asm.wasm", "python_stdlib.zip")}
    host = pyodide.RELEASE["host"]
    return {"base": host, "from": host.split("/")[2], "elsewhere": True, "core": core, "archives": archives}


def theirs(name):
    return {"url": name, **pyodide.RELEASE["files"][name]}


def list_exercises(app, pagename, templatename, context, doctree):
    """On the contents page: each page with exercises, its title, its address, and their names."""
    if pagename != CONTENTS:
        return
    pages = []
    registry = getattr(app.env, "sphinx_exercise_registry", {})
    for page in app.env.toctree_includes.get(app.config.root_doc, []) + sorted(app.env.titles):
        ids = [label for label, told in registry.items() if told["docname"] == page and told["type"] == "exercise"]
        if ids and page not in (known["name"] for known in pages):
            title = app.env.titles[page].astext()
            pages.append({"name": page, "title": title, "page": app.builder.get_relative_uri(pagename, page), "ids": ids})
    for page in pages:
        del page["name"]
    listed = json.dumps(pages, ensure_ascii=False).replace("</", "<\\/")
    context["metatags"] += f'<script type="application/json" id="dh-exercises">{listed}</script>'


def setup(app):
    app.connect("config-inited", load_later, priority=100)
    app.connect("html-page-context", list_exercises)
    app.connect("build-finished", after_build, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
