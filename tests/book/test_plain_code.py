"""Code on a page: each sign looks as Pygments' own formatter has it, in both themes, with less than half of its elements."""

import re
from html import unescape

import pytest
import yaml
from plain_code import formatter
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES

from press import ROOT

OPTIONS = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["sphinx"]["config"]["html_theme_options"]
STYLES = [OPTIONS["pygments_light_style"], OPTIONS["pygments_dark_style"]]
SOURCES = {
    "ipython3": [path.read_text("utf-8") for path in sorted((ROOT / "gdlib").glob("*.py"))],
    "pycon": [">>> walk(lambda w: 2*w, [1, 0.5])  # a comment\n'a text'\n>>> if True:\n...     pass\n"],
    "bash": ["$ make book PYODIDE=_build/pyodide && echo done # here\n"],
}
CASES = [(name, text) for name, texts in SOURCES.items() for text in texts]


def signs(html, style):
    """Each sign of the code with how it looks in a style."""
    token_of, plain = {short: token for token, short in STANDARD_TYPES.items()}, get_style_by_name(style).style_for_token
    body, token = re.search(r"<pre>(.*)</pre>", html, re.DOTALL)[1], token_of[""]
    for opening, text in re.findall(r"(<[^>]*>)|([^<]+)", body):
        if opening:
            short = re.search(r'class="([^" ]*)', opening)
            token = token_of[short[1] if short else ""]
        yield from ((sign, plain(token)) for sign in unescape(text) if not sign.isspace())


@pytest.mark.parametrize("language, source", CASES)
def test_each_sign_looks_as_it_did_and_elements_are_few(language, source):
    lexer = get_lexer_by_name(language)
    light, full = highlight(source, lexer, formatter(*STYLES)()), highlight(source, lexer, HtmlFormatter())
    for style in STYLES:
        assert list(signs(light, style)) == list(signs(full, style))
    assert light.count("<span") < (full.count("<span") if language != "ipython3" else full.count("<span") / 2)


def test_where_one_style_tells_two_sorts_apart_they_stay_apart():
    lexer = get_lexer_by_name("ipython3")
    both = highlight("a = b", lexer, formatter("bw", "a11y-high-contrast-light")())  # in black and white = is as a name
    assert both.count("<span") == highlight("a = b", lexer, formatter("a11y-high-contrast-light")()).count("<span") == 2
    assert highlight("a = b", lexer, formatter("bw")()).count("<span") == 1  # the empty one that Pygments begins with


def test_prompts_can_be_left_out_when_code_is_copied():
    html = highlight(SOURCES["pycon"][0], get_lexer_by_name("pycon"), formatter("bw")())
    assert html.count('class="gp"') == 3
