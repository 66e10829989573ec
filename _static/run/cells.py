"""Runs a page's cells inside the worker: which earlier cells one needs, what it shows, what went wrong.

The worker gives the module `page`: `post(kind, json)` tells the page something, and `archive(name)` gives the bytes
of an archive of modules. `plan` and `run` take all texts of the page, in their order, and the numbers of the cells asked for.
"""

import ast
import base64
import builtins
import dis
import gzip
import hashlib
import io
import json
import linecache
import os
import sys
import time
import traceback
import types
import zipfile
from importlib.machinery import PathFinder

import page

SITE = "/lib/python3.12/site-packages"
MOST = 100_000  # characters that one cell may print
VIEW = "application/vnd.jupyter.widget-view+json"
# matplotlib's backend: a module of its own, since matplotlib reads its variables as it loads
BACKEND = """from cells import show_figures as show
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas
"""


def tell(kind, **content):
    page.post(kind, json.dumps(content))


# --- modules: fetched when they are first imported


class Archives:
    """Finds a module that is not here yet in the archive that has it, and unpacks that."""

    def __init__(self, archives, widgets):
        self.archives, self.widgets, self.here = archives, set(widgets), set()
        self.of = {module: name for name, archive in archives.items() for module in archive["modules"].split()}

    def find_spec(self, fullname, path=None, target=None):
        name = self.of.get(fullname)
        if name is None or name in self.here:
            return None
        for archive in self.closure([name]):
            self.unpack(archive)
        for finder in sys.path_importer_cache.values():  # not importlib.invalidate_caches: that imports, too
            if hasattr(finder, "invalidate_caches"):
                finder.invalidate_caches()
        return PathFinder.find_spec(fullname, path)

    def closure(self, names):
        """These archives with all that they need, which come first, as far as they are not here."""
        found = {}
        for name in names:
            if name in self.archives and name not in self.here:
                found |= dict.fromkeys([*self.closure(self.archives[name]["needs"]), name])
        return list(found)

    def unpack(self, name):
        self.here.add(name)
        for file in self.archives[name]["files"]:
            content = bytes(page.archive(file["url"]).to_py())
            if file.get("sha256", hashlib.sha256(content).hexdigest()) != hashlib.sha256(content).hexdigest():
                raise ImportError(f"{file['url']} is not the file that it should be")
            content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                archive.extractall(SITE)


# --- which cells a cell needs


class Text:
    """What can be known of a cell before it runs: the names it takes and gives, and what it imports."""

    def __init__(self, text):
        self.needed, self.given, self.changed, self.bound = set(), set(), set(), set()
        self.late = set()  # what its functions look up when they are called, which may be from a later cell
        self.modules, self.imports = set(), {}  # imports: of a cell that does nothing else, name -> statement
        try:
            tree = ast.parse(text)
            self._read(compile(tree, "<cell>", "exec"))
        except (SyntaxError, ValueError):
            return  # it says so itself when it runs
        bound = {name: statement for node in ast.walk(tree) for name, statement in _imports(node)}
        self.bound = set(bound)
        self.modules = {module for node in ast.walk(tree) for module in _modules(node)}
        if all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in tree.body):
            self.imports = bound
        self.changed = {name for name in map(_changed, ast.walk(tree)) if name} & (self.needed | self.given)

    def _read(self, code):
        for step in dis.get_instructions(code):
            if step.opname == "LOAD_NAME" and step.argval not in self.given:
                self.needed.add(step.argval)
            elif step.opname in ("STORE_NAME", "STORE_GLOBAL"):
                self.given.add(step.argval)
        self.late = {
            step.argval for inner in _functions(code) for step in dis.get_instructions(inner) if step.opname in _LOADS
        }
        self.needed |= self.late - self.given


_LOADS = ("LOAD_GLOBAL", "LOAD_NAME")


def _functions(code):
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _functions(constant)


