"""Saved widgets on a page: a still picture and its sentence, until the player makes them live.

A cell that shows an explorer has saved three things: the widget's address, a PNG and a sentence.
MyST-NB would keep the first alone, and a page on paper or without JavaScript would be empty there.
Here all three are kept, and each script that the widgets share is carried once a page.
"""

import json

from docutils import nodes
from myst_nb.core.render import WIDGET_STATE_MIMETYPE, WIDGET_VIEW_MIMETYPE
from sphinx.transforms.post_transforms import SphinxPostTransform


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
    box += outputs[WIDGET_VIEW_MIMETYPE]
    return box


def share_scripts(app, env):
    """Let the second widget with the same script or style name the first, which has it."""
    for data in getattr(env, "nb_metadata", {}).values():
        _, attributes = data.get("js_files", {}).get("ipywidgets_state", (None, {}))
        if attributes.get("type") == WIDGET_STATE_MIMETYPE:
            saved = json.loads(attributes["body"])
            owners = {}
            for model_id, model in saved["state"].items():
                for key in ("_esm", "_css"):
                    if text := model["state"].get(key):
                        owner = owners.setdefault(text, model_id)
                        model["state"][key] = text if owner == model_id else owner
            body = json.dumps(saved, separators=(",", ":"))
            attributes["body"] = body.replace("</", "<\\/")  # as MyST-NB does: HTML ends a script at "</"


def setup(app):
    app.add_post_transform(KeepStill)
    app.connect("env-updated", share_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
