"""The audit sees what axe does not: formulas that can hardly be read."""

import pytest

from tests.browser.audit import serious_violations

pytestmark = pytest.mark.browser
PAGE = """<!doctype html><html lang="en"><title>A page</title><style>{style}</style>
<main><h1>A page</h1><p>Let <math><mi>x</mi><mo>=</mo><mn>1</mn></math> be small.</p><div><math display="block"><mi>y</mi></math></div></main></html>"""


def audited(browser, style):
    page = browser.new_page()
    page.set_content(PAGE.format(style=style))
    found = [rule for rule, _ in serious_violations(page)]
    page.close()
    return found


@pytest.mark.parametrize(
    "style",
    [
        "mi { color: #bbb }",
        "math { background: #444 }",
        "mn { opacity: 0.4 }",
        "div { background: #444 }",  # with no text beside the formula
        "p { color: #bbb }",
    ],
)
def test_a_formula_that_can_hardly_be_read_is_found(browser, style):
    assert "contrast of a formula" in audited(browser, style)


@pytest.mark.parametrize("style", ["", "body { background: #111; color: #eee }", "div { background: #eee }"])
def test_a_page_that_can_be_read_is_clean(browser, style):
    assert audited(browser, style) == []