def _imports(node):
    """For each name that an import binds, an import of that name alone."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            yield alias.asname or alias.name.split(".")[0], ast.unparse(type(node)(**{**vars(node), "names": [alias]}))


def _modules(node):
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, names=names):
            yield from (module or "", *(f"{module}.{alias.name}" for alias in names))


def _changed(node):
    """The name of an object that a statement changes, as in `best["f"] = 0`, `w += 1` or `places.append(w)`; or None."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute() as target)):
            pass
        case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del()):
            target = node
        case _:
            return None
    while isinstance(target, (ast.Subscript, ast.Attribute)):
        target = target.value
    return getattr(target, "id", None)


class Notebook:
    """The cells of a page as they are now, and what of them has been run."""

    def __init__(self):
        self.texts, self.known, self.ran, self.owner, self.count = [], {}, {}, {}, 0
        self.main = types.ModuleType("__main__")
        sys.modules["__main__"] = self.main

    def update(self, texts):
        self.texts = texts
        self.known = {text: self.known.get(text) or Text(text) for text in texts}
        self.modules = set().union(*(self.known[text].bound for text in texts))
        self.found_stale = {}

    def gives(self, cell):
        told = self.known[self.texts[cell]]
        return told.given | (told.changed - self.modules)

    def providers(self, cell):
        """For each name that a cell takes from earlier ones, the last that gives it.

        So do the functions that it takes: what they look up is what stands there when this cell calls them.
        """
        told = self.known[self.texts[cell]]
        waiting = list(told.needed | (told.changed - self.modules - (told.given - told.needed)))
        found = {}
        while waiting:
            name = waiting.pop()
            earlier = next((other for other in reversed(range(cell)) if name in self.gives(other)), None)
            if earlier is not None and name not in found:
                found[name] = earlier
                waiting += self.known[self.texts[earlier]].late
        return found

    def imported(self, cell, name):
        """The statement that imports the name, where the cell does nothing but import."""
        return self.known[self.texts[cell]].imports.get(name)

    def stale(self, cell):
        """Whether a cell must run again: it has not, or is another now, or what it takes came after it."""
        if cell not in self.found_stale:
            text, when = self.ran.get(cell, (None, 0))
            others = {other for name, other in self.providers(cell).items() if not self.imported(other, name)}
            later = (self.stale(other) or self.ran[other][1] > when for other in others)
            self.found_stale[cell] = text != self.texts[cell] or any(later)
        return self.found_stale[cell]

    def before(self, cell, planned=None):
        """What must run before a cell: (cell, statement or None), in order."""
        steps = {} if planned is None else planned
        for name, other in sorted(self.providers(cell).items(), key=lambda item: item[1]):
            statement = self.imported(other, name)
            if self.owner.get(name) == (other, statement or self.texts[other]) and (statement or not self.stale(other)):
                continue
            if (other, statement) not in steps:
                if statement is None:
                    self.before(other, steps)
                steps[other, statement] = True
        return list(steps)

    def note(self, cell, statement):
        """Remember that a cell has run, and whose the names are now."""
        self.found_stale = {}
        if statement is None:
            self.count += 1
            self.ran[cell] = self.texts[cell], self.count
        for name in Text(statement).given if statement else self.gives(cell):
            self.owner[name] = cell, statement or self.texts[cell]

    def forget(self, cell):
        """A cell stopped half way: what it gives may be anything now."""
        self.found_stale = {}
        self.ran.pop(cell, None)
        for name in self.gives(cell):
            self.owner.pop(name, None)


# --- what a cell shows


class Stream(io.TextIOBase):
    """What is printed: gathered for a tenth of a second, and not without end."""

    def __init__(self, name):
        self.name, self.parts, self.length, self.last = name, [], 0, 0.0

    def write(self, text):
        if self.length <= MOST:
            self.parts.append(text if self.length + len(text) <= MOST else "\n… and so on: it prints too much to show\n")
        self.length += len(text)
        if time.monotonic() - self.last > 0.1:
            self.flush()
        return len(text)

    def flush(self):
        if self.parts:
            tell("stream", name=self.name, text="".join(self.parts))
        self.parts, self.last = [], time.monotonic()


