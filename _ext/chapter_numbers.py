"""Chapters are numbered by their file names, whichever of them are written."""

import json
import re

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.directives.patches import MathDirective
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx_exercise.directive import ExerciseDirective
from sphinx_proof.directive import ElementDirective, ProofDirective

from press.normalise import FRONT


def chapter_number(docname):
    """`chapters/05-learning-rate` is chapter 5, whichever chapters stand before it in the contents."""
    match = re.match(r"chapters/(\d\d)-", docname)
    return int(match[1]) if match else None


def renumber_chapters(env):
    for docname, numbers in env.toc_secnumbers.items():
        if chapter := chapter_number(docname):
            numbers.update({anchor: number and (chapter, *number[1:]) for anchor, number in numbers.items()})
            for node in (env.titles[docname], *env.tocs[docname].findall(nodes.reference)):
                if node.get("secnumber"):
                    node["secnumber"] = [chapter, *node["secnumber"][1:]]


def keep_chapter_numbers():
    """Let chapters keep their numbers, and so those of their theorems, while others are still to be written.

    Two extensions number sections in the order of the contents, each by replacing a method of Sphinx's collector.
    The next thing that the collector does is to number figures, theorems and equations: the last moment to put it right.
    """
    number_figures = TocTreeCollector.assign_figure_numbers

    def number_figures_by_chapter(collector, env):
        renumber_chapters(env)
        return number_figures(collector, env)

    TocTreeCollector.assign_figure_numbers = number_figures_by_chapter


def leave_out_front_matter(_app, docname, source):
    """The lines before a chapter's title are for JupyterLab alone; myst-nb would take them for the title."""
    if chapter_number(docname):
        notebook = json.loads(source[0])
        first = notebook["cells"][0]
        first["source"] = "".join(first["source"]).removeprefix(FRONT)
        source[0] = json.dumps(notebook)


def setup(app):
    keep_chapter_numbers()
    app.connect("source-read", leave_out_front_matter)
    for directive in (ElementDirective, ExerciseDirective, MathDirective):
        directive.option_spec["enumerator"] = directives.unchanged  # the number for JupyterLab; here it is counted
    ProofDirective.option_spec["enumerated"] = directives.unchanged  # JupyterLab would count proofs; here they are not
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
