"""Python on the page: get Pyodide, and make of it what the site serves.

    python tools/pyodide.py fetch             the official files, each checked by its hash, into _build/pyodide
    python tools/pyodide.py take ARCHIVE      the same out of a zip or wheel that has them
    python tools/pyodide.py prepare FOLDER    compile and pack the files in FOLDER for the site, into _build/python

`make pyodide` is the first, `make book PYODIDE=folder` the last, and then a site that has the result. press/pyodide.json names
the files. `--into` names another folder to write to.
"""

import argparse
import gzip
import hashlib
import io
import json
import sys
import threading
import urllib.request
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

from press import ROOT
from press.browser import FLAGS, find_browser

RELEASE = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
OFFICIAL, PREPARED = ROOT / "_build" / "pyodide", ROOT / "_build" / "python"
WIDGETS = ("ipywidgets", "anywidget", "traitlets", "psygnal", "typing_extensions")
SYMBOLS = ("sympy", "mpmath")
TABLES = ("diabetes", "breast_cancer", "digits")
# In the place of scikit-learn, which with SciPy is 26 MB: the tables that the book reads from it.
DATASETS = '''"""The tables of scikit-learn that the book reads; on this page there is no more of it."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np


def _load(name, return_X_y, which="X"):
    with np.load(Path(__file__).with_name(f"{name}.npz")) as table:
        X, y, names = table[which], table["y"], table["names"].tolist()
    return (X, y) if return_X_y else SimpleNamespace(data=X, target=y, feature_names=names)


def load_diabetes(*, return_X_y=False, scaled=True):
    return _load("diabetes", return_X_y, "X" if scaled else "unscaled")


def load_breast_cancer(*, return_X_y=False):
    return _load("breast_cancer", return_X_y)


def load_digits(*, return_X_y=False):
    return _load("digits", return_X_y)
'''
# What is imported from Pyodide's own packages, where they come as they are.
MODULES = {
    "numpy": "numpy",
    "matplotlib": "gdlib.plots matplotlib mpl_toolkits PIL contourpy cycler six fontTools kiwisolver packaging pyparsing dateutil",
    "sympy": "sympy mpmath",
}
NEEDS = {
    "gdlib": ["numpy"],
    "matplotlib": ["numpy", "gdlib", "library-more"],
    "explore": ["gdlib", "library-more"],
}


def right(name, content):
    return hashlib.sha256(content).hexdigest() == RELEASE["files"][name]["sha256"]


def keep(name, content, folder):
    if not right(name, content):
        sys.exit(f"{name} is not the file that Pyodide {RELEASE['version']} has: nothing was kept of it")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def served():
    """The files of a release that the site is made of: sympy comes from the environment, like gdlib."""
    return [name for name in RELEASE["files"] if not name.startswith(SYMBOLS)]


def fetch(folder):
    for name in served():
        if not (folder / name).exists() or not right(name, (folder / name).read_bytes()):
            print(f"fetching {name}: {RELEASE['files'][name]['bytes'] / 1e6:.1f} MB", flush=True)
            with urllib.request.urlopen(RELEASE["host"] + name) as answer:
                keep(name, answer.read(), folder)


def take(archive, folder):
    with zipfile.ZipFile(archive) as packed:
        where = {Path(path).name: path for path in packed.namelist()}
        if missing := [name for name in served() if name not in where]:
            sys.exit(f"{archive} has no {', '.join(missing)}")
        for name in served():
            keep(name, packed.read(where[name]), folder)