def show(value):
    """Show a cell's last value, or what is given to `display`."""
    flush()
    figure = sys.modules.get("matplotlib.figure")
    if value is None or (figure and isinstance(value, figure.Figure)):
        return  # a figure is shown at the cell's end
    widgets = sys.modules.get("ipywidgets")
    if widgets and isinstance(value, widgets.DOMWidget):
        tell("display", text=repr(value), widget=value.model_id, models=Comm.take_unsent())
    else:
        tell("display", text=repr(value))


def show_figures(*_, **__):
    """Send the open figures to the page and close them."""
    flush()
    plt = sys.modules.get("matplotlib.pyplot")
    for number in plt.get_fignums() if plt and hasattr(plt, "get_fignums") else []:
        figure, image = plt.figure(number), io.BytesIO()
        figure.savefig(image, format="png", bbox_inches="tight")
        alt = " ".join(ax.alt for ax in figure.axes if hasattr(ax, "alt"))
        tell("display", image=base64.b64encode(image.getvalue()).decode(), alt=alt)
    close_figures()


def close_figures():
    plt = sys.modules.get("matplotlib.pyplot")
    if plt and hasattr(plt, "close"):
        plt.close("all")


def flush():
    sys.stdout.flush()
    sys.stderr.flush()


def no_input(prompt=""):
    raise RuntimeError("input() cannot ask on a page: write the value into the cell")


# --- widgets: their messages go to the page and come back


class Comm:
    """What ipywidgets sends its messages through: here, to the player."""

    all, unsent = {}, {}

    def __init__(self, target_name="", data=None, comm_id=None, **_):
        self.comm_id = comm_id or f"live-{len(Comm.all)}"
        Comm.all[self.comm_id] = self
        Comm.unsent[self.comm_id] = dict((data or {}).get("state", {}))

    @classmethod
    def take_unsent(cls):
        """The widgets made since the last was shown, as a notebook saves them."""
        made, cls.unsent = cls.unsent, {}
        return {
            name: {"model_name": state["_model_name"], "state": dict(_as_file(*item) for item in state.items())}
            for name, state in made.items()
        }

    def on_msg(self, callback):
        self.hear = callback

    def on_close(self, callback):
        pass

    def send(self, data=None, **_):
        if (data or {}).get("method") != "update":
            return
        if self.comm_id in Comm.unsent:
            Comm.unsent[self.comm_id] |= data["state"]
        else:
            tell("comm", id=self.comm_id, state=data["state"])

    def close(self, **_):
        pass  # it has no other end


def _as_file(key, value):
    """A script or a style that the site serves as a file goes by the file's name (see _ext/explorers.py)."""
    ending = {"_esm": ".js", "_css": ".css"}.get(key)
    name = f"widgets/{hashlib.sha256(value.encode()).hexdigest()[:16]}{ending}" if ending else None
    return (f"{key}_file", name) if name in archives.widgets else (key, value)


def hear(message):
    """A batch of what the reader moved: widget -> trait -> value."""
    for name, state in json.loads(message).items():
        if comm := Comm.all.get(name):
            comm.hear({"content": {"data": {"method": "update", "state": state, "buffer_paths": []}}, "buffers": []})


def _stand_ins():
    """Small modules in the place of large ones, of which only a few names are used here."""
    manager = types.SimpleNamespace(register_target=lambda *_: None, unregister_target=lambda *_: None)
    names = {
        "comm": {"create_comm": Comm, "get_comm_manager": lambda: manager},
        "IPython": {"get_ipython": lambda: None, "__path__": [], "version_info": (9,)},  # matplotlib 3.10 asks for it
        "IPython.display": {"display": lambda *values: [show(value) for value in values], "clear_output": lambda **_: None},
        "IPython.core": {"__path__": []},
        "IPython.core.interactiveshell": {"InteractiveShell": type("InteractiveShell", (), {"initialized": lambda: False})},
    }
    for name, content in names.items():
        module = sys.modules[name] = types.ModuleType(name)
        vars(module).update(content)
        if "." in name:
            setattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2], module)
    builtins.display = sys.modules["IPython.display"].display


