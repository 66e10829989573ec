"""Predictions that commit, and hints that open one by one.

A prediction is an admonition of the class `predict`: a question, a list of options, and a fold with a sentence on each option.
What follows it, up to the next heading or prediction, is marked here; `_static/predict.js` keeps it from view until the reader
has chosen. Without that script, and on paper, all is shown as it stands in the notebook. A fold called "Hint 2" gets a class,
so that the style sheet shows it when the first hint is open.
"""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_design.shared import is_component


def is_prediction(node):
    return isinstance(node, nodes.admonition) and "predict" in node["classes"]


class MarkPredictions(SphinxPostTransform):
    default_priority = 150  # before sphinx-design turns its folds into HTML
    formats = ("html",)

    def run(self, **kwargs):
        for prediction in list(self.document.findall(is_prediction)):
            mark_parts(prediction)
            wrap_what_follows(prediction)
        for fold in self.document.findall(lambda node: is_component(node, "dropdown")):
            if fold["has_title"] and fold[0].astext().startswith("Hint "):
                fold["container_classes"] = [*fold["container_classes"], "dh-hint"]


def mark_parts(prediction):
    for child in prediction.children:
        if isinstance(child, nodes.bullet_list):
            child["classes"].append("dh-options")
        elif is_component(child, "dropdown"):
            child["container_classes"] = [*child["container_classes"], "dh-answers"]


def wrap_what_follows(prediction):
    siblings = prediction.parent.children
    first = last = siblings.index(prediction) + 1
    while last < len(siblings) and not isinstance(siblings[last], nodes.section) and not is_prediction(siblings[last]):
        last += 1
    if followers := siblings[first:last]:
        prediction.parent.children[first:last] = []
        prediction.parent.insert(first, nodes.container("", *followers, classes=["dh-after"]))


def setup(app):
    app.add_post_transform(MarkPredictions)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
