"""What of a student's notebook a browser gets to see: text, tables, pictures and formulas, and nothing that runs.

Formgrader shows notebooks with the teacher's own rights, so a script in one could do what the teacher can. The settings
(nbgrader_config.py) put the pieces below into every page that nbgrader makes: Formgrader's and the feedback.
"""

import re
import sys

import nh3
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode

MATHML = set(
    "math mi mn mo ms mtext mspace mrow mfrac msqrt mroot mstyle merror mpadded mphantom menclose msub msup msubsup "
    "munder mover munderover mmultiscripts mprescripts none mtable mtr mtd semantics".split()
)
MATHML_LOOKS = set(
    """
    display mathvariant columnalign rowspacing columnspacing linethickness stretchy fence separator accent
    accentunder lspace rspace minsize maxsize width height depth notation displaystyle scriptlevel xmlns
""".split()
)
ATTRIBUTES = {name: set(allowed) for name, allowed in nh3.ALLOWED_ATTRIBUTES.items()} | dict.fromkeys(MATHML, MATHML_LOOKS)
ATTRIBUTES["*"] = {"title", "lang", "dir", "class", "style"}
STYLES = set(
    """
    color background-color text-align vertical-align font-weight font-style text-decoration width height max-width
    border border-collapse padding margin white-space
""".split()
)
CLASS = re.compile(r"highlight|dataframe|[a-z][a-z0-9]?")  # tables of pandas, code in colours: no class of the page's own
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml)[;,]", re.IGNORECASE)  # as a picture, an SVG runs nothing
ELSEWHERE = re.compile(r"(https?:)?//|mailto:", re.IGNORECASE)
SHOWN = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/gif", "image/svg+xml")


def kept(tag, attribute, value):
    """The value of an attribute that may stay. Addresses lead out of the teacher's server or are pictures in themselves."""
    if attribute == "class":
        return " ".join(word for word in value.split() if CLASS.fullmatch(word)) or None
    if attribute == "src":
        return value if PICTURE.match(value) else None
    if attribute in ("href", "cite"):
        return value if ELSEWHERE.match(value) else None
    return value


def clean(html):
    """HTML without anything that runs, asks another server unasked, or lies over the page."""
    return nh3.clean(
        html,
        tags=(nh3.ALLOWED_TAGS | MATHML) - {"map", "area"},
        clean_content_tags={
            "script",
            "style",
            "template",
            "annotation",
            "annotation-xml",
            "iframe",
            "object",
            "noscript",
            "title",
        },
        attributes=ATTRIBUTES,
        attribute_filter=kept,
        url_schemes={"http", "https", "mailto", "data"},
        filter_style_properties=STYLES,
    )


@pass_context
def markdown(context, source):
    """nbconvert's filter markdown2html, with its result cleaned: what Markdown makes is looked at, not what it is made from."""
    attachments = (context.get("cell") or {}).get("attachments", {})
    renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    return clean(MarkdownWithMath(renderer=renderer).render(source))


highlight = Highlight2HTML(pygments_lexer="ipython3")  # not the language that the notebook names: it would stand in the page


def follow_the_course():
    """Have Formgrader show a course with the settings of that course.

    nbgrader makes its exporter once, from the settings of the folder that JupyterLab was started in. A course opened later,
    by its path, would be shown without its own, and so without what this module does.
    """
    formgrader = sys.modules.get("nbgrader.server_extensions.formgrader.base")
    if formgrader:  # else no server runs here
        made = lambda handler: HTMLExporter(config=handler.settings["nbgrader_formgrader"].config)
        formgrader.BaseHandler.exporter = property(made)


class Harmless(Preprocessor):
    """Take out of a notebook whatever a page would run, or take for its own."""

    enabled = True

    def preprocess(self, nb, resources):
        nb.metadata = NotebookNode()
        for cell in nb.cells:
            cell.metadata = NotebookNode({name: cell.metadata[name] for name in ("nbgrader",) if name in cell.metadata})
            if cell.cell_type == "code":
                cell.outputs = [harmless(output) for output in cell.outputs]
        return nb, resources


def harmless(output):
    if "data" not in output:
        return output  # a stream or an error: text
    data = {kind: output.data[kind] for kind in SHOWN if kind in output.data}
    if "text/html" in data:
        data["text/html"] = clean(data["text/html"])
        if not data["text/html"].strip():
            del data["text/html"]  # it was nothing but a script: what Python itself wrote is shown
    data = data or {"text/plain": "(an output that a page would have to run is not shown)"}
    sizes = {kind: size(looks) for kind, looks in output.metadata.items() if kind in data}
    return NotebookNode({**output, "data": NotebookNode(data), "metadata": NotebookNode(sizes)})


def size(looks):
    return NotebookNode({name: looks[name] for name in ("width", "height") if isinstance(looks.get(name), int)})
