"""Directives for the page on constants, made from chapters/data/certificates.json, which tools/certificates.py computes.

`rates` lists all rates, `rate NAME` gives the numbers of one, `rate-picture NAME` draws them. A rate's title is that of the
section of the page that carries its label: `(rate-NAME)=`.
"""

import json
import os
import re
from pathlib import Path

import matplotlib
from docutils import nodes
from docutils.statemachine import StringList
from matplotlib.figure import Figure
from sphinx.util.docutils import SphinxDirective

from gdlib import plots

RESULT = "chapters/data/certificates.json"
SECTION = re.compile(r"^\(rate-([\w-]+)\)=\n#+ (.*)", re.MULTILINE)


def excess(row):
    """By what factor the bound is larger than the worst case."""
    return row["bound"] / row["worst"]


def verdict(rows):
    """In words: tight, or by how much not."""
    first, last = excess(rows[0]), excess(rows[-1])
    if max(abs(excess(row) - 1) for row in rows) < 1e-6:
        return "tight"
    if last < 1:
        return "false for some of these functions"
    return f"{first:.2f} to {last:.2f} times too large"


def numbers(rows):
    """The table of one rate, in Markdown."""
    yield "| $k$ | bound | worst case | bound ÷ worst case |"
    yield "|--:|--:|--:|--:|"
    for row in rows:
        bound, worst = (f"{row[part]:.6f}".replace("-", "−") for part in ("bound", "worst"))
        yield f"| {row['k']} | {bound} | {worst} | {excess(row):.3f} |"


def overview(result, titles):
    """The table of all rates, in Markdown."""
    yield "| rate | steps | the bound is |"
    yield "|---|---|---|"
    for name, rows in result.items():
        steps = " to ".join(dict.fromkeys(str(row["k"]) for row in (rows[0], rows[-1])))
        yield f"| {{ref}}`{titles[name]} <rate-{name}>` | {steps} | {verdict(rows)} |"


def picture(rows, path):
    """The bound and the worst case, step by step."""
    with matplotlib.rc_context(plots.STYLE):
        figure = Figure(figsize=(6.4, 3.4), layout="constrained")
        ax = figure.subplots()
        for part, label, style, colour in (("bound", "bound", "o--", "#D55E00"), ("worst", "worst case", "s-", "#0072B2")):
            ax.plot([row["k"] for row in rows], [row[part] for row in rows], style, color=colour, lw=2, label=label)
        ax.set(xlabel="k", ylabel="gap", ylim=(0, None), xticks=[row["k"] for row in rows])
        ax.legend()
        figure.savefig(path, dpi=200)


class Certificates(SphinxDirective):
    """Markdown made from the result, read as if it stood in the page."""

    optional_arguments = 1

    def run(self):
        root = Path(self.env.srcdir)
        self.env.note_dependency(str(root / RESULT))
        self.result = json.loads((root / RESULT).read_text(encoding="utf-8"))
        box = nodes.container(classes=["rates"])
        self.state.nested_parse(StringList(list(self.lines()), source=self.env.docname), 0, box)
        return [box]


class Rates(Certificates):
    def lines(self):
        page = Path(self.env.doc2path(self.env.docname)).read_text(encoding="utf-8")
        return overview(self.result, dict(SECTION.findall(page)))


class OneRate(Certificates):
    required_arguments, optional_arguments = 1, 0

    def lines(self):
        return numbers(self.result[self.arguments[0]])


class Picture(Certificates):
    required_arguments, optional_arguments, has_content = 1, 0, True

    def lines(self):
        rows = self.result[self.arguments[0]]
        path = Path(self.env.app.doctreedir).parent / f"rate-{self.arguments[0]}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture(rows, path)
        said = "; ".join(f"k = {row['k']}: bound {row['bound']:.4f}, worst case {row['worst']:.4f}" for row in rows)
        yield f"```{{figure}} /{os.path.relpath(path, self.env.srcdir)}"
        yield f":alt: Two falling curves, the bound above the worst case. {said}."
        yield from ("", *self.content, "```")


def setup(app):
    app.add_directive("rates", Rates)
    app.add_directive("rate", OneRate)
    app.add_directive("rate-picture", Picture)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
