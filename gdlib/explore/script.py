"""The explorers' script: modules in ``js/`` that import from one another, joined into one text without its comments and margins.

JupyterLab, a page opened as a file, a sandboxed frame and an engine outside a browser all take one text and no second
file. So names at the top of a module are to be met once in all of them.
"""

import re
from functools import cache
from pathlib import Path

JS = Path(__file__).parent / "js"
IMPORT = re.compile(r'^import \{[^}]*\} from "(\.[^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=const|function|let)", re.MULTILINE)
COMMENT = re.compile(
    r"^ *(?://.*|/\*\*(?:(?!\*/)[\s\S])*\*/)\n", re.MULTILINE
)  # of whole lines: a fifth of what a page would load
ASIDE = re.compile(r"(?<=\S) +// .*$", re.MULTILINE)  # behind code: a twentieth; no text of ours has two strokes with spaces
MARGIN = re.compile(r"^ +", re.MULTILINE)  # a fortieth of what travels; no text of ours goes over lines
NAME = re.compile(r"^(?:const|let|function\*?) (\w+)", re.MULTILINE)


@cache
def joined(entry):
    """A module and all that it imports, as one text: each after those that it needs.

    Raises
    ------
    ValueError
        If two modules have a name in common, or import one another in a circle.
    """
    modules = {}
    _gather(JS / entry, modules, ())
    names = [name for text in modules.values() for name in NAME.findall(text)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"a name may stand at the top of one module of {JS.name}/ only: {', '.join(twice)}")
    return MARGIN.sub("", "\n".join(modules.values()))


def _gather(path, modules, waiting):
    if path in waiting:
        raise ValueError(f"modules import one another in a circle: {' -> '.join(p.name for p in (*waiting, path))}")
    if path not in modules:
        text = path.read_text(encoding="utf-8")
        for needed in IMPORT.findall(text):
            _gather((path.parent / needed).resolve(), modules, (*waiting, path))
        modules[path] = ASIDE.sub("", COMMENT.sub("", EXPORT.sub("", IMPORT.sub("", text))))


@cache
def style():
    """The explorers' style sheet."""
    return (JS / "explorer.css").read_text(encoding="utf-8")
