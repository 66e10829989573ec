"""The theme, lighter and more accessible: what its pages can do without is taken out of them, and some of it is mended."""

import re
from pathlib import Path

# What the pages can do without, or must have otherwise: the pattern, and what stands there instead.
MENDS = [
    # 1.5 MB of script that redraws a dozen icons, which a font of 3 KB shows as well.
    (r"<script[^>]*/fontawesome\.js[^>]*></script>", ""),
    # Thebe runs cells on a server elsewhere; this book has none.
    (
        r"<script>const THEBE_JS_URL.*?</script>|<script[^>]*sphinx-thebe\.js[^>]*></script>|<link[^>]*sphinx-thebe\.css[^>]*>",
        "",
    ),
    (r'<script type="text/x-thebe-config">.*?</script>|<script>kernelName.*?</script>', ""),
    # A style sheet that does nothing but import another: ask for that one.
    (r"/styles/theme\.css\?digest=\w+", "/basic.css"),
    # Light or dark is settled before anything is drawn, and light without JavaScript; the theme's "auto" has no colours.
    (r'(<html[^>]*) data-theme="auto"', r'\1 data-theme="light"'),
    (
        r'(localStorage.getItem\("theme"\) \|\| )"auto"',
        r'\1(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")',
    ),
    # A list whose items are no list items says more to a screen reader than is true.
    (r' role="doc-biblioentry"|(?<=<div) role="list"(?= class="citation-list")', ""),
    # An id is to be there once; these extensions give the same one to every proof, exercise and solution.
    (r' id="(proof|[a-z]+-content)"(?=>)|(?<=class="proof admonition") id="proof"', ""),
    # The column at the left is a landmark, with its logo and its search.
    (r'<div id="pst-primary-sidebar"', r'\g<0> role="navigation" aria-label="Book"'),
    # A notebook is for keeping: some servers would show its source in a new tab.
    (r'(<a href="[^"]*\.ipynb") target="_blank"', r"\1 download"),
    # What opens a branch of the contents has a picture and no name.
    (r'<summary>(?=<span class="toctree-toggle")', '<summary aria-label="The pages below">'),
    # "Solution to Exercise 1.1": the space belongs before the link.
    (r"(Solution to)(<a [^>]*>) ", r"\1 \2"),
]


def mend(app, error):
    """Mend the written pages where neither a setting nor a style sheet can."""
    if error is None and app.builder.format == "html":
        for page in Path(app.outdir).rglob("*.html"):
            text = page.read_text(encoding="utf-8")
            for pattern, better in MENDS:
                text = re.sub(pattern, better, text, flags=re.DOTALL)
            page.write_text(text, encoding="utf-8")


def setup(app):
    app.connect("build-finished", mend)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