# --- running


def start(manifest):
    """Make ready: the archives, the streams, the stand-ins."""
    global archives, notebook
    manifest = json.loads(manifest)
    archives, notebook = Archives(manifest["archives"], manifest["widgets"]), Notebook()
    sys.meta_path.append(archives)
    sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")
    sys.dont_write_bytecode = True
    builtins.input = no_input
    with open(f"{SITE}/page_backend.py", "w") as file:
        file.write(BACKEND)
    os.environ["MPLBACKEND"] = "module://page_backend"
    _stand_ins()


def plan(request):
    """The archives that these cells will ask for, as far as can be seen, and how many cells run before them."""
    request = json.loads(request)
    notebook.update(request["texts"])
    steps = {}
    for cell in request["cells"]:
        notebook.before(cell, steps)
    told = [notebook.known[notebook.texts[cell]] for cell in request["cells"]]
    told += [Text(statement or notebook.texts[cell]) for cell, statement in steps]
    names = {archives.of[module] for text in told for module in text.modules if module in archives.of}
    return json.dumps({"archives": archives.closure(sorted(names)), "cells": len({cell for cell, _ in steps})})


def run(request):
    """Run these cells, each after those that it needs; what only earlier cells show is not shown again."""
    request = json.loads(request)
    notebook.update(request["texts"])
    for cell in request["cells"]:
        for earlier, statement in notebook.before(cell):
            tell("begin", cell=earlier, quiet=True)
            if not attempt(earlier, statement):
                return
        tell("begin", cell=cell, quiet=False)
        if not attempt(cell, None):
            return
        tell("end", cell=cell)


def attempt(cell, statement):
    """Run one cell, or one import of it. Whether it went well."""
    text = statement or notebook.texts[cell]
    name = f"<cell {cell}>"
    linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
    style()
    try:
        execute(text, name)
        show_figures()
        notebook.note(cell, statement)
        return True
    except BaseException as error:  # the reader's: a KeyboardInterrupt and a SystemExit too
        flush()
        close_figures()  # half drawn, and else the next cell would show them
        notebook.forget(cell)
        tell("error", cell=cell, **describe(error, text))
        return False


def execute(text, name):
    """Run a text as a notebook does: the value of its last line is shown, unless a semicolon ends it."""
    tree = ast.parse(text, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), vars(notebook.main))
    if last:
        value = eval(compile(ast.Expression(last.value), name, "eval"), vars(notebook.main))
        if not text.rstrip().endswith(";"):
            show(value)


def style():
    """The book's style, once matplotlib is there."""
    if "matplotlib.pyplot" in sys.modules and not hasattr(notebook, "styled"):
        notebook.styled = True
        from gdlib.plots import STYLE

        sys.modules["matplotlib"].rcParams.update(STYLE)


def describe(error, text):
    """An error in the reader's terms: its last line, the line of the cell, and the whole for who wants it."""
    if isinstance(error, KeyboardInterrupt):
        return {"short": "Stopped.", "where": "", "long": ""}
    short = traceback.format_exception_only(error)[-1].strip()
    if isinstance(error, ModuleNotFoundError):
        short += " on this page. What needs it runs where it is installed; the other cells run here."
    if isinstance(error, SyntaxError) and (error.filename or "").startswith("<cell"):
        return {"short": short, "where": _line(error.lineno, text), "long": ""}
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    own = [frame for frame in frames if frame.filename.startswith("<cell")]
    inside = frames[frames.index(own[0]) :] if own else frames
    where = _line(own[-1].lineno, own[-1].line and "\n" * (own[-1].lineno - 1) + own[-1].line) if own else ""
    long = "".join(traceback.format_list(inside)) + short if len(inside) > 1 else ""
    return {"short": short, "where": where, "long": long}


def _line(number, text):
    lines = (text or "").splitlines()
    return f"line {number}: {lines[number - 1].strip()}" if number and number <= len(lines) else ""
