"""What a page gives to take away: its plain notebook, and gdlib's wheel, which the notebook installs where gdlib is missing.

Both rest on where the site will be: the book's settings say so (`html: baseurl:`), or the variable BOOK_ADDRESS. Without an
address no text becomes a link to the site, and the first cell names the book's folder instead of a wheel. BOOK_REPOSITORY, an
address on GitHub whose branch `notebooks` holds the plain notebooks, turns "Open in Colab" on. Assignments are handed out as they are.
"""

import os
from pathlib import Path
from urllib.parse import urljoin

import nbformat

from press.plain import first_cell, plain
from press.wheel import make_wheel

COLAB = {"launch_buttons": {"colab_url": "https://colab.research.google.com"}, "repository_branch": "notebooks"}
GIVES = {  # the theme's words on its buttons: what stands there instead
    "Download source file": "Download this page as a plain notebook: for JupyterLab, VS Code, Colab",
    "Launch on Colab": "Open this page’s plain notebook in Colab",
}


def settle(app, config):
    """Where the site will be, and where Colab finds its notebooks."""
    config.html_baseurl = os.environ.get("BOOK_ADDRESS") or config.html_baseurl
    if repository := os.environ.get("BOOK_REPOSITORY"):
        config.html_theme_options |= {**COLAB, "repository_url": repository.rstrip("/")}


def has_plain(env, docname):
    """Whether a page comes from a notebook that is read; the assignments are worked in, and handed in."""
    return env.doc2path(docname).endswith(".ipynb") and "/assignments/" not in docname


def name_buttons(app, pagename, templatename, context, doctree):
    """The buttons say what they give. Colab is offered only where its notebook brings gdlib along."""
    if "header_buttons" not in context:
        return
    buttons = context["header_buttons"]
    if not (doctree and has_plain(app.env, pagename)):
        buttons[:] = [button for button in buttons if button.get("label") != "launch-buttons"]
        return
    for button in (button for group in buttons for button in group.get("buttons", [])):
        if words := GIVES.get(button["tooltip"]):
            button |= {"tooltip": words, "text": "Notebook (.ipynb)" if "Download" in words else "Open in Colab"}


def write(app, error):
    if error is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    wheel = make_wheel(site / "_static")
    first = first_cell(urljoin(app.config.html_baseurl, f"_static/{wheel}") if app.config.html_baseurl else None)
    for docname in filter(lambda docname: has_plain(app.env, docname), app.env.found_docs):
        notebook = nbformat.read(app.env.doc2path(docname), as_version=4)
        page = (site / f"{docname}.html").read_text(encoding="utf-8")
        here = urljoin(app.config.html_baseurl, f"{docname}.html") if app.config.html_baseurl else ""
        text = nbformat.writes(plain(notebook, page, here, first))
        (site / "_sources" / f"{docname}.ipynb").write_text(text + "\n", encoding="utf-8", newline="\n")


def setup(app):
    app.connect("config-inited", settle)
    app.connect("html-page-context", name_buttons, priority=900)  # after the theme has made them
    app.connect("build-finished", write, priority=900)  # when the pages are as readers get them
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
