"""Every symbol in the chapters' formulas stands on the page of notation."""

import re
from pathlib import Path

import nbformat
import pytest

CHAPTERS = Path(__file__).parents[2] / "chapters"
NOTATION = CHAPTERS / "notation.md"
NOTEBOOKS = sorted(CHAPTERS.glob("[0-9][0-9]-*.ipynb"))
FORMULA = re.compile(r"\$\$(.+?)\$\$|\{math\}\n(?: *:.*?\n)*(.+?)```|(?<![\\$])\$([^$]+?)\$", re.DOTALL)
LETTERS = """alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho varrho sigma tau phi
    varphi chi psi omega"""
SIGNS = """partial nabla ell top langle Vert lVert lvert lceil lfloor circ times otimes odot infty
    in subset cup cap sum prod int forall exists succeq preceq prec succ"""
SIGN = re.compile(
    r"\\({})(?![a-zA-Z])".format(
        "|".join([*LETTERS.split(), *(letter.title() for letter in LETTERS.split()), *SIGNS.split()])
    )
)
DECORATED = re.compile(
    r"\\(mathbf|bar|hat|tilde|mathcal|mathbb|operatorname\*?)\s*(?:\{\s*(\\?[a-zA-Z ]+)\s*\}|(\\?[a-zA-Z]+))"
)
WORDS = re.compile(r"\\(text|mathrm|label|quad|begin|end|color)\s*\{[^}]*\}")


def symbols(text):
    """The symbols of the formulas in a text: letters, decorated letters, signs, and names of operators."""
    found = set()
    for formula in ("".join(forms) for forms in FORMULA.findall(text)):
        formula = WORDS.sub(" ", formula)
        for decoration, letter, bare in DECORATED.findall(formula):
            found.add(f"\\{decoration}{{{(letter or bare).strip()}}}".replace("*", ""))
        formula = DECORATED.sub(" ", formula)
        found |= {f"\\{sign}" for sign in SIGN.findall(formula)}
        found |= set(re.findall(r"[a-zA-Z]", re.sub(r"\\[a-zA-Z]+", " ", formula)))
    return found


def text_of(path):
    return "\n\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown")


def test_formulas_are_taken_apart():
    text = r"For $\bar\eta > 0$: $$\mathbf{w}_{k+1} = \mathbf{w}_k - \eta \nabla f(\mathbf{w}_k)\quad\text{if so}$$ and \$5, $\operatorname{dim} V$"
    assert symbols(text) == {r"\bar{\eta}", r"\mathbf{w}", r"\eta", r"\nabla", "f", "k", r"\operatorname{dim}", "V"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_symbol_of_a_chapter_is_on_the_page_of_notation(path):
    missing = symbols(text_of(path)) - symbols(NOTATION.read_text(encoding="utf-8"))
    assert not missing, f"not on the page of notation: {sorted(missing)}"
