"""Saved widgets on a page: a still picture and its sentence, until the player makes them live.

A cell that shows an explorer has saved three things: the widget's address, a PNG and a sentence.
MyST-NB would keep the first alone, and a page on paper or without JavaScript would be empty there.
Here all three are kept, and what is to be read where the live picture does not come. The notebooks hold no script
of the library's own widgets: it is taken from the library. The widgets' scripts and styles become files of the site,
one for all pages: a strict policy lets these run.
"""

import hashlib
import html
import json
import re
from pathlib import Path
from pydoc import locate

from docutils import nodes
from myst_nb.core.render import WIDGET_STATE_MIMETYPE, WIDGET_VIEW_MIMETYPE
from sphinx.transforms.post_transforms import SphinxPostTransform

# The player hides it, or gives the reason in its place; where the player itself cannot run, it stays.
SORRY = (
    '<p class="dh-sorry" role="note">This part of the page is not live: its script did not run here. '
    "Run the notebook to use it.</p>"
)

SHARE = "widgets/share.js"  # the address and the buttons below a picture, which the player fetches


class KeepStill(SphinxPostTransform):
    """Replace a widget's outputs by one box: still picture, sentence, the widget's state and its address."""

    default_priority = 3  # before MyST-NB selects one output of each

    def run(self, **kwargs):
        models = dict(saved_on(self.env).get(self.env.docname, {}))
        for bundle in list(self.document.findall(nodes.container)):
            if bundle.get("nb_element") != "mime_bundle":
                continue
            outputs = {output["mime_type"]: output.children for output in bundle.children}
            if WIDGET_VIEW_MIMETYPE in outputs:
                bundle.replace_self(_box(outputs, models))


def _box(outputs, models):
    box = nodes.container(classes=["dh-explorer"])
    words = "".join(node.astext() for node in outputs.get("text/plain", []))
    for image in outputs.get("image/png", []):
        image["alt"] = " ".join(words.splitlines())
        image["loading"] = "lazy"  # where the picture itself is alive, its still need not come
        box += image
    for line in words.splitlines():
        box += nodes.paragraph("", line, classes=["dh-still-text"])
    view = outputs[WIDGET_VIEW_MIMETYPE]
    state = _needed(models, re.search(r'"model_id": *"(\w+)"', view[0].astext())[1])
    for key in state:
        del models[key]  # once on a page: two views may share a slider
    box += nodes.raw("", SORRY + _script(state), format="html")
    box += view
    return box


def _script(models):
    """The state of widgets, where the player finds it as soon as this much of the page has come."""
    body = json.dumps({"state": models}, separators=(",", ":")).replace("</", "<\\/")  # HTML ends a script at "</"
    return f'<script type="{WIDGET_STATE_MIMETYPE}">{body}</script>'


# Until the player is here it is expected, and no still is fetched in its place; where nothing runs, or it does not come, one is.
COMING = (
    'document.documentElement.dataset.player = "coming";\n'
    "setTimeout(({ dataset }) => { if (dataset.player === "
    '"coming") delete dataset.player; }, 5000, document.documentElement);'
)


def serve_scripts(app, env):
    """Put the widgets' scripts and styles into files, and let each widget name its own."""
    folder = Path(app.outdir, "_static", "widgets")
    _write(folder.parent / SHARE, _as_script(Path(__file__).with_name("share.js").read_text(encoding="utf-8"), SHARE))
    for docname, models in saved_on(env).items():
        for model in models.values():
            model["state"] = _with_its_class(model["state"])
            _serve(model["state"], "_esm", ".js", _as_script, folder)
            _serve(model["state"], "_css", ".css", lambda text, name: text, folder)
        embed(app, docname.split("/")[-1], models, _views(env, docname))


