"""The audit sees what axe does not: formulas that can hardly be read."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.audit import serious, serious_violations, violations_in_other_colours

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


FORMULAS = """<!doctype html><html lang="en"><title>A page</title><style>a {{ color: #333; text-decoration: none }}
.wide {{ width: 40px; overflow-x: auto }}
pre {{ background: #eee; color: #333 }} .faint {{ color: #bbb }}</style>
<main><h1>A page</h1><button>the smaller <math><mi>x</mi></math></button>{part}</main></html>"""
WIDE = "<math><mi>x</mi><mo>=</mo><mn>1</mn><mo>+</mo><mn>2</mn><mo>+</mo><mn>3</mn></math>"


@pytest.mark.parametrize(
    "part, found",
    [
        ("<p>Let <math><mi>x</mi></math> be small.</p>", []),
        ("<p>Let <math><mi role='nonsense'>x</mi></math> be small.</p>", ["aria-roles"]),
        ("<p>Let <math><mi tabindex='1'>x</mi></math> be small.</p>", ["tabindex"]),
        (f"<div class='wide'>{WIDE}</div>", ["scrollable-region-focusable"]),
        (f"<p>{WIDE} <a href='#x'>here</a></p>", ["link-in-text-block"]),
        ("<pre><span class='k'>if</span> x: <span class='k'>return</span></pre>", []),
        ("<pre><span class='k'>if</span> x: <span class='faint'>return</span></pre>", ["color-contrast"]),
        ("<pre><span class='k'>if</span> x: <span class='k' style='color: #bbb'>return</span></pre>", ["color-contrast"]),
        ("<pre><span class='k'>if</span> x: <span class='k'>in <b class='faint'>range</b></span></pre>", ["color-contrast"]),
    ],
)
def test_what_axe_has_to_say_of_a_formula_or_of_code_it_says_and_all_parts_stay(browser, part, found):
    page = browser.new_page()
    page.set_content(FORMULAS.format(part=part))
    before = page.locator("main").bounding_box(), page.locator("math *, pre *").count()
    whole = page.evaluate(f"async () => {{ {AXE_SCRIPT}; return (await axe.run()).violations; }}")
    assert [rule for rule, _ in serious(whole)] == [rule for rule, _ in serious_violations(page)] == found
    assert (page.locator("main").bounding_box(), page.locator("math *, pre *").count()) == before
    page.close()


def themed(browser, text, dark):
    page = browser.new_page(color_scheme="dark")
    style = f"body {{ background: #fff }} @media (prefers-color-scheme: dark) {{ body {{ background: #111; color: #eee }} a {{ color: #9cf }} {dark} }}"
    page.set_content(f'<!doctype html><html lang="en"><title>A page</title><style>{style}</style><main>{text}</main></html>')
    found = [rule for rule, _ in violations_in_other_colours(page)]
    page.close()
    return found


MANY = "<h1>A page</h1>" + "<p>One of many.</p>" * 20


@pytest.mark.parametrize(
    ("text", "dark"),
    [
        (MANY + "<p><b>Faint</b></p>", "b { color: #444 }"),
        (MANY + "<p class='f' hidden>Faint</p>" * 5 + "<p class='f'>Faint</p>", ".f { color: #444 }"),
        (MANY + "<div><p>Faint</p></div>", "div { background: #ccc }"),
        (MANY + "<p>See <a href='#x'>this</a> here.</p>", "a { color: #ddd; text-decoration: none }"),
        (MANY + "<p>Let <math><mi>x</mi></math> be.</p>", "mi { color: #333 }"),
    ],
)
def test_what_is_faint_in_the_dark_alone_is_found(browser, text, dark):
    assert themed(browser, text, dark) != []
    assert themed(browser, text, "") == []


def test_a_dark_page_that_can_be_read_is_clean(browser):
    assert themed(browser, MANY + "<p>See <a href='#x'>this</a> here.</p>", "") == []
