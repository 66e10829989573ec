"""Formulas become MathML; those that cannot are warnings that name the page."""

import re
from pathlib import Path

import pytest
from sphinx.testing.util import SphinxTestApp

CONF = """
extensions = ["myst_parser", "mathml"]
myst_enable_extensions = ["dollarmath", "amsmath"]
html_math_renderer = "mathml"
html_theme = "basic"
suppress_warnings = ["config.cache"]
"""


@pytest.fixture
def page(tmp_path):
    """page(text) is the HTML of a page with that text, and the warnings of its build."""

    def build(text):
        (tmp_path / "conf.py").write_text(CONF, encoding="utf-8")
        (tmp_path / "index.md").write_text(f"# Page\n\n{text}\n", encoding="utf-8")
        app = SphinxTestApp("html", srcdir=tmp_path)
        try:
            app.build()
            return (Path(app.outdir) / "index.html").read_text(encoding="utf-8"), app.warning.getvalue()
        finally:
            app.cleanup()

    return build


def block(tex, label="eq-x"):
    return f"```{{math}}\n:label: {label}\n\n{tex}\n```"


def test_a_formula_in_a_line(page):
    html, warnings = page(r"A step $w_{k+1} = w_k - \eta f'(w_k)$.")
    assert warnings == ""
    assert "<math>" in html and "<mi>η</mi>" in html
    assert r'<annotation encoding="application/x-tex">w_{k+1} = w_k - \eta f\'(w_k)</annotation>'.replace("\\'", "'") in html


def test_an_equation_has_its_number_and_a_place_that_references_find(page):
    html, warnings = page(block("a = b", "eq-a") + "\n\n" + block("c = d", "eq-b") + "\n\nSee {eq}`eq-b`.")
    assert warnings == ""
    target = re.search(r'<div class="math[^>]*id="(equation-eq-b)">.*?<span class="eqno">\(2\)', html, re.DOTALL)
    assert target
    assert re.search(rf'<a class="reference internal" href="#{target[1]}">\(2\)</a>', html)


def test_lines_are_aligned_and_a_matrix_is_left_alone(page):
    html, _ = page(block("a &= b \\\\\n &= c"))
    assert len(re.findall("<mtr>", html)) == 2
    html, _ = page(block(r"A = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"))
    assert html.count("<mtable") == 1


@pytest.mark.parametrize(
    "tex",
    [
        r"f(\mathbf{v}) \le f(\mathbf{w}) + \langle \nabla f(\mathbf{w}), \mathbf{v}-\mathbf{w}\rangle + \frac{L}{2}\lVert\mathbf{v}-\mathbf{w}\rVert^2",
        r"\begin{aligned} a &= \int_0^1 t\,\mathrm{d}t \\ &\le \sum_{i=1}^d x_i^2 \end{aligned}",
        r"\begin{cases} 1 & \text{if } x < 0 \\ 0 & \text{otherwise} \end{cases}",
        r"\begin{pmatrix} \lambda_1 & & \\ & \ddots & \\ & & \lambda_d \end{pmatrix}^{\mathsf{T}}",
        r"\operatorname*{arg\,min}_{\mathbf{w}\in\mathbb{R}^d} f(\mathbf{w}), \quad \operatorname{sign}(x), \quad \max_i |1-\eta\lambda_i|",
        r"\Bigl(\sum_i x_i^2\Bigr)^{1/2} \quad \left(\frac{\sqrt\kappa-1}{\sqrt\kappa+1}\right)^{2k} \quad \hat w, \bar x, \overline{ab}",
    ],
)
def test_the_courses_formulas_are_read(page, tex):
    html, warnings = page(block(tex))
    assert warnings == ""
    assert '<math display="block">' in html and "merror" not in html


@pytest.mark.parametrize(
    "tex, said",
    [
        (r"\foo x", r"\foo"),
        (r"\frac{1", "reached end of input"),
        (r"a & b", "&"),
        (r"\begin{align} a \end{align}", ":label:"),
        (r"x \eqref{eq-a}", "{eq}"),
    ],
)
@pytest.mark.parametrize("form", ["${}$", "$$\n{}\n$$"])
def test_what_cannot_be_read_is_a_warning_that_names_the_page(page, tex, said, form):
    html, warnings = page(form.replace("{}", tex))
    assert "index.md:3" in warnings and "mathematics" in warnings and said in warnings
    assert "<math" not in html


def test_a_sized_bracket_with_an_exponent_can_grow(page):
    html, _ = page(block(r"\Bigl(x\Bigr)^2"))
    assert re.search(r'<msup><mrow><mo form="postfix" minsize="[^"]+" maxsize="[^"]+">\)</mo></mrow>', html)
    assert re.search(r'<mo form="prefix" minsize="[^"]+" maxsize="[^"]+">\(</mo>', html)


@pytest.mark.parametrize(
    ("after", "kept", "left"), [(".) Then", ".)", " Then"), ("-smooth and", "-smooth", " and"), (" and", "", " and")]
)
def test_no_line_begins_with_what_belongs_to_a_formula(page, after, kept, left):
    html, _ = page(f"It is $L${after} so on.")
    found = re.search(r'(<span class="unbroken">)?<math>.*?</math>([^<]*)(</span>)?([^<]*)', html)
    assert bool(found[1]) == bool(kept)
    assert (found[2] + (found[4] or "")).startswith(kept + left)
    assert not kept or found[2] == kept
