"""Saved widgets on a page: a still picture and its sentence, until the player makes them live.

A cell that shows an explorer has saved three things: the widget's address, a PNG and a sentence.
MyST-NB would keep the first alone, and a page on paper or without JavaScript would be empty there.
Here all three are kept, and what is to be read where the live picture does not come. The notebooks hold no script
of the library's own widgets: it is taken from the library. The widgets' scripts and styles become files of the site,
one for all pages: a strict policy lets these run.
"""

import hashlib
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


class KeepStill(SphinxPostTransform):
    """Replace a widget's outputs by one box: still picture, sentence, and the widget's address."""

    default_priority = 3  # before MyST-NB selects one output of each

    def run(self, **kwargs):
        for bundle in list(self.document.findall(nodes.container)):
            if bundle.get("nb_element") != "mime_bundle":
                continue
            outputs = {output["mime_type"]: output.children for output in bundle.children}
            if WIDGET_VIEW_MIMETYPE in outputs:
                bundle.replace_self(_box(outputs))


def _box(outputs):
    box = nodes.container(classes=["dh-explorer"])
    words = "".join(node.astext() for node in outputs.get("text/plain", []))
    for image in outputs.get("image/png", []):
        image["alt"] = " ".join(words.splitlines())
        box += image
    for line in words.splitlines():
        box += nodes.paragraph("", line, classes=["dh-still-text"])
    box += nodes.raw("", SORRY, format="html")
    box += outputs[WIDGET_VIEW_MIMETYPE]
    return box


def serve_scripts(app, env):
    """Put the widgets' scripts and styles into files, and let each widget name its own."""
    folder = Path(app.outdir, "_static", "widgets")
    for data in getattr(env, "nb_metadata", {}).values():
        _, attributes = data.get("js_files", {}).get("ipywidgets_state", (None, {}))
        if attributes.get("type") == WIDGET_STATE_MIMETYPE:
            saved = json.loads(attributes["body"])
            for model in saved["state"].values():
                model["state"] |= _of_its_class(model["state"].get("_anywidget_id", ""))
                _serve(model["state"], "_esm", ".js", _as_script, folder)
                _serve(model["state"], "_css", ".css", lambda text, name: text, folder)
            body = json.dumps(saved, separators=(",", ":"))
            attributes["body"] = body.replace("</", "<\\/")  # as MyST-NB does: HTML ends a script at "</"


def _of_its_class(name):
    """The script and the style of a widget that a package has; one that a notebook defines has saved its own."""
    widget = locate(name) if name.startswith("gdlib.") else None
    return {key: getattr(widget, key) for key in ("_esm", "_css") if hasattr(widget, key)}


def _serve(state, key, ending, made, folder):
    text = state.get(key)
    name = f"widgets/{hashlib.sha256((text or '').encode()).hexdigest()[:16]}{ending}"
    if text and (served := made(text, name)):
        folder.mkdir(parents=True, exist_ok=True)
        (folder.parent / name).write_text(served, encoding="utf-8", newline="\n")
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
    return {"parallel_read_safe": True, "parallel_write_safe": True}