def sources(*packages):
    """A zip of installed packages: their modules and data as they are, without tests."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for package in packages:
            for path, name in sorted(files_of(package)):
                archive.write(path, name)
        if "anywidget" in packages:  # it asks for its own version
            from importlib.metadata import distribution

            folder = distribution("anywidget")._path
            archive.write(folder / "METADATA", f"{folder.name}/METADATA")
        if "gdlib" in packages:
            write_tables(archive)
    return packed.getvalue()


def files_of(package):
    origin = Path(find_spec(package).origin)
    if origin.name != "__init__.py":
        return [(origin, origin.name)]
    skipped = {"tests", "__pycache__", "labextension", "nbextension", "static"}
    found = (path for path in origin.parent.rglob("*") if path.suffix in (".py", ".js", ".css", ".json"))
    inside = [(path, path.relative_to(origin.parent.parent).as_posix()) for path in found]
    return [(path, name) for path, name in inside if not skipped & set(name.split("/"))]


def write_tables(archive):
    import numpy as np
    from sklearn import datasets

    for name in TABLES:
        loaded = getattr(datasets, f"load_{name}")()
        arrays = {"X": loaded.data, "y": loaded.target, "names": np.array(loaded.feature_names, dtype=str)}
        if name == "diabetes":
            arrays["unscaled"] = datasets.load_diabetes(scaled=False).data
        table = io.BytesIO()
        np.savez_compressed(table, **arrays)
        archive.writestr(f"sklearn/{name}.npz", table.getvalue())
    archive.writestr("sklearn/__init__.py", "")
    archive.writestr("sklearn/datasets.py", DATASETS)


class Shop(ThreadingHTTPServer):
    """Serves what is compiled, and takes back what has become of it."""

    def __init__(self, folder, more):
        super().__init__(("127.0.0.1", 0), Counter)
        self.folder, self.more, self.made = folder, more, {}
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Counter(BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path[1:]
        content = self.server.more.get(name)
        if content is None and (self.server.folder / name).is_file():
            content = (self.server.folder / name).read_bytes()
        self.send_response(404 if content is None else 200)
        kind = {"wasm": "application/wasm", "js": "text/javascript", "html": "text/html"}
        self.send_header("Content-Type", kind.get(name.rpartition(".")[2], "application/octet-stream"))
        self.end_headers()
        self.wfile.write(content or b"")

    def do_PUT(self):
        self.server.made[self.path[1:]] = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


WORKER = """
importScripts("pyodide.js");
const bytes = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
const put = (name, body) => fetch(name, { method: "PUT", body });
async function work() {
  const python = await loadPyodide({ indexURL: location.href.replace(/[^/]*$/, "") });
  python.registerJsModule("page", { post() {}, archive() {} });
  for (const name of WHEELS) python.unpackArchive(await bytes(name), "wheel", { extractDir: "/lib/python3.12/site-packages" });
  python.runPython(await (await fetch("inside.py")).text());
  const made = python.globals.get("main")(await bytes("pure.zip").then((b) => python.toPy(b)), await (await fetch("cells.py")).text());
  const modules = {};
  for (const [name, [content, list]] of made.toJs()) { modules[name] = list; await put(name, content); }
  await put("modules", JSON.stringify(modules));
}
work().then(() => postMessage("done"), (error) => postMessage(String(error)));
"""


def compile_in_browser(folder):
    """{archive: zip} and {archive: modules}, made by Pyodide itself: compiled modules are for one version of Python only."""
    from playwright.sync_api import sync_playwright

    wheels = [name for group in ("numpy", "matplotlib") for name in RELEASE["packages"][group]]
    lock = {"info": RELEASE["info"], "packages": {}}
    more = {
        "index.html": b"<!doctype html><title>compiling</title>",
        "worker.js": WORKER.replace("WHEELS", json.dumps(wheels)).encode(),
        "inside.py": Path(__file__).with_name("pyodide_inside.py").read_bytes(),
        "cells.py": (ROOT / "_static" / "run" / "cells.py").read_bytes(),
        "pure.zip": sources("gdlib", *WIDGETS, *SYMBOLS),
        "pyodide-lock.json": json.dumps(lock).encode(),
    }
    if (path := find_browser()) is None:
        sys.exit(
            "Python for the page is compiled in a browser: install Chrome or Chromium, or name it in the variable CHROME"
        )
    shop = Shop(folder, more)
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{shop.server_port}/index.html")
        done = page.evaluate("() => new Promise((done) => new Worker('worker.js').onmessage = (e) => done(e.data))")
        browser.close()
    shop.shutdown()
    if done != "done":
        sys.exit(f"Pyodide could not compile the modules: {done}")
    return shop.made, json.loads(shop.made.pop("modules"))


def prepare(folder, out):
    """Write into `out` what the site serves, and `archives.json`, which names it."""
    if missing := [name for name in served() if not (folder / name).is_file()]:
        sys.exit(f"{folder} has no {missing[0]}: python tools/pyodide.py fetch gets it")
    made, modules = compile_in_browser(folder)
    out.mkdir(parents=True, exist_ok=True)
    for name in ("pyodide.js", "pyodide.asm.js"):
        (out / name).write_bytes((folder / name).read_bytes())
    manifest = {"version": RELEASE["version"], "core": {}, "archives": {}}
    manifest["core"]["pyodide.asm.wasm"] = write(out, "pyodide.asm.wasm", (folder / "pyodide.asm.wasm").read_bytes())
    manifest["core"]["python_stdlib.zip"] = write(out, "library", made.pop("library"))
    for name, content in made.items():
        needs = NEEDS.get(name.removesuffix("-rest"), [])
        manifest["archives"][name] = {"modules": modules[name], "needs": needs, "files": [write(out, name, content)]}
    (out / "archives.json").write_text(json.dumps(manifest), encoding="utf-8")
    parts = manifest["core"] | {name: archive["files"][0] for name, archive in manifest["archives"].items()}
    for name, file in parts.items():
        print(f"{name:18} {file['bytes'] / 1e6:6.2f} MB")


def write(out, name, content):
    packed = gzip.compress(content, 9, mtime=0)
    (out / f"{name}.bin").write_bytes(packed)  # not .gz: some servers would unpack it on the way, and some not
    return {"url": f"{name}.bin", "bytes": len(packed), "packed": True}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("deed", choices=["fetch", "take", "prepare"])
    parser.add_argument("what", nargs="?", type=Path)
    parser.add_argument("--into", type=Path)
    arguments = parser.parse_args()
    if arguments.deed == "fetch":
        fetch(arguments.into or OFFICIAL)
    elif arguments.deed == "take":
        take(arguments.what, arguments.into or OFFICIAL)
    else:
        prepare(arguments.what or OFFICIAL, arguments.into or PREPARED)