def saved_on(env):
    """For each page, the widgets that it has saved. MyST-NB would write them at the page's end; each belongs to its box."""
    for data in getattr(env, "nb_metadata", {}).values():
        _, attributes = data.get("js_files", {}).pop("ipywidgets_state", (None, {}))
        if attributes.get("type") == WIDGET_STATE_MIMETYPE:
            data["widgets"] = json.loads(attributes["body"])["state"]
    return {docname: data["widgets"] for docname, data in getattr(env, "nb_metadata", {}).items() if "widgets" in data}


def _with_its_class(state):
    """A saved widget with its class's script and style, and the defaults of traits that are younger than the notebook.

    One that a notebook defines itself has saved its own.
    """
    name = state.get("_anywidget_id", "")
    widget = locate(name) if name.startswith("gdlib.") else None
    if widget is None:
        return state
    traits = widget.class_traits(sync=True)
    younger = {key: trait.default() for key, trait in traits.items() if key not in state and not key.startswith("_")}
    return {**younger, **state, "_esm": widget._esm, "_css": widget._css}


# One explorer on a page of its own, for the frames of other sites: its state, the player, and nothing else.
EMBEDDED = """<!doctype html>
<html lang="en" data-embedded>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<link rel="icon" href="../favicon.svg"><link rel="stylesheet" href="../player.css"></head>
<body><main><div class="dh-explorer">{sorry}{state}
<script type="application/vnd.jupyter.widget-view+json">{{"model_id": "{view}"}}</script></div></main>
<script src="../player.js"></script></body></html>
"""


def embed(app, name, models, views):
    """A page for each explorer of a page of the book: ``_static/embed/NAME-NUMBER.html``."""
    folder = Path(app.outdir, "_static", "embed")
    for number, (view, state, title) in enumerate(_explorers(models, views), 1):
        page = EMBEDDED.format(title=html.escape(title), sorry=SORRY, view=view, state=_script(state))
        _write(folder / f"{name}-{number}.html", page)


def _explorers(models, views):
    """Of the widgets shown, the explorers, which are numbered as the player numbers them: each with its state and title."""
    for view in views:
        state = _needed(models, view)
        for picture in state.values():
            if "settings" in picture["state"]:
                yield view, state, picture["state"]["title"]


def _needed(models, view):
    """The models that a view shows, and the links between them."""
    shown, waiting = {}, [view]
    while waiting:
        if (key := waiting.pop()) not in shown and key in models:
            shown[key] = models[key]
            waiting += _named(models[key])
    links = {key: model for key, model in models.items() if set(_named(model)) & shown.keys() and "source" in model["state"]}
    return shown | links


def _views(env, docname):
    """The widgets that a page shows, in their order."""
    notebook = json.loads(Path(env.doc2path(docname)).read_text(encoding="utf-8"))
    outputs = (output for cell in notebook["cells"] for output in cell.get("outputs", []))
    return [
        output["data"][WIDGET_VIEW_MIMETYPE]["model_id"]
        for output in outputs
        if WIDGET_VIEW_MIMETYPE in output.get("data", {})
    ]


def _named(model):
    return re.findall(r'"IPY_MODEL_(\w+)"', json.dumps(model["state"]))


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _serve(state, key, ending, made, folder):
    text = state.get(key)
    name = f"widgets/{hashlib.sha256((text or '').encode()).hexdigest()[:16]}{ending}"
    if text and (served := made(text, name)):
        _write(folder.parent / name, served)
        state[f"{key}_file"] = name
        del state[key]


def _as_script(text, name):
    """A module as a classic script, which the player can load from a page opened as a file and in a sandboxed frame too.

    None if that cannot be done: a module that imports, or has several exports, stays on its page.
    """
    body, exports = re.subn(r"^export default\b", "return", text, flags=re.MULTILINE)
    if exports == 1 and not re.search(r"^(import|export)\b", body, flags=re.MULTILINE):
        return f'(window.widgetScripts ??= {{}})["{name}"] = () => {{\n"use strict";\n{body}\n}};\n'
    return None


def setup(app):
    app.add_post_transform(KeepStill)
    app.connect("env-updated", serve_scripts)
    app.add_js_file(None, body=COMING)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
