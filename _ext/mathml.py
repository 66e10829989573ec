"""Mathematics as MathML, made when the book is built: a reader's page loads no script for it and asks no other host.

Every formula goes through `math-core`. One that it cannot read is a warning that names the page, so a build with `-W` fails.
The TeX source stays in the page as an annotation, for tools that copy or convert formulas.
"""

import re
from html import escape

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)
converter = LatexToMathML(annotation=True, fancy_error=False)

LONG = 20  # signs: more than that may be too wide for a telephone; the style sheet lets them scroll there

# TeX's own numbers and references know nothing of the book's.
OWN_NUMBERS = re.compile(r"\\begin\{(equation|align|gather|multline|alignat|eqnarray)\}|\\(eq)?ref\b")

# What browsers would set badly as it comes: the pattern, and what stands there instead.
MENDS = [
    # \Bigl( in the middle of a formula is no infix: no space around it.
    (re.compile(r'<mo (?=minsize="[^>]*>[(\[{⟨⌈⌊]</mo>)'), '<mo form="prefix" '),
    # \Bigr) with an exponent: alone in its <msup> it does not grow; in a row of its own it does.
    (re.compile(r'<mo (minsize="[^>]*>[)\]}⟩⌉⌋])</mo>'), r'<mrow><mo form="postfix" \1</mo></mrow>'),
    # \overline with a combining low line sticks out at the right; with an overline it fits.
    (re.compile("\u0332(?=</mo></mover>)"), "\u203e"),
]


def mathml(node, tex, display):
    """Return `tex` as MathML; if that cannot be done, warn, and return it as code."""
    try:
        if OWN_NUMBERS.search(tex):
            raise LatexError(
                "numbers come from the math directive with :label: (and aligned inside it), references from {eq}"
            )
        html = converter.convert_with_local_state(tex, displaystyle=display)
    except LatexError as error:
        logger.warning("mathematics: %s in: %s", error, tex, location=node, type="mathml")
        return f"<code>{escape(tex)}</code>"
    for pattern, better in MENDS:
        html = pattern.sub(better, html)
    return html


def as_one_formula(tex):
    r"""Sphinx lets one math block hold several lines (`\\`) and several formulas (a blank line between): align them."""
    parts = [part.strip() for part in re.split(r"\n\s*\n", tex) if part.strip()]
    body = r" \\ ".join(parts)
    bare = re.sub(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", "", body, flags=re.DOTALL)
    return rf"\begin{{aligned}}{body}\end{{aligned}}" if r"\\" in bare else body


def visit_inline(writer, node):
    html = mathml(node, node.astext(), display=False)
    writer.body.append(f'<span class="long">{html}</span>' if signs(html) > LONG else html)
    raise nodes.SkipNode


def signs(html):
    """How many signs of a formula are seen."""
    return len(re.sub(r"<annotation.*?</annotation>|<[^>]*>|\s", "", html, flags=re.DOTALL))


def visit_block(writer, node):
    tex = node.astext() if node["nowrap"] else as_one_formula(node.astext())
    writer.body.append(writer.starttag(node, "div", CLASS="math notranslate"))
    # The second class is the theme's: its script lets the keyboard reach the box while the formula is too long for it.
    writer.body.append(f'<div class="formula pst-scrollable-table-container">{mathml(node, tex, display=True)}</div>')
    if node["number"]:
        writer.body.append(f'<span class="eqno">({get_node_equation_number(writer, node)})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append("</div>\n")
    raise nodes.SkipNode


class KeepPunctuation(SphinxPostTransform):
    """A full stop after a formula belongs to it, and so does the rest of "L-smooth": no line may begin with them."""

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs):
        for formula in list(self.document.findall(nodes.math)):
            parent = formula.parent
            index = parent.index(formula)
            after = parent[index + 1] if index + 1 < len(parent) else None
            marks = re.match(r"[.,;:?!)\]’”]+|-\w+", after) if isinstance(after, nodes.Text) else None
            if marks:
                together = nodes.inline("", "", formula, nodes.Text(marks[0]), classes=["unbroken"])
                parent[index : index + 2] = [together, nodes.Text(after[marks.end() :])]


def setup(app):
    app.add_post_transform(KeepPunctuation)
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
